"""Weather of Fenyang against its climate (Wenshui means, Fenyang records)."""

from datetime import UTC, datetime
from itertools import pairwise
from statistics import mean

import pytest

from simulators.weather import MEAN, MEAN_RH, RECORD_HIGH, RECORD_LOW, Weather

HOUR_S, DAY_S = 3600, 86_400


def _seconds(year: int, month: int, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


@pytest.mark.parametrize("month", range(1, 13))
def test_the_mean_of_many_years_of_a_month_is_the_climates_to_1_5_kelvin(month: int) -> None:
    weather = Weather(seed=7)
    samples = [
        weather.at(_seconds(year, month) + day * DAY_S + hour * HOUR_S)
        for year in range(2001, 2031)
        for day in range(0, 28, 3)
        for hour in (0, 6, 12, 18)
    ]
    assert mean(sample.temperature for sample in samples) == pytest.approx(MEAN[month - 1], abs=1.5)
    assert mean(sample.humidity for sample in samples) == pytest.approx(MEAN_RH[month - 1], abs=10)
    assert min(sample.temperature for sample in samples) >= min(RECORD_LOW) - 0.01
    assert max(sample.temperature for sample in samples) <= max(RECORD_HIGH) + 0.01


def test_the_afternoon_is_warmer_and_drier_than_the_hour_before_sunrise() -> None:
    weather = Weather()
    for day in range(5):
        night = weather.at(_seconds(2026, 10, 3 + day) + (3 - 8) * HOUR_S)
        noon = weather.at(_seconds(2026, 10, 3 + day) + (15 - 8) * HOUR_S)
        assert noon.temperature > night.temperature + 4
        assert noon.humidity < night.humidity


def test_the_same_seed_gives_the_same_weather_in_any_order_and_another_seed_another() -> None:
    moments = [_seconds(2026, 11, 20) + hour * HOUR_S for hour in range(100)]
    forwards = [Weather(3).at(at) for at in moments]
    first = Weather(3)
    backwards = [first.at(at) for at in reversed(moments)]
    assert forwards == backwards[::-1]
    assert forwards != [Weather(4).at(at) for at in moments]


def test_pinned_to_january_any_hour_of_any_date_is_as_on_a_hard_night() -> None:
    weather = Weather(pinned="january")
    for day in (_seconds(2026, 7, 10), _seconds(2026, 11, 23)):
        hours = [weather.at(day + hour * HOUR_S).temperature for hour in range(24)]
        assert min(hours) < -15
        assert max(hours) < -8


def test_temperature_never_jumps_within_a_minute() -> None:
    weather = Weather()
    start = _seconds(2026, 12, 31)
    temperatures = [weather.at(start + minute * 60).temperature for minute in range(3 * 1440)]
    assert max(abs(a - b) for a, b in pairwise(temperatures)) < 0.2


def test_a_season_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="monsoon"):
        Weather(pinned="monsoon")
