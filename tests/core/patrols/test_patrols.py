"""Whose round is when, and which one is missing."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused
from core.patrols.patrols import (
    AFTERNOON,
    MORNING,
    HalfDay,
    Patrol,
    check_day,
    check_ticks,
    day_of,
    half_of,
    missed_halves,
    patrols_by_half,
    start_of_half,
)
from core.times import DAY_MS, HOUR_MS, MINUTE_MS

ZONE = ZoneInfo("Asia/Shanghai")
DAY_14 = date(2026, 1, 14)
MIDNIGHT = 1_768_320_000_000  # 2026-01-14 00:00 in Shanghai


def patrol_at(at: int) -> Patrol:
    return Patrol(1, 3, at, at, 1, "door", 3.4, None, None, (), "")


def test_noon_by_the_sites_clock_parts_the_rounds() -> None:
    assert half_of(MIDNIGHT, ZONE) == HalfDay(DAY_14, MORNING)
    assert half_of(MIDNIGHT + 12 * HOUR_MS - 1, ZONE) == HalfDay(DAY_14, MORNING)
    assert half_of(MIDNIGHT + 12 * HOUR_MS, ZONE) == HalfDay(DAY_14, AFTERNOON)
    assert half_of(MIDNIGHT - 1, ZONE) == HalfDay(date(2026, 1, 13), AFTERNOON)
    assert day_of(DAY_14, ZONE) == (MIDNIGHT, MIDNIGHT + DAY_MS)


def test_a_day_with_a_changed_clock_is_as_long_as_it_is() -> None:
    start, end = day_of(date(2026, 3, 29), ZoneInfo("Europe/Berlin"))
    assert end - start == 23 * HOUR_MS
    assert (
        start_of_half(HalfDay(date(2026, 3, 29), AFTERNOON), ZoneInfo("Europe/Berlin")) - start
        == 11 * HOUR_MS
    )


def test_rounds_are_sorted_into_the_halves_of_their_day() -> None:
    patrols = [patrol_at(MIDNIGHT + hour * HOUR_MS) for hour in (20, 8, 7, -2, 30)]
    rounds = patrols_by_half(patrols, DAY_14, ZONE)
    assert [(patrol.at - MIDNIGHT) // HOUR_MS for patrol in rounds[MORNING]] == [7, 8]
    assert [(patrol.at - MIDNIGHT) // HOUR_MS for patrol in rounds[AFTERNOON]] == [20]


@pytest.mark.parametrize(
    ("hour", "late"),
    [(6, []), (10, [MORNING]), (13, [MORNING]), (22, [MORNING, AFTERNOON]), (40, [MORNING, AFTERNOON])],
)
def test_a_round_is_missing_only_when_it_is_late(hour: int, late: list[str]) -> None:
    nobody = patrols_by_half([], DAY_14, ZONE)
    assert missed_halves(nobody, DAY_14, ZONE, MIDNIGHT + hour * HOUR_MS) == late


def test_whoever_was_there_late_was_there() -> None:
    rounds = patrols_by_half([patrol_at(MIDNIGHT + 11 * HOUR_MS + 59 * MINUTE_MS)], DAY_14, ZONE)
    assert missed_halves(rounds, DAY_14, ZONE, MIDNIGHT + 23 * HOUR_MS) == [AFTERNOON]


def test_what_was_wrong_is_kept_once_and_in_the_usual_order() -> None:
    assert check_ticks(["pests", "door", "pests"], "") == ("door", "pests")
    for wrong, note in ((["roof"], ""), ([], "长" * 301)):
        with pytest.raises(Refused):
            check_ticks(wrong, note)


@given(st.dates())
def test_a_day_that_is_accepted_has_a_day_before_and_after_it(day: date) -> None:
    try:
        check_day(day)
    except ValueError:
        assert not 2000 <= day.year < 2100
        return
    assert day - timedelta(days=1) < day < day + timedelta(days=1)
    assert day_of(day, ZONE)[0] < day_of(day, ZONE)[1]
