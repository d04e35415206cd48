"""What all histories outside have in common: what they keep here, and that they trim by themselves."""

import logging
from collections.abc import Iterator, Sequence
from time import monotonic

from core.readings.readings import DAY_MS, HOUR_MS
from store.database import Database
from store.history import StoredPoint
from store.history.write_cache import NAMED_AT_MOST
from store.history.writer_state import WriterState

GOOD_FOR_S = 30.0
ANSWERS_MOST = 100
log = logging.getLogger(__name__)


class OutsideHistory:
    """The part of `store.history.History` that does not depend on the store."""

    def __init__(self, database: Database) -> None:
        self._local = WriterState(database)
        self._answers: dict[tuple[int, ...], tuple[float, dict[int, float]]] = {}

    def position(self) -> int:
        return self._local.position()

    def kept(self) -> StoredPoint:
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
            [(now - round(each * DAY_MS)) // HOUR_MS * HOUR_MS if each else None for each in days]
        )
        yield from ()

    def restarted(self, safe: int, now: int, *, failed: bool) -> bool:
        process = self.started_at()
        if not self._local.go_back(process, safe, now, anyhow=failed and process is None):
            return False
        self._forget()
        return True

    def latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        """The board asks at every change, of all; an answer is good for half a minute."""
        asked = tuple(sorted(set(series)))
        until, known = self._answers.get(asked, (0.0, {}))
        if monotonic() >= until:
            known = {}
            for first in range(0, len(asked), NAMED_AT_MOST):
                known |= self._latest(asked[first : first + NAMED_AT_MOST], start, end)
            if len(self._answers) >= ANSWERS_MOST:
                self._answers.clear()
            self._answers[asked] = monotonic() + GOOD_FOR_S, known
        return known

    def _latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        raise NotImplementedError

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
