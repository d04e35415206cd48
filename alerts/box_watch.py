"""Notes troubles of the box (disk, memory, backups, devices) as system issues, and clears them."""

import time
from collections.abc import Callable

from core.overview.box_health import ISSUE, BoxFigures, box_troubles
from store.database import Databases
from store.overview import system_issues
from store.overview.box_figures import box_figures

EVERY_S = 60.0


class BoxWatch:
    """`figures` reads the box and may raise StoreError or OSError."""

    def __init__(self, dbs: Databases, figures: Callable[[Databases], BoxFigures] = box_figures) -> None:
        self._dbs = dbs
        self._figures = figures
        self._due = 0.0

    def step(self, now: int) -> None:
        """Looks once a minute. Writes only if something changed. `now` in ms."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY_S
        troubles = {trouble.name: trouble.why for trouble in box_troubles(self._figures(self._dbs), now)}
        with self._dbs.records.read() as tx:
            noted = {
                issue.name: issue.text
                for issue in system_issues.open_issues(tx)
                if issue.name.startswith(ISSUE)
            }
        if noted == troubles:
            return
        with self._dbs.records.write() as tx:
            for name in noted.keys() - troubles.keys():
                system_issues.clear(tx, name, now)
            for name, why in troubles.items():
                if noted.get(name) != why:
                    system_issues.note(tx, name, why, now)
