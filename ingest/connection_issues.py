"""What keeps the listener from the broker, for the page: one row, changed only when it is another thing."""

import logging
from collections.abc import Callable, Collection

from sqlalchemy import Connection

from core.errors import StoreError
from ingest.connection_fault import PASSING, PREFIX, SUBSCRIPTION, TAKEN_OVER, ConnectionFault
from store.database import Databases
from store.overview import system_issues

log = logging.getLogger(__name__)


PATIENCE = 3
BESIDE = frozenset((TAKEN_OVER, SUBSCRIPTION))
"""These go on beside others."""


class ConnectionIssues:
    """Rows of a process before are found and taken away as well."""

    def __init__(self, dbs: Databases, now: Callable[[], int]) -> None:
        self._dbs, self._now = dbs, now
        self._noted: dict[str, str] | None = None
        self._last, self._times = "", 0

    def note(self, found: ConnectionFault) -> None:
        """It takes the place of the one before. What may pass by itself is noted the third time in a row."""
        self._times = self._times + 1 if found.word == self._last else 1
        self._last = found.word
        passing = found.word in PASSING and self._times < PATIENCE
        if passing or (self._noted is not None and self._noted.get(found.word) == found.text):
            return
        try:
            with self._dbs.records.write() as tx:
                kept = self._take_away(tx, BESIDE | {found.word})
                system_issues.note(tx, found.word, found.text, self._now())
            self._noted = {**kept, found.word: found.text}
        except StoreError as error:
            log.error("%s cannot be noted: %s", found.word, error)

    def over(self, keep: Collection[str] = ()) -> None:
        """All of them are, except `keep`."""
        self._last = ""
        if self._noted is not None and set(self._noted) <= set(keep):
            return
        try:
            with self._dbs.records.write() as tx:
                self._noted = self._take_away(tx, keep)
        except StoreError as error:
            log.error("problems of before cannot be taken away: %s", error)

    def _take_away(self, tx: Connection, keep: Collection[str]) -> dict[str, str]:
        there = {one.name: one.text for one in system_issues.problems(tx) if one.name.startswith(PREFIX)}
        for name in there.keys() - set(keep):
            system_issues.clear(tx, name, self._now())
        return {name: text for name, text in there.items() if name in keep}
