"""What all histories outside have in common: what they keep here, and that they trim by themselves."""

import logging
from collections.abc import Iterator

from core.readings import DAY, HOUR
from store.database import Database
from store.history import Kept
from store.history.local import Local

log = logging.getLogger(__name__)


class Outside:
    """The part of `store.history.History` that does not depend on the store."""

    def __init__(self, database: Database) -> None:
        self._local = Local(database)

    def position(self) -> int:
        return self._local.position()

    def kept(self) -> Kept:
        return self._local.kept()

    def trim(
        self,
        now: int,
        keep_raw_days: float | None,
        keep_5m_days: float | None,
        keep_1h_days: float | None,
    ) -> Iterator[int]:
        """The store throws away by its own retention; here only what may be gone is noted."""
        days = (keep_raw_days, keep_5m_days, keep_1h_days)
        self._local.note_trimmed(
            [(now - round(each * DAY)) // HOUR * HOUR if each else None for each in days]
        )
        yield from ()

    def restarted(self, safe: int, now: int, *, failed: bool) -> bool:
        process = self.started_at()
        if not self._local.go_back(process, safe, now, anyhow=failed and process is None):
            return False
        self._forget()
        return True

    def started_at(self) -> int | None:
        """When the store's process began (ms), None where it does not say."""
        raise NotImplementedError

    def _forget(self) -> None:
        """What was remembered of the store may not stand there any more."""
        raise NotImplementedError

    @staticmethod
    def _complaint(bad: dict[int, str]) -> str | None:
        if not bad:
            return None
        why = next(iter(bad.values()))
        log.error("the history refused %d readings, put aside in history.db: %s", len(bad), why)
        return f"{len(bad)} readings refused, put aside in history.db: {why}"
