"""At most so many points from one end, from a store that cannot say where the n-th one lies."""

from collections.abc import Callable

from core.readings.readings import HOUR_MS
from store.history import HistoryPoint
from store.history.bucket_sums import counts

FIRST_STRETCH = 6 * HOUR_MS


def points(
    between: Callable[[int, int], list[HistoryPoint]],
    start: int,
    end: int,
    *,
    most: int | None,
    counted_only: bool,
    newest_first: bool,
) -> list[HistoryPoint]:
    """`between` gives all points of a stretch in time order; stretches grow until there are enough."""
    found: list[HistoryPoint] = []
    stretch = FIRST_STRETCH if most is not None else max(end - start, 0)
    while start < end and (most is None or len(found) < most):
        if newest_first:
            low, high = max(start, end - stretch), end
            end = low
        else:
            low, high = start, min(end, start + stretch)
            start = high
        piece = between(low, high)
        if newest_first:
            piece.reverse()
        found += [point for point in piece if not counted_only or counts(point.flags)]
        stretch *= 4
    return found if most is None else found[:most]
