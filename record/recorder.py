"""Follows the journal and writes its readings to the history: points, roll-ups and the offset.

A crash at any point repeats work but loses nothing. The offset is committed with the points (with an
external store: after them), and writing a reading a second time changes nothing.

An external store may lose points that it confirmed less than `durable_after_s` ago. So the recorder
reports an offset to the journal only after that time, and rewrites the later points when it detects that
the store was restarted.
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
from core.readings.readings import Reading
from core.times import DAY_MS, HOUR_MS
from record.stuck_scanner import StuckProbeScanner
from store.clock import now_ms
from store.continuity import copy_series, reconcile
from store.damaged_history import set_aside
from store.database import DamagedDatabase, Databases
from store.history import History
from store.journal import journal
from store.overview import system_issues
from store.overview.progress_files import PartReporter

log = logging.getLogger(__name__)

FOLLOWER = "recorder"
CHUNK_READINGS = 10_000
PAGE_ROWS = 16
PAGE_ROWS_AT_MOST = 500
BYTES_PER_READING = 40
POLL_S = 0.05
REPORT_EVERY_MS = 5_000
TRIM_EVERY_MS = HOUR_MS
DELAY_S = 0.1
DELAY_S_AT_MOST = 30.0

WATCH_EVERY_S = 15.0

AWAY = "history_away"
REFUSED = "history_refused"
MISSED = "history_missed"
UNREADABLE = "journal_unreadable"


class RetentionPeriods(NamedTuple):
    """How many days each level is kept; None means forever."""

    raw_days: float | None = None
    five_minutes_days: float | None = None
    hours_days: float | None = None


class Recorder:
    """Run one per history; a second one only repeats the work of the first.

    `now` returns ms UTC, `elapsed` the seconds of a monotonic clock.
    """

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
        self._stuck_scanner = StuckProbeScanner(dbs, history, now)
        self._offset: int | None = None
        self._last_series = 0
        self._failed = False
        self._watch_due = 0.0
        self._written: deque[tuple[float, int]] = deque()
        self._durable: int | None = None
        self._behind = False
        self._reported: int | None = None
        self._report_due = 0
        self._trim_due = 0
        self._trimming: Iterator[int] | None = None

    def step(self) -> int:
        """Writes the next journal rows, about `CHUNK_READINGS` readings. Returns the number of rows; 0 if
        caught up.

        Raises StoreError if the journal or the history is unavailable; the next step repeats these rows.
        """
        self._watch()
        offset = self._offset if self._offset is not None else self._start()
        rows = self._read(offset)
        if not rows:
            return 0
        readings: list[Reading] = []
        for row in rows:
            if row.kind == journal.READINGS:
                readings += self._decode(row)
        self._copy_new_series(readings)
        self._offset = None  # if the write fails, the next step reads the offset from the history
        self._failed = True
        refused = self._history.write(readings, rows[-1].seq, self._now())
        self._failed = False
        self._offset = rows[-1].seq
        self._remember_written()
        if refused:
            self._report_issue(REFUSED, refused)
        return len(rows)

    def _watch(self) -> None:
        """Checks every few seconds, and after each failed write, whether an external store was restarted."""
        durable_after_s = self._history.durable_after_s
        if not durable_after_s or not (self._failed or self._elapsed() >= self._watch_due):
            return
        with self._dbs.journal.read() as tx:
            safe_offset = journal.reported_offsets(tx).get(FOLLOWER, 0)
        clock = self._elapsed()
        if self._history.rewind_if_restarted(safe_offset, self._now(), failed=self._failed):
            log.warning("the history was restarted; rewriting readings after journal row %d", safe_offset)
            self._offset = None
            self._written.clear()
            self._durable = None
        while self._written and self._written[0][0] <= clock - durable_after_s:
            self._durable = self._written.popleft()[1]
        self._failed = False
        self._watch_due = clock + WATCH_EVERY_S

    def _remember_written(self) -> None:
        """Remembers when the offset was written, every `REPORT_EVERY_MS`, to report it once it is durable."""
        if self._offset is None or not self._history.durable_after_s:
            return
        at = self._elapsed()
        if not self._written or at >= self._written[-1][0] + REPORT_EVERY_MS / 1000:
            self._written.append((at, self._offset))

    def run(
        self, stop: threading.Event, progress: PartReporter | None = None, *, outside: bool = False
    ) -> None:
        """Steps until `stop` is set. Retries with a growing delay while a store is unavailable. Never
        raises StoreError. `outside`: the history is in another program."""
        progress = progress or PartReporter()
        delay, last_error = 0.0, ""
        while not stop.is_set():
            try:
                self.step()
                self.report()
                busy = self.trim_next_chunk() or self._behind or self._stuck_scanner.run_next_chunk()
            except StoreError as error:
                self._offset = None  # the databases may be other ones when they come back
                if self._begin_new_history(error):
                    continue
                if str(error) != last_error:
                    last_error = str(error)
                    log.error("cannot write the history; retrying: %s", error)
                    self._report_issue(AWAY, str(error))
                delay = min(max(DELAY_S, delay * 2), DELAY_S_AT_MOST)
                progress.failed(str(error), outside=outside)
                progress.rest(stop, max(delay, error.wait_s))
                continue
            progress.worked()
            if delay:
                delay, last_error = 0.0, ""
                log.info("history is writable again")
                self._clear_issue(AWAY)
            if not busy:
                stop.wait(POLL_S)

    def _begin_new_history(self, error: StoreError) -> bool:
        """Sets the history's file aside if it is damaged, because it would never heal."""
        if not isinstance(error, DamagedDatabase) or error.name != self._dbs.history.name:
            return False
        try:
            set_aside(self._dbs, error, self._now())
        except StoreError:
            return False
        return True

    def report(self) -> None:
        """Reports the offset to the journal every few seconds, so that the journal may trim earlier rows."""
        now = self._now()
        offset = self._durable if self._history.durable_after_s else self._offset
        if offset is None or offset == self._reported or now < self._report_due:
            return
        with self._dbs.journal.write() as tx:
            journal.report_offset(tx, FOLLOWER, offset, now)
        self._reported = offset
        self._report_due = now + REPORT_EVERY_MS

    def trim_next_chunk(self) -> bool:
        """Deletes expired data once an hour, one short transaction per call. Returns whether more is left.
        Raises StoreError."""
        now = self._now()
        if self._trimming is None:
            if now < self._trim_due:
                return False
            self._trim_due = now + TRIM_EVERY_MS
            self._clear_old_refusal(now)
            self._trimming = self._history.trim(now, *self._keep)
        try:
            next(self._trimming)
        except StopIteration:
            self._trimming = None
        except StoreError:
            self._trimming = None
            raise
        return self._trimming is not None

    def _clear_old_refusal(self, now: int) -> None:
        """Clears the issue about refused points one day after the last one."""
        with self._dbs.records.read() as tx:
            issues = [problem for problem in system_issues.open_issues(tx) if problem.name == REFUSED]
        if issues and issues[0].last_at < now - DAY_MS:
            self._clear_issue(REFUSED)

    def _start(self) -> int:
        """The history's offset in this journal."""
        reconcile(self._dbs, self._now())
        self._last_series = copy_series(self._dbs)
        self._offset = self._history.offset()
        return self._offset

    def _copy_new_series(self, readings: list[Reading]) -> None:
        if max((reading.series for reading in readings), default=0) > self._last_series:
            self._last_series = copy_series(self._dbs)

    def _read(self, offset: int) -> list[journal.JournalRow]:
        """Rows after the offset with about `CHUNK_READINGS` readings; at least one row if there is any."""
        rows: list[journal.JournalRow] = []
        page_rows, bytes_left = PAGE_ROWS, CHUNK_READINGS * BYTES_PER_READING
        with self._dbs.journal.read() as tx:
            after = offset
            while bytes_left > 0:
                page = journal.read_after(tx, after, page_rows)
                for row in page:
                    rows.append(row)
                    bytes_left -= len(row.body)
                    if bytes_left <= 0:
                        break
                if len(page) < page_rows:
                    break
                after, page_rows = rows[-1].seq, min(page_rows * 2, PAGE_ROWS_AT_MOST)
            self._behind = bytes_left <= 0
            is_trimmed = bool(rows) and rows[0].seq > offset + 1 and journal.first_seq(tx) > offset
        if is_trimmed:
            text = f"journal rows {offset + 1} to {rows[0].seq - 1} are gone and not in the history"
            log.error("%s", text)
            self._report_issue(MISSED, text)
        return rows

    def _decode(self, row: journal.JournalRow) -> list[Reading]:
        try:
            return decode_batch(row.body).readings
        except msgspec.MsgspecError as error:
            text = f"journal row {row.seq} cannot be read: {error}"
            log.error("%s", text)
            self._report_issue(UNREADABLE, text)
            return []

    def _report_issue(self, name: str, text: str) -> None:
        try:
            with self._dbs.records.write() as tx:
                system_issues.note(tx, name, text, self._now())
        except StoreError:
            log.exception("cannot record the recorder's issue")

    def _clear_issue(self, name: str) -> None:
        try:
            with self._dbs.records.write() as tx:
                system_issues.clear(tx, name, self._now())
        except StoreError:
            log.exception("cannot clear the recorder's issue")
