"""Caches the writer's data on an outside server, so that it need not read back its own writes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from core.times import HOUR_MS

T = TypeVar("T")
Bucket = tuple[int, int]  # series, start (ms)
StoredItem = tuple[int, int, T]  # series, time (ms), stored item
NAMED_AT_MOST = 200
"""Maximum number of series named in a query; for more, all data of the time range is read."""


class WriteCache(Generic[T]):
    """The stored items of each bucket of `width` (ms), by time. Holds about `most` buckets."""

    def __init__(
        self,
        width: int,
        read: Callable[[Sequence[int] | None, int, int], Iterable[StoredItem[T]]],
        most: int = 30_000,
    ) -> None:
        self._width = width
        self._read = read
        self._most = most
        self._buckets: dict[Bucket, dict[int, T]] = {}

    def get(self, touched: Iterable[Bucket]) -> dict[Bucket, dict[int, T]]:
        """The items of these buckets; reads unknown ones. A writer changes them together with the store."""
        items_by_bucket: dict[Bucket, dict[int, T]] = {}
        unknown: dict[Bucket, dict[int, T]] = {}
        for bucket in touched:
            items = self._buckets.pop(bucket, None)  # inserted again below: LRU order
            if items is None:
                items = unknown[bucket] = {}
            items_by_bucket[bucket] = items
        if unknown:
            self._fill(unknown)
        self._buckets.update(items_by_bucket)
        surplus = len(self._buckets) - max(self._most, len(items_by_bucket))
        for bucket in list(self._buckets)[: max(0, surplus)]:
            del self._buckets[bucket]
        return items_by_bucket

    def forget(self) -> None:
        self._buckets.clear()

    def _fill(self, unknown: dict[Bucket, dict[int, T]]) -> None:
        for (start, end), series in stretches_to_read(unknown, self._width).items():
            named = series if len(series) <= NAMED_AT_MOST else None
            for series_id, at, item in self._read(named, start, end):
                items = unknown.get((series_id, at // self._width * self._width))
                if items is not None:
                    items[at] = item


def stretches_to_read(buckets: Iterable[Bucket], width: int) -> dict[tuple[int, int], list[int]]:
    """Time ranges (start, end) -> series. Buckets of one series within an hour are merged into one range;
    series with the same range are read together."""
    stretches_by_series: dict[int, list[tuple[int, int]]] = {}
    for series, start in sorted(buckets):
        stretches = stretches_by_series.setdefault(series, [])
        if stretches and start - stretches[-1][1] <= HOUR_MS:
            stretches[-1] = (stretches[-1][0], start + width)
        else:
            stretches.append((start, start + width))
    series_by_stretch: dict[tuple[int, int], list[int]] = {}
    for series, stretches in stretches_by_series.items():
        for stretch in stretches:
            series_by_stretch.setdefault(stretch, []).append(series)
    return series_by_stretch
