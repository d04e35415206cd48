"""Roll-ups in memory: what a bucket amounts to, from the level below. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from core.readings.readings import HOUR_MS, NOT_COUNTED
from core.readings.rollups import Rollup


class Sums(NamedTuple):
    min: float
    sum: float
    max: float
    counted: int


def of_values(values: Iterable[float]) -> Sums | None:
    found = list(values)
    return Sums(min(found), sum(found), max(found), len(found)) if found else None


def of_parts(parts: Iterable[Sums]) -> Sums | None:
    found = list(parts)
    if not found:
        return None
    return Sums(
        min([part.min for part in found]),
        sum([part.sum for part in found]),
        max([part.max for part in found]),
        sum([part.counted for part in found]),
    )


def counts(flags: int) -> bool:
    return not flags & NOT_COUNTED


def better(new: Sums | None, old: Sums | None, *, below_is_whole: bool) -> Sums | None:
    """What is to stand in a bucket. Where the level below was trimmed, `new` must count at least as many."""
    if below_is_whole or old is None or (new is not None and new.counted >= old.counted):
        return new
    return old


def hours_of(buckets: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    return {(series, at - at % HOUR_MS) for series, at in buckets}


class Sum:
    """Collects parts of buckets of one width, in any order, and gives them as roll-ups."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._found: dict[tuple[int, int], Sums] = {}

    def add(self, series: int, at: int, part: Sums) -> None:
        key = series, at // self._step * self._step
        held = self._found.get(key)
        self._found[key] = part if held is None else of_parts((held, part)) or part

    def of(self, series: Iterable[int]) -> list[Rollup]:
        """Series after series in the order given, each in time order."""
        by_series: dict[int, list[int]] = {}
        for one, at in self._found:
            by_series.setdefault(one, []).append(at)
        return [
            Rollup(one, at, *self._found[one, at]) for one in series for at in sorted(by_series.get(one, ()))
        ]
