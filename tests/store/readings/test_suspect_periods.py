"""What is known against series and devices, kept in either database."""

from core.readings.calibrations import OffsetTable
from core.readings.readings import Flag, Reading
from core.times import DAY_MS, HOUR_MS
from store.database import Databases
from store.devices import clock_offsets
from store.journal import latest, series
from store.readings import jump_windows, suspect_periods
from store.readings.suspect_periods import SuspectPeriod

NOW = 1_800_000_000_000
STUCK = int(Flag.STUCK)


def test_a_doubt_lasts_until_its_earliest_end_is_known(dbs: Databases) -> None:
    doubt = SuspectPeriod(1, STUCK, NOW, 3.94, 3.94, 3 * HOUR_MS)
    with dbs.journal.write() as tx:
        suspect_periods.begin(tx, doubt)
        suspect_periods.begin(tx, SuspectPeriod(2, STUCK, NOW, 90.0, 90.0, 3 * HOUR_MS))
        assert [period.series for period in suspect_periods.periods(tx)] == [1, 2]
        for until, after in ((NOW + 2 * HOUR_MS, 4.2), (NOW + HOUR_MS, 4.1), (NOW + 3 * HOUR_MS, 4.3)):
            suspect_periods.end(tx, doubt, until, after)
    with dbs.journal.write() as tx:
        assert [period.series for period in suspect_periods.periods(tx)] == [2]
        [ended] = suspect_periods.periods(tx, ended_after=NOW, series=1)
        assert (ended.until, ended.after) == (NOW + HOUR_MS, 4.1)
        suspect_periods.forget(tx, NOW + DAY_MS)
        assert [period.series for period in suspect_periods.periods(tx, ended_after=0)] == [2]


def test_the_window_of_a_jump_is_kept_until_it_is_settled(dbs: Databases) -> None:
    window = [Reading(7, NOW, 4.0), Reading(7, NOW + 1, 40.0, int(Flag.STEP), NOW)]
    with dbs.journal.write() as tx:
        jump_windows.keep(tx, {7: window[:1]})
        jump_windows.keep(tx, {7: window, 8: []})
        assert jump_windows.windows(tx) == {7: window}
        jump_windows.keep(tx, {7: []})
        assert jump_windows.windows(tx) == {}


def test_a_clock_that_is_wrong_is_one_row_a_device_until_it_is_right(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        clock_offsets.set_clock_offset(tx, "a", 8 * HOUR_MS, NOW)
        clock_offsets.set_clock_offset(tx, "a", -HOUR_MS, NOW + 1)
        assert [tuple(row) for row in clock_offsets.clock_offsets(tx)] == [("a", -HOUR_MS, NOW + 1)]
        clock_offsets.clear_clock_offset(tx, "a")
        assert clock_offsets.clock_offsets(tx) == []


def test_the_newest_time_of_a_device_is_over_all_its_series(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        warm, damp = (series.get_or_make(tx, "a", metric, "", NOW) for metric in ("temperature", "humidity"))
        latest.put(tx, NOW, [Reading(warm, NOW - 5, 4.0), Reading(damp, NOW - 3, 90.0)])
        assert (clock_offsets.latest_at(tx, "a"), clock_offsets.latest_at(tx, "b")) == (NOW - 3, 0)


def test_a_newest_value_from_years_ahead_gives_way_to_one_of_now(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        probe = series.get_or_make(tx, "a", "temperature", "", NOW)
        latest.put(tx, NOW, [Reading(probe, NOW + 300 * DAY_MS, 9.0)])
        latest.put(tx, NOW, [Reading(probe, NOW, 4.0)])
        assert [row.value for row in latest.latest_values(tx, OffsetTable())] == [4.0]
        latest.put(tx, NOW, [Reading(probe, NOW - DAY_MS, 3.0)])
        assert [row.value for row in latest.latest_values(tx, OffsetTable())] == [4.0]
