"""Roll-ups in memory: minimum, sum, maximum and count of a bucket, from the level below. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from core.readings.readings import NOT_COUNTED, Reading
from core.readings.rollups import FIVE_MINUTES, Rollup
from core.times import HOUR_MS


class BucketSums(NamedTuple):
    min: float
    sum: float
    max: float
    counted: int


def sums_of_values(values: Iterable[float]) -> BucketSums | None:
    counted = list(values)
    return BucketSums(min(counted), sum(counted), max(counted), len(counted)) if counted else None


def merged(parts: Iterable[BucketSums]) -> BucketSums | None:
    sums = list(parts)
    if not sums:
        return None
    return BucketSums(
        min([part.min for part in sums]),
        sum([part.sum for part in sums]),
        max([part.max for part in sums]),
        sum([part.counted for part in sums]),
    )


def counts(flags: int) -> bool:
    return not flags & NOT_COUNTED


def choose_sums(new: BucketSums | None, old: BucketSums | None, *, below_is_whole: bool) -> BucketSums | None:
    """The sums to store. If the level below was trimmed, `new` must count at least as many readings as
    `old`."""
    if below_is_whole or old is None or (new is not None and new.counted >= old.counted):
        return new
    return old


def five_minutes_of(reading: Reading) -> tuple[int, int]:
    return reading.series, reading.at - reading.at % FIVE_MINUTES


def hours_of(buckets: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    return {(series, at - at % HOUR_MS) for series, at in buckets}


class RollupCollector:
    """Merges parts of buckets of one width, in any order, into roll-ups."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._sums: dict[tuple[int, int], BucketSums] = {}

    def add(self, series: int, at: int, part: BucketSums) -> None:
        key = series, at // self._step * self._step
        before = self._sums.get(key)
        self._sums[key] = part if before is None else merged((before, part)) or part

    def add_value(self, series: int, at: int, value: float) -> None:
        self.add(series, at, BucketSums(value, value, value, 1))

    def rollups(self, series: Iterable[int]) -> list[Rollup]:
        """In the order of `series`, each series in time order."""
        starts_by_series: dict[int, list[int]] = {}
        for series_id, at in self._sums:
            starts_by_series.setdefault(series_id, []).append(at)
        return [
            Rollup(series_id, at, *self._sums[series_id, at])
            for series_id in series
            for at in sorted(starts_by_series.get(series_id, ()))
        ]
