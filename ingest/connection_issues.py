"""Reports connection faults in the log, on the page and in `/metrics`: one row, written only when it
changes."""

import logging
from collections.abc import Callable, Collection

from sqlalchemy import Connection

from core.errors import StoreError
from ingest.connection_fault import (
    CRASHED,
    CUT_OFF,
    DEAF,
    LOGIN_REFUSED,
    PASSING,
    PREFIX,
    SUBSCRIPTION,
    TAKEN_OVER,
    ConnectionFault,
)
from store.database import Databases
from store.overview import system_issues

log = logging.getLogger(__name__)

PATIENCE = 3
"""How many times in a row a passing fault must occur before it is reported."""
BESIDE = frozenset((TAKEN_OVER, CUT_OFF, SUBSCRIPTION, CRASHED))
"""Faults that are shown together with others."""
UNTIL_STEADY = frozenset((TAKEN_OVER, CUT_OFF, DEAF, CRASHED))
"""Faults that end only when a connection has held for a minute."""


class ConnectionIssues:
    """Also clears rows that an earlier process left. `now` gives ms UTC."""

    def __init__(self, dbs: Databases, now: Callable[[], int]) -> None:
        self._dbs, self._now = dbs, now
        self._noted: dict[str, str] | None = None
        self._last_word, self._times = "", 0
        self._logged = ""

    @property
    def is_login_refused(self) -> bool:
        """Whether the broker refused our login at the last attempt."""
        return self._last_word == LOGIN_REFUSED

    def log_once(self, text: str) -> None:
        if text != self._logged:
            self._logged = text
            log.warning(text)

    def report(self, fault: ConnectionFault) -> None:
        """Logs a fault that a person must repair, and shows it on the page instead of the previous one."""
        self.log_once(fault.text)
        self.note(fault)

    def report_crash(self, error: Exception) -> None:
        """Reports an exception in our own code that ended the connection."""
        log.exception("listener crashed; reconnecting")
        self.note(ConnectionFault(CRASHED, f"{type(error).__name__}: {error}"))

    def on_connected(self, *, is_refused_topics: bool) -> None:
        self._logged = ""
        if not is_refused_topics:
            self.clear(keep=UNTIL_STEADY)

    def note(self, fault: ConnectionFault) -> None:
        self._times = self._times + 1 if fault.word == self._last_word else 1
        self._last_word = fault.word
        is_passing = fault.word in PASSING and self._times < PATIENCE
        if is_passing or (self._noted is not None and self._noted.get(fault.word) == fault.text):
            return
        try:
            with self._dbs.records.write() as tx:
                left = self._clear(tx, BESIDE | {fault.word})
                system_issues.note(tx, fault.word, fault.text, self._now())
            self._noted = {**left, fault.word: fault.text}
        except StoreError as error:
            log.error("cannot note %s: %s", fault.word, error)

    def clear(self, keep: Collection[str] = ()) -> None:
        """Clears all faults except `keep`."""
        self._last_word = ""
        if self._noted is not None and set(self._noted) <= set(keep):
            return
        try:
            with self._dbs.records.write() as tx:
                self._noted = self._clear(tx, keep)
        except StoreError as error:
            log.error("cannot clear earlier faults: %s", error)

    def _clear(self, tx: Connection, keep: Collection[str]) -> dict[str, str]:
        """Clears all faults except `keep`. Returns the texts of the remaining ones by name."""
        issues = {
            issue.name: issue.text
            for issue in system_issues.open_issues(tx)
            if issue.name.startswith(PREFIX) or issue.name == CRASHED
        }
        for name in issues.keys() - set(keep):
            system_issues.clear(tx, name, self._now())
        return {name: text for name, text in issues.items() if name in keep}
