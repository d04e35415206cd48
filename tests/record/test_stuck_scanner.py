"""From a history that stands still to readings that are marked, and back."""

import math

import pytest

from core.readings.readings import Flag, Reading
from core.rooms.places import NewPlacement, NewRoom
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from record.stuck_scanner import SCAN_EVERY_MS, StuckProbeScanner
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import series
from store.journal.latest import put
from store.people import federation
from store.readings import suspect_periods
from store.readings.suspect_periods import SuspectPeriod
from store.rooms import places
from tests.ingest.test_batch_pipeline import House, say

NOW = 1_800_000_000_000 // DAY_MS * DAY_MS
STUCK, PINNED = int(Flag.STUCK), int(Flag.PINNED)


class Past:
    """A history that is written as the recorder would, and the round that looks at it."""

    def __init__(self, dbs: Databases) -> None:
        self.dbs, self.now = dbs, NOW
        self.history = SqliteHistory(dbs.history)
        self.doubting = StuckProbeScanner(dbs, self.history, lambda: self.now)

    def series(self, device: str, metric: str = "temperature") -> int:
        with self.dbs.journal.write() as tx:
            return series.get_or_make(tx, device, metric, "", NOW - 30 * DAY_MS)

    def write(self, number: int, start: int, end: int, value: float | None = None, flags: int = 0) -> None:
        """Every five minutes: a room that cycles, or one value."""
        readings = [
            Reading(number, at, self.cycling(at) if value is None else value, flags)
            for at in range(start, end, 5 * MINUTE_MS)
        ]
        self.history.import_points(readings)
        with self.dbs.journal.write() as tx:
            put(tx, end, readings)

    @staticmethod
    def cycling(at: int) -> float:
        return round(4 + 0.8 * math.sin(at / MINUTE_MS / 4) + 0.1 * math.sin(at / MINUTE_MS / 317), 2)

    def look(self) -> list[SuspectPeriod]:
        self.now += SCAN_EVERY_MS + 1
        while self.doubting.run_next_chunk():
            pass
        with self.dbs.journal.read() as tx:
            return suspect_periods.periods(tx)


@pytest.fixture
def past(dbs: Databases) -> Past:
    return Past(dbs)


def test_a_probe_that_stopped_moving_is_found_and_one_that_moves_is_not(past: Past) -> None:
    stopped, moving = past.series("stopped"), past.series("moving")
    past.write(stopped, NOW - 5 * DAY_MS, NOW - 3 * HOUR_MS)
    past.write(stopped, NOW - 3 * HOUR_MS, NOW, 3.94)
    past.write(moving, NOW - 5 * DAY_MS, NOW)
    [period] = past.look()
    assert period[:5] == (stopped, STUCK, NOW - 5 * MINUTE_MS + 1, 3.94, 3.94)
    assert past.look() == [period]


def test_a_probe_that_fell_silent_is_not_stuck(past: Past) -> None:
    silent = past.series("silent")
    past.write(silent, NOW - 5 * DAY_MS, NOW - 8 * HOUR_MS)
    past.write(silent, NOW - 8 * HOUR_MS, NOW - 4 * HOUR_MS, 3.94)
    assert past.look() == []


def test_what_stands_still_by_its_nature_is_left_alone(past: Past) -> None:
    for metric in ("door", "power", "battery", "energy"):
        number = past.series("box", metric)
        past.write(number, NOW - 5 * DAY_MS, NOW - 3 * HOUR_MS)
        past.write(number, NOW - 3 * HOUR_MS, NOW, 1.0)
    assert past.look() == []


def test_a_new_probe_is_judged_by_the_others_of_its_room(past: Past) -> None:
    with past.dbs.records.write() as tx:
        federation.add_federation(tx, NOW, "联合社", "联合社")
        site = federation.add_site(tx, NOW, "库区", federation.add_village(tx, NOW, "古池村"))
        room = places.add_room(tx, NOW - DAY_MS, NewRoom(site=site, name="1号库", kind="cold_room"))
        for device in ("new", "old"):
            places.place(
                tx,
                NOW - DAY_MS,
                NewPlacement(
                    device=device, position="", room=room, spot="door" if device == "new" else "back"
                ),
            )
    new, old = past.series("new"), past.series("old")
    past.write(new, NOW - 5 * HOUR_MS, NOW, 3.94)
    assert past.look() == []
    past.write(old, NOW - 5 * DAY_MS, NOW)
    assert [(period.series, period.flag) for period in past.look()] == [(new, STUCK)]


def test_humidity_at_a_hundred_for_two_days_is_pinned(past: Past) -> None:
    damp, wet = past.series("damp", "humidity"), past.series("wet", "humidity")
    past.write(damp, NOW - 3 * DAY_MS, NOW, 98.0)
    past.write(wet, NOW - 3 * DAY_MS, NOW, 100.0)
    assert [period[:5] for period in past.look()] == [(wet, PINNED, NOW - 5 * MINUTE_MS + 1, 99.5, 100.0)]


def test_a_rest_that_ended_with_one_small_step_is_not_doubted_so_soon_again(past: Past) -> None:
    calm = past.series("calm")
    past.write(calm, NOW - 5 * DAY_MS, NOW - 3 * HOUR_MS)
    past.write(calm, NOW - 3 * HOUR_MS, NOW, 3.94)
    [period] = past.look()
    with past.dbs.journal.write() as tx:
        suspect_periods.end(tx, period, NOW + HOUR_MS, 3.95)
    assert past.look() == []


def test_a_doubt_marks_what_comes_until_the_probe_moves(past: Past) -> None:
    house = House(past.dbs).live()
    house.take([say({"at": NOW - 5 * DAY_MS, "temperature": 4.0})], NOW - 5 * DAY_MS)
    past.write(1, NOW - 5 * DAY_MS, NOW - 3 * HOUR_MS)
    past.write(1, NOW - 3 * HOUR_MS, NOW, 3.94)
    assert len(past.look()) == 1
    for number, value in enumerate((3.94, 3.94, 4.1, 3.94)):
        at = NOW + number * 5 * MINUTE_MS
        house.take([say({"at": at, "temperature": value})], at)
    assert [reading.flags for reading in house.readings()[1:]] == [STUCK, STUCK, 0, 0]
    with past.dbs.journal.read() as tx:
        assert suspect_periods.periods(tx) == []
