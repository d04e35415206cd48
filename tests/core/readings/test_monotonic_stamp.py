"""The time that is stamped never goes back, and meets the machine's clock again."""

from core.readings.monotonic_stamp import MonotonicStamp, is_lost, stamp
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


def test_an_hour_back_is_caught_up_with_in_two_hours_and_time_goes_on_meanwhile() -> None:
    ahead = run(MonotonicStamp(NOW, 0), NOW - HOUR_MS, 125)
    assert ahead[:2] == [HOUR_MS - MINUTE_MS // 2, HOUR_MS - MINUTE_MS]
    assert (ahead[117] > 0, ahead[119:]) == (True, [0] * 6)


def test_many_stamps_within_a_millisecond_do_not_stop_time() -> None:
    last = MonotonicStamp(NOW, 0)
    for monotonic in range(1, 1001):
        last = stamp(last, NOW - HOUR_MS, monotonic, right=False)
    assert last.at == NOW + 500


def test_what_was_stamped_years_ahead_is_given_up_only_when_the_clock_is_known_to_be_right() -> None:
    years = MonotonicStamp(NOW + 3000 * DAY_MS, 0)
    assert stamp(years, NOW, MINUTE_MS, right=True) == MonotonicStamp(NOW, MINUTE_MS)
    assert stamp(years, NOW, MINUTE_MS, right=False).at == years.at + MINUTE_MS // 2
    assert run(MonotonicStamp(NOW, 0), NOW - HOUR_MS, 1, right=True) == [HOUR_MS - MINUTE_MS // 2]
    assert not is_lost(NOW, DAY_MS)  # a clock that was never set
