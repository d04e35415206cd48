from core.readings.rollups import Bucket
from core.rooms.limits import Limit
from core.times import HOUR_MS, MINUTE_MS
from web.readings.curve_view import chart_columns, limit_steps


def buckets(*pairs: tuple[int, float]) -> list[Bucket]:
    return [Bucket(at, value, value, value, 1) for at, value in pairs]


def test_it_leaves_a_gap_open_and_draws_over_one_missed_reading() -> None:
    points = buckets(*((n * 5 * MINUTE_MS, 4.0) for n in (0, 1, 3, 4, 20, 21)))
    drawn = chart_columns(points, None)
    assert drawn.mean == [4.0, 4.0, 4.0, 4.0, None, 4.0, 4.0]
    assert drawn.at == sorted(drawn.at)


def test_it_puts_a_bucket_in_the_middle_of_its_time() -> None:
    assert chart_columns(buckets((HOUR_MS, 4.0)), 3600).at == [1.5 * 3600]


def test_nothing_measured_is_an_empty_curve() -> None:
    assert chart_columns([], None).at == []


def test_it_shows_each_version_of_the_limits_while_it_was_in_force() -> None:
    def version(number: int, low: float, start: int) -> Limit:
        return Limit(
            1, number, "temperature", "air", low, 7, None, None, 1, 1, 1, "contents", valid_from=start
        )

    steps = limit_steps([version(2, 3, 50_000), version(1, 2, 0)], "temperature", 10_000, 90_000)
    assert steps == [
        {"from": 10.0, "to": 50.0, "low": 2, "high": 7},
        {"from": 50.0, "to": 90.0, "low": 3, "high": 7},
    ]
