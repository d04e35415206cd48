from core.readings.freeze_forecast import hours_to_zero
from core.readings.rollups import Bucket
from core.times import HOUR_MS, MINUTE_MS


def means(*pairs: tuple[int, float]) -> list[Bucket]:
    return [Bucket(at, value, value, value, 1) for at, value in pairs]


def line(start: float, per_hour: float, minutes: int = 60) -> list[Bucket]:
    return means(*((at * MINUTE_MS, start + per_hour * at / 60) for at in range(0, minutes + 1, 5)))


def test_it_says_when_a_falling_room_reaches_zero() -> None:
    hours = hours_to_zero(line(3.0, -1.0))
    assert hours is not None
    assert abs(hours - 2.0) < 0.01


def test_it_says_nothing_of_a_room_that_rises_or_stands() -> None:
    assert hours_to_zero(line(1.0, 1.0)) is None
    assert hours_to_zero(line(1.0, 0.0)) is None


def test_a_fall_within_the_noise_of_a_probe_is_no_fall() -> None:
    assert hours_to_zero(line(0.5, -0.05)) is None


def test_few_points_or_a_short_time_say_nothing() -> None:
    assert hours_to_zero([]) is None
    assert hours_to_zero(means((0, 2.0), (HOUR_MS, 1.0))) is None
    assert hours_to_zero(line(2.0, -6.0, minutes=10)) is None


def test_a_room_below_zero_already_gets_no_forecast() -> None:
    assert hours_to_zero(line(0.4, -1.0)) is None


def test_more_than_a_day_ahead_nobody_can_say() -> None:
    assert hours_to_zero(line(4.0, -0.12)) is None
    assert hours_to_zero(line(2.4, -0.12)) is not None


def test_one_outlier_does_not_turn_the_forecast() -> None:
    points = line(3.0, -1.0)
    points[4] = Bucket(points[4].at, 9.0, 9.0, 9.0, 1)
    hours = hours_to_zero(points)
    assert hours is not None
    assert 1.0 < hours < 3.0
