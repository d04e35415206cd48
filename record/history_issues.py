"""The recorder's system issues: noted when they occur, and taken back by whichever process finds them over.

They stay in the records database, so a later process must not rely on what it noted itself.
"""

import logging
from collections.abc import Callable, Iterable

from core.errors import StoreError
from core.overview.past_issues import is_over
from store.database import Databases
from store.overview import system_issues
from store.overview.system_issues import SystemIssue

log = logging.getLogger(__name__)

AWAY = "history_away"
REFUSED = "history_refused"
MISSED = "history_missed"
UNREADABLE = "journal_unreadable"
LOST = "history_lost"


class HistoryIssues:
    """`now` returns ms UTC. Never raises StoreError."""

    def __init__(self, dbs: Databases, now: Callable[[], int]) -> None:
        self._dbs = dbs
        self._now = now
        self._is_away: bool | None = None

    def is_away(self) -> bool:
        """Whether AWAY is noted, by this process or an earlier one."""
        if self._is_away is None:
            self._is_away = self._issue(AWAY) is not None
        return self._is_away

    def on_away(self, text: str) -> None:
        self._is_away = True
        self._note(AWAY, text)

    def on_available(self) -> None:
        """Call when the store has proved that it takes readings."""
        if self.is_away() and self._clear([AWAY]):
            self._is_away = False

    def on_refused(self, text: str) -> None:
        self._note(REFUSED, text)

    def on_unreadable(self, text: str) -> None:
        self._note(UNREADABLE, text)

    def on_lost(self, parts: Iterable[str]) -> None:
        self._note(LOST, ", ".join(sorted(part.rpartition("/")[2] for part in parts)))

    def on_missed(self, rows: int, since: int, until: int) -> None:
        """`rows` of the journal between two times (ms) never reached the history. Adds up."""
        before = self._issue(MISSED)
        if before is not None and before.text.isdigit():
            rows += int(before.text)
        self._note(MISSED, str(rows), until, since)

    def end_old(self) -> None:
        """Ends what nothing else can end, of any part of the program."""
        now = self._now()
        self._clear([issue.name for issue in self._open() if is_over(issue.name, issue.last_at, now)])

    def _open(self) -> list[SystemIssue]:
        try:
            with self._dbs.records.read() as tx:
                return system_issues.open_issues(tx)
        except StoreError:
            log.exception("cannot read the recorder's issues")
            return []

    def _issue(self, name: str) -> SystemIssue | None:
        return next((issue for issue in self._open() if issue.name == name), None)

    def _note(self, name: str, text: str, at: int | None = None, since: int | None = None) -> None:
        try:
            with self._dbs.records.write() as tx:
                system_issues.note(tx, name, text, self._now() if at is None else at, since)
        except StoreError:
            log.exception("cannot record the recorder's issue")

    def _clear(self, names: Iterable[str]) -> bool:
        """Writes only if there is something to clear."""
        noted = {issue.name for issue in self._open()}
        try:
            for name in noted.intersection(names):
                with self._dbs.records.write() as tx:
                    system_issues.clear(tx, name, self._now())
        except StoreError:
            log.exception("cannot clear the recorder's issue")
            return False
        return True
