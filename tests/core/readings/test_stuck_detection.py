"""Which rests of a value are the room's, and which are a dead probe's."""

import math
from collections.abc import Callable

import pytest

from core.readings.rollups import Bucket
from core.readings.stuck_detection import (
    STEP,
    StillPeriod,
    is_stuck,
    longest_still,
    resolution,
    still_period,
    stuck_at_end,
)
from core.times import DAY_MS, HOUR_MS, MINUTE_MS

Curve = Callable[[float], float]


def cycling(mean: float = 4.0, swing: float = 0.8, minutes: float = 25.0) -> Curve:
    """A room whose compressor goes on and off."""
    return lambda minute: (
        mean + swing * math.sin(minute / minutes * 2 * math.pi) + 0.2 * math.sin(minute / 317)
    )


def buckets(curve: Curve, hours: float, digits: float, *, every: int = 1, start: float = 0) -> list[Bucket]:
    """What a probe of that resolution says of a curve, in half-hour buckets."""
    buckets = []
    for number in range(round(hours * 2)):
        at = round(start * 2) + number
        values = [round(curve(at * 30 + m) / digits) * digits for m in range(0, 30, every)]
        buckets.append(Bucket(at * STEP, min(values), sum(values) / len(values), max(values), len(values)))
    return buckets


def resting(value: float, hours: float, every: int = 1) -> StillPeriod:
    return StillPeriod(value, 14 * DAY_MS, round(hours * HOUR_MS), round(hours * 60 / every))


def stuck_after(
    past: list[Bucket], value: float, neighbours: float | None = None, metric: str = "temperature"
) -> float:
    """How many hours it takes, up to two weeks."""
    halves = (half / 2 for half in range(1, 2 * 24 * 14))
    return next(
        (hours for hours in halves if is_stuck(metric, past, resting(value, hours), 0, neighbours)), math.inf
    )


def test_a_probe_that_has_moved_every_few_minutes_for_days_is_stuck_after_two_to_five_hours() -> None:
    assert stuck_after(buckets(cycling(), 72, 0.01), 3.94) == 2
    assert stuck_after(buckets(cycling(), 72, 0.0625), 3.9375) == 3
    assert stuck_after(buckets(cycling(), 72, 0.1), 3.9) == 5


def test_a_coarse_probe_in_a_well_regulated_store_is_never_stuck() -> None:
    """0.5 K steps, a swing of 0.2 K and a slow drift: it says 4.0 for most of a day."""
    calm = buckets(
        lambda minute: 4.2 + 0.1 * math.sin(minute / 25) + 0.3 * math.sin(minute / 1440), 14 * 24, 0.5
    )
    assert longest_still(calm) > 6 * HOUR_MS
    assert stuck_after(calm, 4.0) == math.inf


def test_a_store_whose_compressor_rests_in_winter_drifts_too_slowly_to_be_called_stuck() -> None:
    """Cycling all autumn; then half a degree a day: a step of 0.1 K takes five hours, of 0.5 K a day."""
    assert stuck_after(buckets(cycling(), 14 * 24, 0.1), 4.0) > 0.1 / 0.5 * 24
    assert stuck_after(buckets(cycling(), 14 * 24, 0.5), 4.0) >= 24


def test_a_probe_without_a_past_is_judged_by_its_neighbours_alone() -> None:
    young = buckets(cycling(), 10, 0.01)
    assert stuck_after(young, 3.94) == math.inf
    assert stuck_after(young, 3.94, neighbours=1.6) == 4
    assert stuck_after([], 4.0, neighbours=1.6) == math.inf  # it may be one of whole degrees
    assert stuck_after([], 3.9, neighbours=1.6) == 4


def test_a_calm_room_clears_its_probes() -> None:
    assert stuck_after(buckets(cycling(), 72, 0.01), 3.94, neighbours=0.1) == math.inf


def test_a_rest_that_turned_out_to_be_one_is_remembered() -> None:
    past = buckets(cycling(), 72, 0.01)
    assert is_stuck("temperature", past, resting(3.94, 4), 0)
    assert not is_stuck("temperature", past, resting(3.94, 4), 3 * HOUR_MS)


def test_two_hours_of_two_readings_say_nothing() -> None:
    assert not is_stuck("temperature", buckets(cycling(), 72, 0.01), StillPeriod(3.94, 0, 10 * HOUR_MS, 11))


@pytest.mark.parametrize("metric", ["door", "power", "battery", "energy", "light", "signal", "co"])
def test_what_rests_by_its_nature_is_never_stuck(metric: str) -> None:
    assert stuck_after(buckets(cycling(), 72, 0.01), 1.0, metric=metric) == math.inf


def test_a_rest_is_the_newest_stretch_without_a_change_or_a_hole() -> None:
    moving = buckets(cycling(), 3, 0.01)
    flat = buckets(lambda _: 4.0, 4, 0.01, every=10, start=3)
    assert still_period([*moving, *flat]) == StillPeriod(4.0, 3 * HOUR_MS, 4 * HOUR_MS, 24)
    assert still_period([*flat, *moving]) is None
    hole = [*flat[:3], *flat[5:]]
    assert still_period(hole) == StillPeriod(4.0, flat[5].at, 90 * MINUTE_MS, 9)
    assert still_period([]) is None


def test_the_resolution_is_learned_and_else_read_off_the_digits() -> None:
    assert resolution(buckets(cycling(), 24, 0.0625), 4.0) == 0.0625
    assert [resolution([], value) for value in (4.0, 3.5, 3.9, 3.9375, 3.94)] == [1.0, 0.5, 0.1, 0.0625, 0.05]


def hours(value: float, count: int) -> list[Bucket]:
    return [Bucket(number * HOUR_MS, value, value, value, 60) for number in range(count)]


def test_humidity_at_a_hundred_for_two_days_is_pinned_and_at_ninety_nine_it_is_not() -> None:
    assert stuck_at_end(hours(100.0, 48), 48 * HOUR_MS) == (99.5, 100.0)
    assert stuck_at_end(hours(100.0, 40), 40 * HOUR_MS) is None
    assert stuck_at_end(hours(99.0, 48), 48 * HOUR_MS) is None
    assert (
        stuck_at_end(
            [*hours(100.0, 20), Bucket(20 * HOUR_MS, 97, 99, 100, 60), *hours(100.0, 48)[21:]], 48 * HOUR_MS
        )
        is None
    )


def test_humidity_at_nothing_is_pinned_after_two_hours() -> None:
    assert stuck_at_end(hours(0.0, 3), 3 * HOUR_MS) == (0.0, 0.5)
    assert stuck_at_end(hours(0.0, 1), HOUR_MS) is None
