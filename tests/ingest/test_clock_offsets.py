"""A device clock that is hours off is learned only from live messages, and never from a backlog."""

import pytest

from core.devices import clock_offset
from core.readings.readings import Reading
from core.times import HOUR_MS, MINUTE_MS
from ingest.clock_offsets import ClockOffsets
from store.database import Databases
from store.devices import clock_offsets as stored
from store.journal import latest, series

NOW = 1_773_271_000_000
STEP_MS = 5 * MINUTE_MS


class Device:
    def __init__(self, dbs: Databases) -> None:
        self.dbs, self.now = dbs, NOW
        with dbs.journal.read() as tx:
            self.clocks = ClockOffsets(tx)

    def claim(self, off: int, times: int = 1, *, commit: bool = True) -> None:
        """Live messages whose times are `off` ms behind."""
        for _ in range(times):
            self.now += STEP_MS
            with self.dbs.journal.write() as tx:
                self.clocks.learn(tx, self.now, [("a", self.now - off)])
            (self.clocks.on_committed if commit else self.clocks.on_rolled_back)()


@pytest.fixture
def device(dbs: Databases) -> Device:
    return Device(dbs)


def test_a_steady_offset_of_hours_is_learned_and_survives_a_restart(device: Device) -> None:
    device.claim(8 * HOUR_MS, 60)
    assert device.clocks.offsets == {"a": 8 * HOUR_MS}
    with device.dbs.journal.read() as tx:
        assert ClockOffsets(tx).offsets == {"a": 8 * HOUR_MS}


def test_one_odd_time_is_no_wrong_clock(device: Device) -> None:
    device.claim(8 * HOUR_MS)
    assert device.clocks.offsets == {}


def test_batches_that_were_not_committed_teach_nothing(device: Device) -> None:
    device.claim(8 * HOUR_MS, 60, commit=False)
    assert device.clocks.offsets == {}
    assert clock_offset.NOTHING.messages == 0


def test_a_clock_that_was_set_right_is_believed_again(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    device.claim(8 * HOUR_MS, 60)
    device.claim(0, 60)
    assert device.clocks.offsets == {}
    with device.dbs.journal.read() as tx:
        assert stored.clock_offsets(tx) == []
    assert [record.message for record in caplog.records] == [
        "clock of a is 8.00 h off; correcting its times",
        "clock of a is right again",
    ]


def test_a_backlog_behind_a_good_reading_is_no_wrong_clock(device: Device) -> None:
    with device.dbs.journal.write() as tx:
        number = series.get_or_make(tx, "a", "temperature", "", NOW)
        latest.put(tx, NOW, [Reading(number, NOW, 3.5)])
    device.now = NOW - 7 * HOUR_MS
    device.claim(HOUR_MS, 20)
    assert device.clocks.offsets == {}
