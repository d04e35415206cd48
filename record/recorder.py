"""Follows the journal into the history: points, roll-ups and position, one step after the other.

A kill anywhere repeats work and never loses it: the position stands beside what it stands for (of a
store outside it is noted after the write), and writing a reading a second time changes nothing.

A store that may lose what it confirmed (`durable_after_s`) is watched: the journal hears only of what
has outlived that, and when the store turns out to be another process, that is written again.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from core.errors import StoreError
from core.readings.journal_codec import decode_batch
from core.readings.readings import DAY_MS, HOUR_MS, Reading
from record.stuck_scanner import StuckProbeScanner
from store.clock import now_ms
from store.database import Databases
from store.history import History
from store.journal import journal
from store.overview import system_issues

log = logging.getLogger(__name__)

FOLLOWER = "recorder"
CHUNK_READINGS = 10_000
BITE_ROWS = 16
BITE_ROWS_MOST = 500
BYTES_PER_READING = 40
POLL_S = 0.05
REPORT_EVERY_MS = 5_000
TRIM_EVERY_MS = HOUR_MS
DELAY_S = 0.1
DELAY_S_MOST = 30.0

WATCH_EVERY_S = 15.0

AWAY = "history_away"
REFUSED = "history_refused"
MISSED = "history_missed"
UNREADABLE = "journal_unreadable"


class RetentionPeriods(NamedTuple):
    """For how many days each level is kept; None: for ever."""

    raw_days: float | None = None
    five_minutes_days: float | None = None
    hours_days: float | None = None


class Recorder:
    """One per history. A second one would only repeat the first one's work."""

    def __init__(
        self,
        dbs: Databases,
        history: History,
        *,
        keep: RetentionPeriods | None = None,
        now: Callable[[], int] = now_ms,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dbs = dbs
        self._history = history
        self._keep = keep or RetentionPeriods()
        self._now = now
        self._elapsed = elapsed
        self._doubting = StuckProbeScanner(dbs, history, now)
        self._position: int | None = None
        self._failed = False
        self._watch_at = 0.0
        self._written: deque[tuple[float, int]] = deque()
        self._durable: int | None = None
        self._behind = False
        self._reported: int | None = None
        self._report_at = 0
        self._trim_at = 0
        self._trimming: Iterator[int] | None = None

    def step(self) -> int:
        """Takes the next rows of the journal, about `CHUNK_READINGS` readings. How many rows; 0: caught up.

        Raises `StoreError` when the journal or the history is away; the same is then taken again.
        """
        self._watch()
        position = self._position if self._position is not None else self._start()
        rows = self._read(position)
        if not rows:
            return 0
        readings: list[Reading] = []
        for row in rows:
            if row.kind == journal.READINGS:
                readings += self._decode(row)
        self._position = None  # until the write is known to have happened, ask the history
        self._failed = True
        refused = self._history.write(readings, rows[-1].seq, self._now())
        self._failed = False
        self._position = rows[-1].seq
        self._note_written()
        if refused:
            self._tell(REFUSED, refused)
        return len(rows)

    def _watch(self) -> None:
        """Every few seconds, and after each write that failed: is the store still the one we wrote to?"""
        patience = self._history.durable_after_s
        if not patience or not (self._failed or self._elapsed() >= self._watch_at):
            return
        with self._dbs.journal.read() as tx:
            safe = journal.reported_offsets(tx).get(FOLLOWER, 0)
        since = self._elapsed()
        if self._history.rewind_if_restarted(safe, self._now(), failed=self._failed):
            log.warning("the history was restarted: writing again what came after journal row %d", safe)
            self._position = None
            self._written.clear()
            self._durable = None
        while self._written and self._written[0][0] <= since - patience:
            self._durable = self._written.popleft()[1]
        self._failed = False
        self._watch_at = since + WATCH_EVERY_S

    def _note_written(self) -> None:
        """Once in a few seconds is enough."""
        if self._position is None or not self._history.durable_after_s:
            return
        at = self._elapsed()
        if not self._written or at >= self._written[-1][0] + REPORT_EVERY_MS / 1000:
            self._written.append((at, self._position))

    def run(self, stop: threading.Event) -> None:
        """Steps until `stop`; a store that is away is tried again with growing delay."""
        delay, trouble = 0.0, ""
        while not stop.is_set():
            try:
                self.step()
                self.report()
                busy = self.trim_piece() or self._behind or self._doubting.piece()
            except StoreError as error:
                if str(error) != trouble:
                    trouble = str(error)
                    log.error("history cannot be written, trying again: %s", error)
                    self._tell(AWAY, str(error))
                delay = min(max(DELAY_S, delay * 2), DELAY_S_MOST)
                stop.wait(max(delay, error.wait_s))
                continue
            if delay:
                delay, trouble = 0.0, ""
                log.info("history is written again")
                self._clear(AWAY)
            if not busy:
                stop.wait(POLL_S)

    def report(self) -> None:
        """Tells the journal, every few seconds, what it need not keep for us."""
        now = self._now()
        passed = self._durable if self._history.durable_after_s else self._position
        if passed is None or passed == self._reported or now < self._report_at:
            return
        with self._dbs.journal.write() as tx:
            journal.report_offset(tx, FOLLOWER, passed, now)
        self._reported = passed
        self._report_at = now + REPORT_EVERY_MS

    def trim_piece(self) -> bool:
        """Every hour what is too old goes, one short transaction at a call. Whether there is more."""
        now = self._now()
        if self._trimming is None:
            if now < self._trim_at:
                return False
            self._trim_at = now + TRIM_EVERY_MS
            self._let_rest(now)
            self._trimming = self._history.trim(now, *self._keep)
        try:
            next(self._trimming)
        except StopIteration:
            self._trimming = None
        except StoreError:
            self._trimming = None
            raise
        return self._trimming is not None

    def _let_rest(self, now: int) -> None:
        """What was refused a day ago is not in the way for ever."""
        with self._dbs.records.read() as tx:
            issues = [problem for problem in system_issues.problems(tx) if problem.name == REFUSED]
        if issues and issues[0].last_at < now - DAY_MS:
            self._clear(REFUSED)

    def _start(self) -> int:
        """Where to go on from: the history's own word, unless the journal has never been that far."""
        position = self._history.offset()
        with self._dbs.journal.read() as tx:
            last = journal.last_seq(tx)
        if position > last:
            text = f"history is at {position}, the journal only at {last}: read again from its beginning"
            log.error("%s", text)
            self._tell(MISSED, text)
            position = 0
        self._position = position
        return position

    def _read(self, position: int) -> list[journal.JournalRow]:
        """As many rows as hold about `CHUNK_READINGS` readings, at least one if there is one."""
        rows: list[journal.JournalRow] = []
        most, left = BITE_ROWS, CHUNK_READINGS * BYTES_PER_READING
        with self._dbs.journal.read() as tx:
            after = position
            while left > 0:
                bite = journal.read_after(tx, after, most)
                for row in bite:
                    rows.append(row)
                    left -= len(row.body)
                    if left <= 0:
                        break
                if len(bite) < most:
                    break
                after, most = rows[-1].seq, min(most * 2, BITE_ROWS_MOST)
            self._behind = left <= 0
            lost = bool(rows) and rows[0].seq > position + 1 and journal.first_seq(tx) > position
        if lost:
            text = f"journal rows {position + 1} to {rows[0].seq - 1} are gone and not in the history"
            log.error("%s", text)
            self._tell(MISSED, text)
        return rows

    def _decode(self, row: journal.JournalRow) -> list[Reading]:
        try:
            return decode_batch(row.body).readings
        except msgspec.MsgspecError as error:
            text = f"journal row {row.seq} cannot be read: {error}"
            log.error("%s", text)
            self._tell(UNREADABLE, text)
            return []

    def _tell(self, name: str, text: str) -> None:
        try:
            with self._dbs.records.write() as tx:
                system_issues.note(tx, name, text, self._now())
        except StoreError:
            log.exception("a problem of the recorder could not be noted")

    def _clear(self, name: str) -> None:
        try:
            with self._dbs.records.write() as tx:
                system_issues.clear(tx, name, self._now())
        except StoreError:
            log.exception("a problem of the recorder could not be cleared")
