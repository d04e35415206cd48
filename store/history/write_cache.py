"""What the writer knows to stand in the store, so that it need not read back what it has just written."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from core.readings.readings import HOUR_MS

T = TypeVar("T")
Bucket = tuple[int, int]  # series, start (ms)
Found = tuple[int, int, T]  # series, time (ms), what stands there
NAMED_AT_MOST = 200
"""So many series are asked for by name; of more, all that stands in the time is read."""


class WriteCache(Generic[T]):
    """What stands in each bucket of `width` (ms), by time. At most about `most` buckets."""

    def __init__(
        self,
        width: int,
        read: Callable[[Sequence[int] | None, int, int], Iterable[Found[T]]],
        most: int = 30_000,
    ) -> None:
        self._width = width
        self._read = read
        self._most = most
        self._buckets: dict[Bucket, dict[int, T]] = {}

    def get(self, touched: Iterable[Bucket]) -> dict[Bucket, dict[int, T]]:
        """What stands in these; reads what is not known. Whoever changes it in the store changes it here."""
        found: dict[Bucket, dict[int, T]] = {}
        unknown: dict[Bucket, dict[int, T]] = {}
        for bucket in touched:
            known = self._buckets.pop(bucket, None)  # put in again below: the last used goes last
            if known is None:
                known = unknown[bucket] = {}
            found[bucket] = known
        if unknown:
            self._fill(unknown)
        self._buckets.update(found)
        for bucket in list(self._buckets)[: max(0, len(self._buckets) - max(self._most, len(found)))]:
            del self._buckets[bucket]
        return found

    def forget(self) -> None:
        self._buckets.clear()

    def _fill(self, unknown: dict[Bucket, dict[int, T]]) -> None:
        for (start, end), series in runs(unknown, self._width).items():
            named = series if len(series) <= NAMED_AT_MOST else None
            for one, at, what in self._read(named, start, end):
                bucket = unknown.get((one, at // self._width * self._width))
                if bucket is not None:
                    bucket[at] = what


def runs(buckets: Iterable[Bucket], width: int) -> dict[tuple[int, int], list[int]]:
    """Stretches of time to read, each with its series: buckets of one series that lie within an hour
    of each other make one stretch, and series with the same stretch are read together."""
    stretches: dict[int, list[tuple[int, int]]] = {}
    for series, start in sorted(buckets):
        mine = stretches.setdefault(series, [])
        if mine and start - mine[-1][1] <= HOUR_MS:
            mine[-1] = (mine[-1][0], start + width)
        else:
            mine.append((start, start + width))
    found: dict[tuple[int, int], list[int]] = {}
    for series, mine in stretches.items():
        for stretch in mine:
            found.setdefault(stretch, []).append(series)
    return found
