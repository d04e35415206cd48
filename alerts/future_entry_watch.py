"""Lets placements and limits that were entered by a clock that was ahead begin when it was set right."""

import time

from store.database import Databases
from store.overview.health import clock_lead
from store.rooms.future_entries import begin_future_entries, has_future_entries

EVERY_S = 60.0


class FutureEntryWatch:
    def __init__(self, dbs: Databases) -> None:
        self._dbs = dbs
        self._due = 0.0

    def step(self, now: int) -> None:
        """Looks once a minute, and not while the clock is known to be wrong. `now` in ms."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY_S
        with self._dbs.journal.read() as tx:
            if clock_lead(tx) != 0:
                return
        with self._dbs.records.read() as tx:
            if not has_future_entries(tx, now):
                return
        with self._dbs.records.write() as tx:
            begin_future_entries(tx, now)
