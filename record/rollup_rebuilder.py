"""Derives roll-ups again from the points after the history store lost them, a piece at a time."""

import logging
from collections.abc import Callable, Iterator

from record.history_issues import HistoryIssues
from store.database import Databases
from store.history import History
from store.journal.series import all_series

log = logging.getLogger(__name__)

LOOK_EVERY_S = 15.0


class RollupRebuilder:
    """Call `run_next_chunk` repeatedly. `elapsed` returns the seconds of a monotonic clock."""

    def __init__(
        self, dbs: Databases, history: History, issues: HistoryIssues, elapsed: Callable[[], float]
    ) -> None:
        self._dbs = dbs
        self._history = history
        self._issues = issues
        self._elapsed = elapsed
        self._look_due = 0.0
        self._lost: dict[str, int] = {}
        self._rebuild_in_progress: Iterator[int] | None = None

    def run_next_chunk(self) -> bool:
        """Returns whether more is left. Raises StoreError; then it begins again later."""
        if self._rebuild_in_progress is None and not self._find_lost():
            return False
        rebuilding, self._rebuild_in_progress = self._rebuild_in_progress, None
        if rebuilding is not None and next(rebuilding, None) is not None:
            self._rebuild_in_progress = rebuilding
            return True
        self._history.on_rebuilt(self._lost)
        log.info("the history's roll-ups are derived again")
        return False

    def _find_lost(self) -> bool:
        """Begins to rebuild if the store lost something."""
        if self._elapsed() < self._look_due:
            return False
        self._look_due = self._elapsed() + LOOK_EVERY_S
        lost = self._history.lost_parts()
        if not lost:
            return False
        self._issues.on_lost(lost)
        self._lost = lost
        with self._dbs.journal.read() as tx:
            numbers = sorted(all_series(tx))
        self._rebuild_in_progress = self._history.rebuild(numbers)
        return True
