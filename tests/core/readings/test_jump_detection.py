"""Jumps that no air makes, and real changes that only look like them."""

import pytest

from core.readings.jump_detection import jump_marks
from core.readings.readings import Flag, Reading
from core.times import HOUR_MS, MINUTE_MS

STEP = int(Flag.STEP)


def window(*values: float, every: int = MINUTE_MS) -> list[Reading]:
    return [Reading(1, number * every, value) for number, value in enumerate(values)]


def doubted(*values: float, every: int = MINUTE_MS) -> list[float]:
    readings = window(*values, every=every)
    return [reading.value for reading, wrong in zip(readings, jump_marks(readings), strict=True) if wrong]


def test_a_single_reading_thirty_degrees_off_is_doubted_and_what_follows_is_not() -> None:
    assert doubted(4.0, 4.1, 45.0, 4.0, 4.1) == [45.0]
    assert doubted(4.0, -30.0, 4.0) == [-30.0]


def test_a_newest_reading_after_a_jump_is_doubted_until_others_agree() -> None:
    assert doubted(4.0, 36.0) == [36.0]
    assert doubted(4.0, 36.0, 36.2) == [36.0, 36.2]
    assert doubted(4.0, 36.0, 36.2, 36.1) == []


def test_a_probe_that_is_carried_from_the_yard_into_a_shed_is_believed_after_three_readings() -> None:
    assert doubted(-20.0, -20.1, 15.0, 15.2, 15.4, 15.5, 15.5) == []


def test_wild_values_are_never_a_truth_however_many_there_are() -> None:
    assert doubted(4.0, 90.0, -40.0, 50.0, -50.0, 60.0, 4.0) == [90.0, -40.0, 50.0, -50.0, 60.0]


@pytest.mark.parametrize(
    ("before", "after", "ms", "wrong"),
    [
        (4.0, 33.9, 20 * MINUTE_MS, False),
        (4.0, 34.0, 20 * MINUTE_MS, True),
        (4.0, 34.0, HOUR_MS, True),
        (4.0, 34.0, HOUR_MS + 1, False),  # it may have been carried
        (4.0, 20.0, 20_000, False),  # into a hand
        (4.0, 20.0, 5_000, True),
        (4.0, 18.0, 1, False),
        (4.0, 4.0, 0, False),
    ],
)
def test_how_far_in_which_time_is_a_jump(before: float, after: float, ms: int, wrong: bool) -> None:
    assert jump_marks([Reading(1, 0, before), Reading(1, ms, after)]) == [False, wrong]


def test_a_door_that_stands_open_at_twenty_below_zero_is_no_jump() -> None:
    assert doubted(3.0, -8.0, -15.0, -17.0, -6.0, 1.0, every=20_000) == []


def test_what_was_doubted_when_the_window_begins_stays_so_and_is_no_measure_for_the_next() -> None:
    readings = [Reading(1, 0, 60.0, STEP), *window(4.0, 4.1, 45.0)[1:]]
    assert jump_marks(readings) == [True, False, True]
