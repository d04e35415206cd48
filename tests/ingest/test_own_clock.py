"""The listener while the clock of its own machine is wrong, against a real Mosquitto."""

import json
from typing import Any

import pytest

from core.readings.calibrations import OffsetTable
from core.readings.journal_codec import Heartbeat, decode_batch, encode
from core.readings.readings import Reading
from core.times import DAY_MS, HOUR_MS
from ingest import listener, ntp, stamper
from ingest.decoders import Router
from ingest.listener import Listener
from store.database import Databases
from store.journal import journal, latest
from store.overview import health, system_issues
from tests.ingest.test_listener import address, connected, listening, now, running, until
from tests.support.flood import flood

pytestmark = pytest.mark.usefixtures("mosquitto")
BEAT = b'{"connected":false,"confirmed":0}'


class Wall:
    """The machine's clock, which somebody sets."""

    def __init__(self) -> None:
        self.set_by = 0

    def __call__(self) -> int:
        return now() + self.set_by


def rows(dbs: Databases) -> list[journal.JournalRow]:
    with dbs.journal.read() as tx:
        return journal.read_after(tx, 0, 100_000)


def readings(dbs: Databases) -> list[Reading]:
    reading_rows = [row for row in rows(dbs) if row.kind == journal.READINGS]
    return [reading for row in reading_rows for reading in decode_batch(row.body).readings]


def say(port: int, count: int, number: int) -> int:
    """So many messages with their own time and as many without one."""
    messages: list[tuple[str, bytes]] = []
    began = now() - 60_000
    for index in range(number, number + count):
        own = {"at": began + index, "temperature": 4.0}
        messages.append(("coldshed/v1/timed/readings", json.dumps(own).encode()))
        messages.append(("zigbee2mqtt/untimed", json.dumps({"temperature": 4 + index % 10 / 10}).encode()))
    return sum(1 for _ in flood(port, iter(messages)))


def test_an_hour_back_loses_nothing_keeps_nothing_twice_and_time_goes_on(
    dbs: Databases, mosquitto: Any, caplog: pytest.LogCaptureFixture
) -> None:
    wall = Wall()
    with listening(dbs, mosquitto.port, now=wall):
        assert say(mosquitto.port, 200, 0) == 400
        until(lambda: len(readings(dbs)) == 400, "400 readings")
        wall.set_by = -HOUR_MS
        assert say(mosquitto.port, 200, 200) == 400
        until(lambda: len(readings(dbs)) == 800, "800 readings")
    stored = readings(dbs)
    assert len({(reading.series, reading.at) for reading in stored}) == 800
    timed = [reading for reading in stored if reading.series == stored[0].series]
    assert [reading.flags for reading in timed] == [0] * 400
    untimed = [reading.at for reading in stored if reading.series != stored[0].series]
    assert untimed == sorted(untimed)
    stamped = [row.received_at for row in rows(dbs)]
    assert stamped == sorted(stamped)
    assert stamped[-1] > stamped[0]
    assert "set back by" in caplog.text
    with dbs.journal.read() as tx:
        assert health.health(tx, wall(), 30_000).reason == "clock-behind"
        assert health.health(tx, now(), 30_000).reason != "clock-behind"


def test_a_box_that_boots_in_the_past_goes_on_when_nobody_sets_its_clock(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamper, "PATIENCE_MS", 300)
    last = now() + HOUR_MS
    with dbs.journal.write() as tx:
        journal.append(tx, last, journal.HEARTBEAT, BEAT)
    with running(Listener(dbs, address(mosquitto.port), Router())):
        until(lambda: connected(dbs), "the connection")
    assert last <= rows(dbs)[-1].received_at < last + 60_000


def test_what_a_clock_stamped_years_ahead_is_overruled_where_a_time_server_vouches_for_this_one(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ntp, "is_synchronized", lambda: True)
    wall = Wall()
    wall.set_by = 3000 * DAY_MS
    with listening(dbs, mosquitto.port, now=wall):
        say(mosquitto.port, 1, 0)
        until(lambda: len(readings(dbs)) == 2, "two readings")
        wall.set_by = 0
        say(mosquitto.port, 1, 1)
        until(lambda: len(readings(dbs)) == 4, "four readings")
    assert abs(rows(dbs)[-1].received_at - now()) < 60_000
    with dbs.journal.read() as tx:
        assert all(abs(value.at - now()) < 120_000 for value in latest.latest_values(tx, OffsetTable()))
    assert [reading.flags for reading in readings(dbs)][2:] == [0, 0]


def issues(dbs: Databases) -> list[str]:
    with dbs.records.read() as tx:
        return [issue.name for issue in system_issues.open_issues(tx) if issue.name.startswith("clock.")]


def test_a_clock_that_jumps_a_day_ahead_is_noticed_judged_through_and_given_up_when_set_right(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ntp, "is_synchronized", lambda: False)
    monkeypatch.setattr(listener, "HEARTBEAT_S", 0.2)
    wall = Wall()
    with listening(dbs, mosquitto.port, now=wall) as ours:
        say(mosquitto.port, 1, 0)
        until(lambda: ours.leadership.stamper.survey._right is not None, "a device's time")
        wall.set_by = DAY_MS
        until(lambda: issues(dbs) == ["clock.ahead"], "the issue")
        say(mosquitto.port, 1, 1)
        until(lambda: len(readings(dbs)) == 4, "four readings")
        with dbs.journal.read() as tx:
            ahead = health.health(tx, wall(), 30_000)
        wall.set_by = 0
        until(lambda: issues(dbs) == [], "the end of the issue")
        say(mosquitto.port, 1, 2)
        until(lambda: len(readings(dbs)) == 6, "six readings")
    assert (ahead.reason, round(ahead.clock_ahead / DAY_MS)) == ("clock-ahead", 1)
    assert [reading.flags for reading in readings(dbs)] == [0] * 6
    timed = [reading.at for reading in readings(dbs)[::2]]
    assert all(abs(at - now()) < 120_000 for at in timed), "its own time stays"
    assert abs(rows(dbs)[-1].received_at - now()) < 60_000, "no stamp stays a day ahead"
    with dbs.journal.read() as tx:
        assert health.health(tx, now(), 30_000).reason != "clock-ahead"
        assert all(abs(value.at - now()) < 120_000 for value in latest.latest_values(tx, OffsetTable()))


def test_a_restarted_listener_knows_that_the_clock_is_ahead(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ntp, "is_synchronized", lambda: False)
    with dbs.journal.write() as tx:
        journal.append(tx, now() + HOUR_MS, journal.HEARTBEAT, encode(Heartbeat(False, clock_lead=HOUR_MS)))
    wall = Wall()
    wall.set_by = HOUR_MS + 1_000
    with listening(dbs, mosquitto.port, now=wall):
        say(mosquitto.port, 1, 0)
        until(lambda: len(readings(dbs)) == 2, "two readings")
        assert issues(dbs) == ["clock.ahead"]
    assert [reading.flags for reading in readings(dbs)] == [0, 0]


def test_the_kernel_can_be_asked_whether_a_time_server_keeps_the_clock() -> None:
    assert ntp.is_synchronized() in (True, False)
