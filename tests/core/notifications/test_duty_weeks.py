import itertools
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.notifications.duty_weeks import Shift, assign_shifts, remaining_shifts, week_after, week_start
from core.times import DAY_MS, HOUR_MS

ZONE = "Asia/Shanghai"
BERLIN = "Europe/Berlin"


def at(text: str, zone: str = ZONE) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


MONDAY = at("2026-01-12 08:00")


@pytest.mark.parametrize(
    "now", ["2026-01-12 08:00", "2026-01-14 03:19", "2026-01-18 23:59", "2026-01-19 07:59:59"]
)
def test_a_week_runs_until_the_next_monday_s_eight_o_clock(now: str) -> None:
    assert week_start(at(now), ZONE) == MONDAY


def test_monday_before_eight_is_still_last_week() -> None:
    assert week_start(at("2026-01-12 07:59"), ZONE) == MONDAY - 7 * DAY_MS


def test_weeks_ahead_begin_seven_days_later_each() -> None:
    assert week_start(at("2026-01-14 03:19"), ZONE, 2) == MONDAY + 14 * DAY_MS


def test_eight_o_clock_stays_eight_o_clock_where_clocks_are_changed() -> None:
    start = at("2026-03-23 08:00", BERLIN)  # summer time begins on the 29th
    assert week_after(start, BERLIN) == at("2026-03-30 08:00", BERLIN)
    assert week_after(start, BERLIN) - start == 7 * DAY_MS - HOUR_MS
    assert week_start(at("2026-03-30 07:30", BERLIN), BERLIN) == start


def test_the_site_s_clock_counts_not_the_machine_s() -> None:
    sunday_evening_in_berlin = at("2026-01-19 01:30", BERLIN)  # Monday 08:30 in Shanghai
    assert week_start(sunday_evening_in_berlin, ZONE) == at("2026-01-19 08:00")
    assert week_start(sunday_evening_in_berlin, BERLIN) == at("2026-01-12 08:00", BERLIN)


def test_people_take_turns_without_a_gap() -> None:
    shifts = assign_shifts(MONDAY, ZONE, [7, 8], 3)
    assert [shift.person for shift in shifts] == [7, 8, 7]
    assert all(before.end == after.start for before, after in itertools.pairwise(shifts))
    assert shifts[-1].end == MONDAY + 21 * DAY_MS


def test_no_weeks_are_no_shifts() -> None:
    assert assign_shifts(MONDAY, ZONE, [7], 0) == []


def test_what_is_over_is_not_written_again_and_what_runs_begins_now() -> None:
    shifts = assign_shifts(MONDAY, ZONE, [7, 8], 2)
    now = MONDAY + 8 * DAY_MS
    assert remaining_shifts(shifts, now) == [Shift(8, now, MONDAY + 14 * DAY_MS)]
    assert remaining_shifts(shifts, MONDAY) == shifts
    assert remaining_shifts(shifts, MONDAY + 14 * DAY_MS) == []
