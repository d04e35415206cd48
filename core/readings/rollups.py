"""Buckets of readings: their widths, how they are joined, and how complete a curve is.

A roll-up holds minimum, sum, maximum and count of its readings, without those flagged
`core.readings.readings.NOT_COUNTED`. All times and widths are ms.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from core.times import DAY_MS, HOUR_MS, MINUTE_MS

FIVE_MINUTES = 5 * MINUTE_MS
FINE_STEPS = (10_000, 15_000, 30_000, MINUTE_MS, 2 * MINUTE_MS)
"""Narrower than any roll-up; used only to align the raw points of several probes."""
STEPS = (
    *(FIVE_MINUTES, 2 * FIVE_MINUTES, 3 * FIVE_MINUTES, 6 * FIVE_MINUTES),
    *(HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS, 4 * HOUR_MS, 6 * HOUR_MS, 8 * HOUR_MS, 12 * HOUR_MS, DAY_MS),
)

ENOUGH_GAPS = 3
ENOUGH_PER_HOUR = 4


class Rollup(NamedTuple):
    """The readings of one series from `at` until `at` + width; `counted` is their number."""

    series: int
    at: int
    min: float
    sum: float
    max: float
    counted: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One point of a curve. For a raw point, minimum, mean and maximum are its value and `count` is 1."""

    at: int
    min: float
    mean: float
    max: float
    count: int


_Sums = tuple[float, float, float, int]  # minimum, sum, maximum, count


class TimeSlice(NamedTuple):
    """A period to read from one level: 0 (points), `FIVE_MINUTES` or `HOUR_MS`."""

    level: int
    start: int
    end: int


def time_slices(start: int, end: int, step: int) -> list[TimeSlice]:
    """The slices to read for exactly [start, end) in buckets of `step`: the coarsest level that fits
    `step`, and finer levels only at the two edges."""
    level = HOUR_MS if step % HOUR_MS == 0 else FIVE_MINUTES if step % FIVE_MINUTES == 0 else 0
    return [part for part in _parts(start, end, level) if part.start < part.end]


def _parts(start: int, end: int, level: int) -> list[TimeSlice]:
    if level == 0:
        return [TimeSlice(0, start, end)]
    finer = FIVE_MINUTES if level == HOUR_MS else 0
    first, last = -(-start // level) * level, end // level * level
    if first >= last:
        return _parts(start, end, finer)
    return [*_parts(start, first, finer), TimeSlice(level, first, last), *_parts(last, end, finer)]


def choose_step(start: int, end: int, most: int, *, at_least: int = FIVE_MINUTES) -> int:
    """The narrowest width, at least `at_least`, that splits [start, end) into at most `most` buckets."""
    steps = (*FINE_STEPS, *STEPS) if at_least < FIVE_MINUTES else STEPS
    for step in steps:
        if step >= at_least and bucket_count(start, end, step) <= most:
            return step
    step = max(DAY_MS, -(-at_least // DAY_MS) * DAY_MS)
    while bucket_count(start, end, step) > max(most, 2):  # a window across midnight needs two
        step += DAY_MS * max(1, bucket_count(start, end, step) // max(most, 2) - 1)
    return step


def bucket_count(start: int, end: int, step: int) -> int:
    return max(0, -(-end // step) - start // step)


def join_probes(rollups: Iterable[Rollup]) -> list[Bucket]:
    """Joins several probes into one curve: minimum of minima, mean of means, maximum of maxima, sum of
    counts.

    A probe that was placed here twice within a bucket counts once in the mean.
    """
    by_time: dict[int, dict[int, _Sums]] = {}
    for series, at, low, total, high, count in rollups:
        probes = by_time.setdefault(at, {})
        held = probes.get(series)
        if held is not None:
            low, total = min(low, held[0]), total + held[1]
            high, count = max(high, held[2]), count + held[3]
        probes[series] = (low, total, high, count)
    return [_across(at, list(by_time[at].values())) for at in sorted(by_time)]


def _across(at: int, probes: list[_Sums]) -> Bucket:
    if len(probes) == 1:
        low, total, high, count = probes[0]
        return Bucket(at, low, total / count, high, count)
    return Bucket(
        at,
        min(low for low, _, _, _ in probes),
        sum(total / count for _, total, _, count in probes) / len(probes),
        max(high for _, _, high, _ in probes),
        sum(count for _, _, _, count in probes),
    )


def usual_interval(times: Sequence[int], hours: Sequence[tuple[int, int]], *, long: bool) -> int | None:
    """The usual interval (ms) between reports of a series; None if too little is known.

    `times` are the times of its latest readings; `hours` are (start of the hour, number of readings) of
    hours with readings. For a long period it uses the median count per hour if that is at least 4 (below,
    rounding would be a large error), else the median gap between readings, else the median spacing of
    hours with readings.
    """
    per_hour = median(count for _, count in hours) if hours else 0
    if long and per_hour >= ENOUGH_PER_HOUR:
        return round(HOUR_MS / per_hour)
    gaps = [later - earlier for earlier, later in pairwise(sorted(times))]
    if len(gaps) >= ENOUGH_GAPS:
        return max(1, round(median(gaps)))
    spacing = [later - earlier for (earlier, _), (later, _) in pairwise(sorted(hours))]
    if per_hour and spacing:
        return max(1, round(median(spacing) / per_hour))
    return None


def completeness(counts: Iterable[tuple[int, float]]) -> float:
    """Share of the expected readings, from (counted, expected) per series. Extra readings of one series do
    not make up for a silent one. If nothing is expected: 1 if there are readings, else 0."""
    pairs = list(counts)
    expected = sum(want for _, want in pairs)
    if expected <= 0:
        return 1.0 if any(count for count, _ in pairs) else 0.0
    return sum(min(count, want) for count, want in pairs) / expected
