from core.readings.readings import HOUR_MS, MINUTE_MS
from core.readings.rollups import Bucket
from core.rooms.limits import Limit
from web.readings.curve_view import columns, limit_steps
from web.rooms.freeze_forecast import hours_to_zero


def buckets(*pairs: tuple[int, float]) -> list[Bucket]:
    return [Bucket(at, value, value, value, 1) for at, value in pairs]


def test_it_leaves_a_gap_open_and_draws_over_one_missed_reading() -> None:
    points = buckets(*((n * 5 * MINUTE_MS, 4.0) for n in (0, 1, 3, 4, 20, 21)))
    found = columns(points, None)
    assert found.mean == [4.0, 4.0, 4.0, 4.0, None, 4.0, 4.0]
    assert found.at == sorted(found.at)


def test_it_puts_a_bucket_in_the_middle_of_its_time() -> None:
    assert columns(buckets((HOUR_MS, 4.0)), 3600).at == [1.5 * 3600]


def test_nothing_measured_is_an_empty_curve() -> None:
    assert columns([], None).at == []


def test_it_shows_each_version_of_the_limits_while_it_was_in_force() -> None:
    def version(number: int, low: float, start: int) -> Limit:
        return Limit(
            1, number, "temperature", "air", low, 7, None, None, 1, 1, 1, "contents", valid_from=start
        )

    told = limit_steps([version(2, 3, 50_000), version(1, 2, 0)], "temperature", 10_000, 90_000)
    assert told == [
        {"from": 10.0, "to": 50.0, "low": 2, "high": 7},
        {"from": 50.0, "to": 90.0, "low": 3, "high": 7},
    ]


def test_it_says_when_a_falling_room_reaches_zero() -> None:
    falling = buckets(*((n * 5 * MINUTE_MS, 3.0 - n / 12) for n in range(13)))
    found = hours_to_zero(falling)
    assert found is not None
    assert abs(found - 2.0) < 0.01


def test_it_says_nothing_of_a_room_that_rises_stands_or_is_hardly_known() -> None:
    assert hours_to_zero(buckets(*((n * 5 * MINUTE_MS, 1.0 + n / 12) for n in range(13)))) is None
    assert hours_to_zero(buckets(*((n * 5 * MINUTE_MS, 1.0) for n in range(13)))) is None
    assert hours_to_zero(buckets((0, 2.0), (MINUTE_MS, 1.0))) is None
