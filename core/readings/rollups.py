"""Buckets of readings: which widths there are, how they join, and how whole a curve is.

A roll-up knows minimum, sum, maximum and count of the readings that count
(`core.readings.readings.NOT_COUNTED` stay out). All times and widths are ms.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from core.readings.readings import DAY_MS, HOUR_MS, MINUTE_MS

FIVE_MINUTES = 5 * MINUTE_MS
FINE_STEPS = (10_000, 15_000, 30_000, MINUTE_MS, 2 * MINUTE_MS)
"""Narrower than any roll-up: only to lay the raw points of several probes over each other."""
STEPS = (
    *(FIVE_MINUTES, 2 * FIVE_MINUTES, 3 * FIVE_MINUTES, 6 * FIVE_MINUTES),
    *(HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS, 4 * HOUR_MS, 6 * HOUR_MS, 8 * HOUR_MS, 12 * HOUR_MS, DAY_MS),
)

ENOUGH_GAPS = 3
ENOUGH_PER_HOUR = 4


class Rollup(NamedTuple):
    """What one series did from `at` until `at` + width, by the readings that count (`counted` many)."""

    series: int
    at: int
    min: float
    sum: float
    max: float
    counted: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One point of a curve. For a raw point all three values are its value and `count` is 1."""

    at: int
    min: float
    mean: float
    max: float
    count: int


_Sums = tuple[float, float, float, int]  # minimum, sum, maximum, count


class TimeSlice(NamedTuple):
    """A stretch of time that is read from one level: 0 (points), `FIVE_MINUTES` or `HOUR`."""

    level: int
    start: int
    end: int


def parts(start: int, end: int, step: int) -> list[TimeSlice]:
    """What to read for exactly [start, end) in buckets of `step`: the coarsest level that fits the
    step for whole hours (or five minutes), the finer ones only at the two edges."""
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
    """The narrowest width from `at_least` on that cuts [start, end) into at most `most` buckets."""
    steps = (*FINE_STEPS, *STEPS) if at_least < FIVE_MINUTES else STEPS
    for step in steps:
        if step >= at_least and bucket_count(start, end, step) <= most:
            return step
    step = max(DAY_MS, -(-at_least // DAY_MS) * DAY_MS)
    while bucket_count(start, end, step) > max(most, 2):  # two is what a window across midnight needs
        step += DAY_MS * max(1, bucket_count(start, end, step) // max(most, 2) - 1)
    return step


def bucket_count(start: int, end: int, step: int) -> int:
    return max(0, -(-end // step) - start // step)


def join(rollups: Iterable[Rollup]) -> list[Bucket]:
    """Several probes as one curve: minimum of minima, mean of means, maximum of maxima, sum of counts.

    A probe that stood here twice within a bucket counts as one probe in the mean.
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
    """The interval (ms) at which a series usually reports, None where too little is known.

    `times` are those of its newest readings, `hours` (start of the hour, readings counted in it) of
    hours that have any. For a long span the median count of an hour says it, if that is at least 4
    (below, rounding would be a large error); otherwise the median gap between readings; otherwise
    the median spacing of hours that have readings.
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
    """Share of the expected readings, from (counted, expected) per series. A series that reports more
    often than usual does not make up for one that is silent. Where nothing could be expected: 1 if
    there is anything, else 0."""
    pairs = list(counts)
    expected = sum(want for _, want in pairs)
    if expected <= 0:
        return 1.0 if any(count for count, _ in pairs) else 0.0
    return sum(min(count, want) for count, want in pairs) / expected
