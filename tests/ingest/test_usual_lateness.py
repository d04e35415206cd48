"""Which readings of a late device are current: learned from live messages, stored with the batch."""

import pytest

from core.readings.readings import Flag
from core.times import HOUR_MS, MINUTE_MS
from store.database import Databases
from store.devices import usual_ages
from tests.ingest.test_batch_pipeline import MARKER, NOW, House, say

LATE, CLOCK_WRONG = int(Flag.LATE), int(Flag.CLOCK_WRONG)


class Device:
    """A device that sends one message after the other; `flags` are those of the last one's reading."""

    def __init__(self, dbs: Databases) -> None:
        self.house = House(dbs).live()
        self.now = NOW
        self.flags: int = -1

    def say(self, age: int, count: int = 1, every: int = MINUTE_MS) -> "Device":
        for _ in range(count):
            self.now += every + 7  # so that no two readings have one time
            self.house.take([say({"at": self.now - age, "temperature": 4})], self.now)
        self.flags = self.house.readings()[-1].flags
        return self

    def usual(self) -> list[int]:
        with self.house.dbs.journal.read() as tx:
            return [row.age for row in usual_ages.usual_ages(tx)]


@pytest.fixture
def device(dbs: Databases) -> Device:
    return Device(dbs)


def test_a_clock_that_is_eleven_minutes_slow_is_late_for_two_minutes_and_then_current(device: Device) -> None:
    assert device.say(11 * MINUTE_MS, 3).flags == LATE
    assert device.usual() == [11 * MINUTE_MS]
    assert device.say(11 * MINUTE_MS).flags == 0
    stored = device.house.readings()[-1]
    assert (stored.at, stored.claimed) == (device.now - 11 * MINUTE_MS, None), "its own time stays"


def test_what_was_learned_survives_a_restart_and_a_steady_device_writes_nothing(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    device.say(11 * MINUTE_MS, 3)
    with device.house.dbs.journal.read() as tx:
        before = usual_ages.usual_ages(tx)
    device.house.restart()
    device.house.live()
    assert device.say(11 * MINUTE_MS + 20_000, 9).flags == 0
    with device.house.dbs.journal.read() as tx:
        assert usual_ages.usual_ages(tx) == before
    assert [record.message for record in caplog.records] == [
        "a is always 11 min late; its readings count as current"
    ]


def test_a_late_device_that_is_late_for_longer_than_usual_is_late(device: Device) -> None:
    device.say(11 * MINUTE_MS, 3)
    assert device.say(13 * MINUTE_MS).flags == 0
    assert device.say(13 * MINUTE_MS + 1).flags == LATE


def test_a_clock_that_drifts_on_stays_current(device: Device) -> None:
    device.say(11 * MINUTE_MS, 3)
    for age in range(11 * MINUTE_MS, 20 * MINUTE_MS, 1_000):
        assert device.say(age).flags == 0
    assert device.usual()[0] > 17 * MINUTE_MS


def test_a_device_that_is_on_time_again_is_forgotten(device: Device) -> None:
    device.say(11 * MINUTE_MS, 3).say(0, 12)
    assert device.usual() == []
    assert device.say(11 * MINUTE_MS).flags == LATE


def test_a_backlog_is_late_to_its_end_and_teaches_nothing(device: Device) -> None:
    device.say(0)
    for age in range(HOUR_MS, 10 * MINUTE_MS, -MINUTE_MS):  # a reading for each minute, two a minute
        assert device.say(age, every=30_000).flags == LATE
    assert device.usual() == []
    assert device.say(9 * MINUTE_MS).flags == 0


def test_batches_that_were_not_committed_teach_nothing(device: Device) -> None:
    house = device.house
    for number in range(9):
        with house.dbs.journal.write() as tx:
            now = NOW + number * MINUTE_MS
            house.pipeline.process(tx, [say({"at": now - 11 * MINUTE_MS, "temperature": 4})], now)
            tx.rollback()
    assert device.usual() == []


def test_what_waited_at_the_broker_teaches_nothing(dbs: Databases) -> None:
    house = House(dbs)
    for number in range(9):
        now = NOW + number * MINUTE_MS
        house.take([say({"at": now - 11 * MINUTE_MS, "temperature": 4})], now)
    house.take([(MARKER, b"now", 2, 0x32)], NOW)
    with dbs.journal.read() as tx:
        assert usual_ages.usual_ages(tx) == []


def test_a_clock_known_to_be_half_an_hour_off_is_corrected_instead(device: Device) -> None:
    device.say(30 * MINUTE_MS, 20)
    assert device.flags == CLOCK_WRONG
    assert device.usual() == []


def test_a_device_that_is_on_time_is_not_watched_for_long(device: Device) -> None:
    lateness = device.house.pipeline._late
    device.say(11 * MINUTE_MS)
    assert list(lateness.live_within) == ["a"]
    device.say(0, 6)
    assert lateness.live_within == {}
