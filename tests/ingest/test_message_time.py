"""Under which time a value is stored."""

from core.readings.readings import Flag
from core.times import DAY_MS, HOUR_MS
from ingest.message_time import ArrivalTimes, time_of_value

NOW = 1_800_000_000_000
UNKNOWN, LATE, WRONG = int(Flag.TIME_UNKNOWN), int(Flag.LATE), int(Flag.CLOCK_WRONG)


def test_a_value_without_a_time_gets_that_of_its_arrival_unless_it_may_have_waited() -> None:
    assert time_of_value(None, NOW, 0, has_waited=False) == (NOW, 0, None, False, False)
    assert time_of_value(None, NOW, 0, has_waited=True) == (NOW, UNKNOWN, None, False, False)


def test_a_time_that_cannot_be_is_kept_as_a_claim() -> None:
    ahead = NOW + HOUR_MS
    assert time_of_value(ahead, NOW, 0, has_waited=False) == (NOW, WRONG, ahead, False, True)
    assert time_of_value(ahead, NOW, 0, has_waited=True) == (NOW, WRONG | UNKNOWN, ahead, False, True)


def test_a_late_time_is_the_devices_own() -> None:
    late = NOW - HOUR_MS
    assert time_of_value(late, NOW, 0, has_waited=False) == (late, LATE, None, True, True)


def test_a_clock_known_to_be_off_is_corrected() -> None:
    behind = NOW - 8 * HOUR_MS
    assert time_of_value(behind, NOW, 8 * HOUR_MS, has_waited=False) == (NOW, WRONG, behind, True, False)


def test_two_arrivals_in_one_millisecond_stay_two() -> None:
    arrivals = ArrivalTimes(DAY_MS)
    assert [arrivals.next(1, NOW), arrivals.next(1, NOW), arrivals.next(2, NOW)] == [NOW, NOW + 1, NOW]


def test_an_arrival_far_ahead_came_from_a_wrong_clock_and_is_forgotten() -> None:
    arrivals = ArrivalTimes(1_000)
    arrivals.next(1, NOW + 1_000)
    assert arrivals.next(1, NOW) == NOW
