"""Limits the number of points from one end, for a server that cannot find the n-th point."""

from collections.abc import Callable

from core.times import HOUR_MS
from store.history import HistoryPoint
from store.history.bucket_sums import counts

FIRST_STRETCH_MS = 6 * HOUR_MS


def points(
    between: Callable[[int, int], list[HistoryPoint]],
    start: int,
    end: int,
    *,
    most: int | None,
    counted_only: bool,
    newest_first: bool,
) -> list[HistoryPoint]:
    """`between` returns all points of a time range in order; ranges grow until there are enough points."""
    collected: list[HistoryPoint] = []
    stretch_ms = FIRST_STRETCH_MS if most is not None else max(end - start, 0)
    while start < end and (most is None or len(collected) < most):
        if newest_first:
            low, high = max(start, end - stretch_ms), end
            end = low
        else:
            low, high = start, min(end, start + stretch_ms)
            start = high
        piece = between(low, high)
        if newest_first:
            piece.reverse()
        collected += [point for point in piece if not counted_only or counts(point.flags)]
        stretch_ms *= 4
    return collected if most is None else collected[:most]
