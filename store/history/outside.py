"""Base of histories on an outside server.

The server stores the points. `history.db` stores the recorder's offset, what retention may have removed,
the server process of the last write, and the readings that the server will never accept. While the server
is unreachable every method raises `StoreError` and the offset stays, so the backlog waits in the journal.
"""

import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from time import monotonic
from typing import TypeVar

from sqlalchemy import Connection

from core.readings.history_url import HistoryAddress
from core.readings.readings import Reading
from core.readings.rollups import Rollup
from core.times import DAY_MS, HOUR_MS
from store.clock import now_ms
from store.database import Database
from store.history import HistoryPoint, HistorySpan, RetainedSince, paging, writer_state
from store.history.http import HttpServer
from store.history.line_protocol import LineWriter, authorization
from store.history.write_cache import NAMED_AT_MOST
from store.history.writer_state import WriterState

IMPORT_PIECE = 20_000
LATEST_VALID_S = 30.0
LATEST_ANSWERS_MAX = 100
_DROPPED = re.compile(r"[:;,]?\s*dropped[= ]\d+( points)?")
"""The server's count of one request, misleading beside ours."""
T = TypeVar("T")
log = logging.getLogger(__name__)


class OutsideHistory(ABC):
    """Implements `store.history.History`; a subclass adds the queries of its server."""

    durable_after_s = 60.0

    def __init__(
        self, database: Database, address: HistoryAddress, token: str, now: Callable[[], int] = now_ms
    ) -> None:
        self._writer = WriterState(database)
        self._http = HttpServer(address, authorization(address, token))
        self._lines = LineWriter(address, token)
        self._address = address
        self._now = now
        self._written = False
        self._latest_answers: dict[tuple[int, ...], tuple[float, dict[int, float]]] = {}

    # --- writing ---------------------------------------------------------------------------------

    def write(self, readings: Sequence[Reading], seq: int, now: int) -> str | None:
        def attempt() -> dict[int, str]:
            with self._writer.exclusive_write() as (tx, cache_is_valid):
                rejected = self._store(tx, readings, cache_is_valid)
                writer_state.set_offset(tx, seq, now)
            return rejected

        return _rejection_text(self._mended(attempt))

    def import_points(
        self, readings: Iterable[Reading], progress: Callable[[int], None] | None = None
    ) -> int:
        source = iter(readings)
        written = 0
        while piece := list(islice(source, IMPORT_PIECE)):
            self._mended(partial(self._import_piece, piece))
            written += len(piece)
            if progress is not None:
                progress(written)
        return written

    def _import_piece(self, piece: Sequence[Reading]) -> None:
        with self._writer.exclusive_write() as (tx, cache_is_valid):
            self._store(tx, piece, cache_is_valid)

    def _mended(self, attempt: Callable[[], T]) -> T:
        """Runs a write. A subclass may create what the server lacks and try once more."""
        return attempt()

    def _store(self, tx: Connection, readings: Sequence[Reading], cache_is_valid: bool) -> dict[int, str]:
        """Writes the readings and stores the rejected ones in `history.db`: index -> reason."""
        if not cache_is_valid:
            self.forget()
        if not readings:
            return {}
        rejected = self._put(readings, writer_state.retained_since(tx))
        if len(rejected) < len(readings):
            self._note_written(tx)
        writer_state.put_aside(tx, [readings[index] for index in rejected])
        return rejected

    @abstractmethod
    def _put(self, readings: Sequence[Reading], retained: RetainedSince) -> dict[int, str]:
        """Writes the readings. Returns index -> reason for those that the server will never accept."""

    def _note_written(self, tx: Connection) -> None:
        """Records which parts of the server accepted a write, once a process."""
        if not self._written:
            writer_state.note_written(tx, self._parts(), self._now())
            self._written = True

    def _parts(self) -> Sequence[str]:
        """Names of what the server may lose alone. They contain its address: another server has lost
        nothing."""
        return ()

    def lost_parts(self) -> dict[str, int]:
        return self._writer.lost_parts()

    def rebuild(self, series: Sequence[int]) -> Iterator[int]:
        """Nothing: a server without stored roll-ups computes them at query time."""
        yield from ()

    def on_rebuilt(self, lost: Mapping[str, int]) -> None:
        self._writer.forget_lost(lost)

    @abstractmethod
    def check(self) -> None:
        """Raises StoreError if the server may not be read and written."""

    @abstractmethod
    def forget(self) -> None:
        """Clears caches of the server's data: another process wrote to it, or it was restarted."""

    # --- state of the server ---------------------------------------------------------------------

    def offset(self) -> int:
        return self._writer.offset()

    def retained_since(self) -> RetainedSince:
        return self._writer.retained_since()

    def trim(
        self,
        now: int,
        keep_raw_days: float | None,
        keep_5m_days: float | None,
        keep_1h_days: float | None,
    ) -> Iterator[int]:
        """The server deletes by its own retention; this only records what may be deleted."""
        self._writer.note_trimmed(
            [
                (now - round(days * DAY_MS)) // HOUR_MS * HOUR_MS if days else None
                for days in (keep_raw_days, keep_5m_days, keep_1h_days)
            ]
        )
        yield from ()

    def rewind_if_restarted(self, safe: int, now: int, *, failed: bool) -> bool:
        process = self.started_at()
        if not self._writer.rewind(process, safe, now, unconditionally=failed and process is None):
            return False
        self.forget()
        return True

    @abstractmethod
    def started_at(self) -> int | None:
        """Start time of the server's process (ms). None if it does not report it."""

    # --- reading ---------------------------------------------------------------------------------

    def points(
        self,
        series: Sequence[int],
        start: int,
        end: int,
        *,
        most: int | None = None,
        counted_only: bool = False,
        newest_first: bool = False,
    ) -> list[HistoryPoint]:
        spans = self._point_spans(series) if most is not None else {}
        points: list[HistoryPoint] = []
        for series_id in series:
            first, after_last = start, end
            if most is not None:
                span = spans.get(series_id)
                if span is None:
                    continue
                first, after_last = max(start, span.first), min(end, span.last + 1)
            points += paging.points(
                partial(self._points_between, series_id),
                first,
                after_last,
                most=most,
                counted_only=counted_only,
                newest_first=newest_first,
            )
        return points

    @abstractmethod
    def _points_between(self, series_id: int, start: int, end: int) -> list[HistoryPoint]:
        """All points of one series in [start, end), in time order."""

    @abstractmethod
    def _point_spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        """The span of each series' points, so that paging does not search empty years."""

    def rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        if step <= 0:
            raise ValueError(f"a step of {step} ms")
        return [rollup for batch in batches(series) for rollup in self._rollups(batch, start, end, step)]

    @abstractmethod
    def _rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        """`rollups` for a batch of series."""

    def spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        spans: dict[int, HistorySpan] = {}
        for batch in batches(series):
            spans |= self._spans(batch)
        return spans

    @abstractmethod
    def _spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        """`spans` for a batch of series."""

    def latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        """Cached for 30 s, because the board reads all series at every change."""
        key = tuple(sorted(set(series)))
        valid_until, values = self._latest_answers.get(key, (0.0, {}))
        if monotonic() < valid_until:
            return values
        values = {}
        for batch in batches(key):
            values |= self._latest(batch, start, end)
        if len(self._latest_answers) >= LATEST_ANSWERS_MAX:
            self._latest_answers.clear()
        self._latest_answers[key] = monotonic() + LATEST_VALID_S, values
        return values

    @abstractmethod
    def _latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        """`latest` for a batch of series."""


def batches(series: Sequence[int]) -> Iterator[Sequence[int]]:
    """Splits the series into batches of the maximum size of one query."""
    for first in range(0, len(series), NAMED_AT_MOST):
        yield series[first : first + NAMED_AT_MOST]


def _rejection_text(rejected: dict[int, str]) -> str | None:
    if not rejected:
        return None
    reason = _DROPPED.sub("", next(iter(rejected.values())))
    log.error("the history refused %d readings, put aside in history.db: %s", len(rejected), reason)
    return f"{len(rejected)} readings refused, put aside in history.db: {reason}"
