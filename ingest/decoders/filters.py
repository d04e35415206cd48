"""Matches a topic against many topic filters; compares only those with its first level, last level and
depth."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Generic, TypeVar

from core.decoding.topic_filters import levels_match

T = TypeVar("T")
_Bucket = tuple[str, int, str]
"""(first level, number of levels, last level)"""
_ANY, _OPEN = "+", 0


class Filters(Generic[T]):
    """Topic filters in order, each with a value. If several match, the first added counts."""

    def __init__(self) -> None:
        self._buckets: defaultdict[_Bucket, list[tuple[int, list[str], T]]] = defaultdict(list)
        self._count = 0

    def add(self, topic_filter: str, value: T) -> None:
        levels = topic_filter.split("/")
        first = levels[0] if levels[0] != "#" else _ANY
        bucket = (first, _OPEN, "") if levels[-1] == "#" else (first, len(levels), levels[-1])
        self._buckets[bucket].append((self._count, levels, value))
        self._count += 1

    def first_match(self, levels: list[str]) -> T | None:
        best, best_value = self._count, None
        for bucket in _buckets(levels):
            for order, wanted, value in self._buckets.get(bucket, ()):
                if order >= best:
                    break
                if levels_match(wanted, levels):
                    best, best_value = order, value
                    break
        return best_value

    def matches_several(self, levels: list[str]) -> bool:
        """Whether more than one filter matches."""
        fitting = (
            wanted
            for bucket in dict.fromkeys(_buckets(levels))
            for _, wanted, _ in self._buckets.get(bucket, ())
            if levels_match(wanted, levels)
        )
        return next(fitting, None) is not None and next(fitting, None) is not None


def _buckets(levels: list[str]) -> Iterator[_Bucket]:
    size, last = len(levels), levels[-1]
    for first in (levels[0], _ANY):
        yield from ((first, size, last), (first, size, _ANY), (first, _OPEN, ""))
