"""The time that is stamped goes back only to a clock that is right, and meets the machine's clock again."""

from hypothesis import given
from hypothesis import strategies as st

from core.readings.monotonic_stamp import STEP_MS, MonotonicStamp, is_step, stamp
from core.times import DAY_MS, HOUR_MS, MINUTE_MS

NOW = 1_800_000_000_000


def run(last: MonotonicStamp, wall: int, minutes: int, *, right: bool = False) -> list[int]:
    """How far the stamps are ahead of the machine's clock, minute by minute."""
    stamps = []
    for _ in range(minutes):
        wall += MINUTE_MS
        last = stamp(last, wall, last.monotonic + MINUTE_MS, right=right)
        stamps.append(last.at - wall)
    return stamps


def test_without_a_step_it_is_the_machines_clock() -> None:
    assert stamp(None, NOW, 5, right=False) == MonotonicStamp(NOW, 5)
    assert run(MonotonicStamp(NOW, 0), NOW, 3) == [0, 0, 0]
    assert run(MonotonicStamp(NOW, 0), NOW + HOUR_MS, 1) == [0]


def test_a_small_correction_is_caught_up_with_at_half_speed() -> None:
    ahead = run(MonotonicStamp(NOW, 0), NOW - 4 * MINUTE_MS, 10)
    assert ahead[:2] == [3.5 * MINUTE_MS, 3 * MINUTE_MS]
    assert ahead[7:] == [0, 0, 0]


def test_after_a_step_back_time_goes_on_at_full_speed() -> None:
    """At half speed a delay of ten minutes would take twenty for as long as nobody vouches for the clock."""
    assert run(MonotonicStamp(NOW, 0), NOW - HOUR_MS, 125) == [HOUR_MS] * 125


def test_it_goes_back_to_a_clock_that_is_right() -> None:
    assert run(MonotonicStamp(NOW, 0), NOW - HOUR_MS, 2, right=True) == [0, 0]
    years = MonotonicStamp(NOW + 3000 * DAY_MS, 0)
    assert stamp(years, NOW, MINUTE_MS, right=True) == MonotonicStamp(NOW, MINUTE_MS)
    small = run(MonotonicStamp(NOW, 0), NOW - 4 * MINUTE_MS, 1, right=True)
    assert small == [3.5 * MINUTE_MS], "two readings of one moment are worse than half speed for minutes"


def test_many_stamps_within_a_millisecond_do_not_stop_time() -> None:
    last = MonotonicStamp(NOW, 0)
    for monotonic in range(1, 1001):
        last = stamp(last, NOW - 4 * MINUTE_MS, monotonic, right=False)
    assert last.at == NOW + 500


@given(st.lists(st.tuples(st.integers(-2 * DAY_MS, 2 * DAY_MS), st.integers(0, HOUR_MS))))
def test_without_a_word_for_the_clock_no_stamp_is_before_another(steps: list[tuple[int, int]]) -> None:
    last, wall, monotonic = MonotonicStamp(NOW, 0), NOW, 0
    for step, passed in steps:
        wall, monotonic = wall + step + passed, monotonic + passed
        before, last = last, stamp(last, wall, monotonic, right=False)
        assert last.at >= max(before.at, wall)
        assert last.at == wall or last.at - before.at >= (monotonic - before.monotonic) // 2


def test_a_step_is_more_than_a_clock_drifts() -> None:
    assert not is_step(NOW, NOW - STEP_MS)
    assert is_step(NOW, NOW - STEP_MS - 1)
