"""When the recorder writes what it has read, so that a memory card lasts.

In SQLite each series has its own last pages in three tables. Writing one reading or sixty of a series costs
the same pages, so readings wait until there are several of each series, or for `HOLD_S`. Readers do not wait:
they add what is still in the journal (store.readings.pending_history). Pure: the caller passes the time (s).
"""

from typing import NamedTuple

from core.overview.service_health import RECORDER_HOLDS_S

GATHER_S = 3.0
OUTSIDE_GATHER_S = 5.0
"""An outside store appends, so the number of series costs nothing, and others read it directly."""
HOLD_S = RECORDER_HOLDS_S
PER_SERIES = 60
"""From this number of readings for each waiting series on, a write is cheap for what it brings."""
BUSY_S = 60.0
BYTES_PER_SERIES = 12_000
"""At least three pages of 4 kB."""
BYTES_PER_S = 800
SAVED_FIRST, SAVED_MOST = 1_000_000, 4_000_000
"""A small house, or what is left after a busy time, is written at once from these savings."""


class Waiting(NamedTuple):
    """What was read and not yet written. `since`: when the first of it was read."""

    readings: int
    series: int
    since: float


class WritePacer:
    """`outside`: the store is another program."""

    def __init__(self, now: float, *, outside: bool = False) -> None:
        self._outside = outside
        self._saved = float(SAVED_FIRST)
        self._saved_at = now

    def is_due(self, waiting: Waiting, now: float) -> bool:
        age = now - waiting.since
        if age >= HOLD_S or (self._is_dense(waiting) and not self._outside):
            return True
        if not waiting.readings:
            return False
        if self._outside:
            return age >= OUTSIDE_GATHER_S
        return age >= GATHER_S and self._savings(now) >= _cost(waiting)

    def on_written(self, waiting: Waiting, now: float) -> None:
        """Dense writes of a busy house take nothing from the savings, so that what is left after a busy time
        is written soon."""
        savings = self._savings(now)
        self._saved_at = now
        is_busy = self._is_dense(waiting) and now - waiting.since < BUSY_S
        self._saved = savings if is_busy else max(0.0, savings - _cost(waiting))

    def _is_dense(self, waiting: Waiting) -> bool:
        return waiting.readings >= PER_SERIES * max(1, waiting.series)

    def _savings(self, now: float) -> float:
        return min(SAVED_MOST, self._saved + BYTES_PER_S * (now - self._saved_at))


def _cost(waiting: Waiting) -> int:
    return BYTES_PER_SERIES * waiting.series
