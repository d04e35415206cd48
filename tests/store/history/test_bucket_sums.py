"""Sums must not depend on the order or the pieces in which readings come, or roll-ups differ by chance."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from core.readings.readings import Flag, Reading
from core.readings.rollups import FIVE_MINUTES, Rollup
from core.times import HOUR_MS
from store.history.bucket_sums import (
    BucketSums,
    RollupCollector,
    choose_sums,
    counts,
    five_minutes_of,
    hours_of,
    merged,
    sums_of_values,
)

eighths = st.integers(-400, 400).map(lambda number: number / 8)  # sums are exact
times = st.integers(0, 3 * HOUR_MS)
samples = st.lists(st.tuples(st.integers(1, 3), times, eighths), max_size=40)
sums = st.none() | st.lists(eighths, min_size=1, max_size=9).map(sums_of_values)


@given(st.lists(st.lists(eighths, max_size=6), max_size=6))
def test_merged_parts_are_the_sums_of_all_values(parts: list[list[float]]) -> None:
    whole = sums_of_values(value for part in parts for value in part)
    assert merged(filter(None, map(sums_of_values, parts))) == whole


@given(samples, st.randoms(), st.sampled_from([FIVE_MINUTES, HOUR_MS]))
def test_roll_ups_do_not_depend_on_the_order_of_their_readings(
    rows: list[tuple[int, int, float]], dice: Random, step: int
) -> None:
    shuffled = sorted(rows, key=lambda _: dice.random())
    collectors = RollupCollector(step), RollupCollector(step)
    for collector, order in zip(collectors, (rows, shuffled), strict=True):
        for series, at, value in order:
            collector.add_value(series, at, value)
    first, second = (collector.rollups([1, 2, 3]) for collector in collectors)
    assert first == second
    assert sum(rollup.counted for rollup in first) == len(rows)
    assert all(rollup.at % step == 0 and rollup.min <= rollup.max for rollup in first)


@given(samples)
def test_hours_from_five_minutes_are_the_hours_from_readings(rows: list[tuple[int, int, float]]) -> None:
    fine, hours, direct = RollupCollector(FIVE_MINUTES), RollupCollector(HOUR_MS), RollupCollector(HOUR_MS)
    for series, at, value in rows:
        fine.add_value(series, at, value)
        direct.add_value(series, at, value)
    for rollup in fine.rollups([1, 2, 3]):
        hours.add(rollup.series, rollup.at, BucketSums(*rollup[2:]))
    assert hours.rollups([1, 2, 3]) == direct.rollups([1, 2, 3])


def test_series_come_in_the_order_asked_for_and_each_in_time_order() -> None:
    collector = RollupCollector(HOUR_MS)
    for series, at in ((1, HOUR_MS), (2, 0), (1, 0)):
        collector.add_value(series, at, 4.0)
    assert [rollup[:2] for rollup in collector.rollups([2, 9, 1])] == [(2, 0), (1, 0), (1, HOUR_MS)]
    assert collector.rollups([9]) == list[Rollup]()


@given(sums, sums)
def test_a_trimmed_level_never_takes_readings_from_a_roll_up(
    new: BucketSums | None, old: BucketSums | None
) -> None:
    chosen = choose_sums(new, old, below_is_whole=False)
    assert chosen in (new, old)
    assert (chosen.counted if chosen else 0) == max(part.counted if part else 0 for part in (new, old))


@given(sums, sums)
def test_a_whole_level_below_always_wins_also_when_it_became_empty(
    new: BucketSums | None, old: BucketSums | None
) -> None:
    assert choose_sums(new, old, below_is_whole=True) == new


@given(st.lists(eighths, min_size=1, max_size=9))
def test_a_corrected_value_replaces_a_bucket_of_the_same_count(values: list[float]) -> None:
    old, new = sums_of_values(values), sums_of_values([values[0] + 1, *values[1:]])
    assert choose_sums(new, old, below_is_whole=False) == new


@given(st.integers(1, 9), times)
def test_a_reading_lies_in_its_bucket_and_the_bucket_in_its_hour(series: int, at: int) -> None:
    bucket = five_minutes_of(Reading(series, at, 4.0))
    ((_, hour),) = hours_of([bucket])
    assert 0 <= at - bucket[1] < FIVE_MINUTES
    assert 0 <= bucket[1] - hour <= HOUR_MS - FIVE_MINUTES
    assert hour % HOUR_MS == 0


def test_what_cannot_be_true_is_not_counted_and_what_is_only_late_is() -> None:
    out = Flag.IMPLAUSIBLE | Flag.STUCK | Flag.STEP | Flag.TIME_UNKNOWN
    for flag in Flag:
        assert counts(int(flag)) is (flag not in out)
        assert not counts(int(flag | Flag.STUCK))
