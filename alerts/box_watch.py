"""Notes troubles of the box (disk, memory, backups, devices) as system issues, and clears them. What the disk
refuses to store is told directly, and a PostgreSQL that is away."""

import time
from collections.abc import Callable, Mapping

from alerts.direct_notice import DirectNotice
from core.errors import StoreError
from core.overview.box_health import (
    DATABASE_AWAY,
    ISSUE,
    UNWRITABLE,
    BoxFigures,
    box_troubles,
    disk_troubles,
)
from store.database import Databases, UnwritableDatabase
from store.overview import system_issues
from store.overview.box_figures import box_figures, disk_figures

EVERY_S = 60.0


class BoxWatch:
    """`figures` reads the box and may raise StoreError or OSError."""

    def __init__(
        self,
        dbs: Databases,
        notice: DirectNotice,
        figures: Callable[[Databases], BoxFigures] = box_figures,
    ) -> None:
        self._dbs = dbs
        self._notice = notice
        self._figures = figures
        self._due = 0.0
        self._is_refused = False

    def on_error(self, error: Exception) -> None:
        """Call with an error of any part: one refused row is enough to look."""
        self._is_refused = self._is_refused or isinstance(error, UnwritableDatabase)

    def step(self, now: int) -> None:
        """Looks once a minute. Writes only if something changed, or while the disk may refuse it. `now` in
        ms. Raises StoreError."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY_S
        is_refused, self._is_refused = self._is_refused, False
        if not is_refused:
            self._notice.read_people()
        try:
            self._note(self._troubles(now, is_refused), now)
        except StoreError as error:
            disk = disk_figures(self._dbs.data_dir)
            troubles = dict(disk_troubles(disk, is_refused=isinstance(error, UnwritableDatabase)))
            if not troubles and self._dbs.records.postgresql:
                troubles = {DATABASE_AWAY: str(error)}
            self._notice.on_refused(troubles, now)
            raise

    def _troubles(self, now: int, is_refused: bool) -> dict[str, str]:
        box = self._figures(self._dbs)
        troubles = dict(box_troubles(box, now))
        return troubles | dict(disk_troubles(box, is_refused=is_refused))

    def _note(self, troubles: Mapping[str, str], now: int) -> None:
        with self._dbs.records.read() as tx:
            noted = {
                issue.name: issue.text
                for issue in system_issues.open_issues(tx)
                if issue.name.startswith(ISSUE)
            }
        may_be_refused = any(name in UNWRITABLE for name in troubles)
        if noted == troubles and not may_be_refused and not self._notice.has_unrecorded:
            return
        with self._dbs.records.write() as tx:
            for name in noted.keys() - troubles.keys():
                system_issues.clear(tx, name, now)
            for name, why in troubles.items():
                if noted.get(name) != why or name in UNWRITABLE:
                    system_issues.note(tx, name, why, now)
            self._notice.on_written(tx, now)
        self._notice.on_committed()
