"""Follows the journal and writes its readings to the history: points, roll-ups and the offset.

A crash at any point repeats work but loses nothing. The offset is committed with the points (with an
external store: after them), and writing a reading a second time changes nothing. What was read waits a while
to be written together (`record.write_pacing`); it stays in the journal.

An external store may lose points that it confirmed less than `durable_after_s` ago. So the recorder
reports an offset to the journal only after that time, and rewrites the later points when it detects that
the store was restarted.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

from core.errors import StoreError
from core.times import HOUR_MS
from record.history_issues import HistoryIssues
from record.journal_batch import JournalBatch
from record.rollup_rebuilder import RollupRebuilder
from record.stuck_scanner import StuckProbeScanner
from record.write_pacing import WritePacer
from store.clock import now_ms
from store.continuity import copy_series, reconcile
from store.damaged_history import set_aside
from store.database import DamagedDatabase, Databases
from store.history import History
from store.journal import journal
from store.overview.progress_files import PartReporter

log = logging.getLogger(__name__)

POLL_S = 0.25
REPORT_EVERY_MS = 5_000
TRIM_EVERY_MS = HOUR_MS
DELAY_S = 0.1
DELAY_S_AT_MOST = 30.0

WATCH_EVERY_S = 15.0


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
        self._issues = HistoryIssues(dbs, now)
        self._stuck_scanner = StuckProbeScanner(dbs, history, now)
        self._rebuilder = RollupRebuilder(dbs, history, self._issues, elapsed)
        self._pacer = WritePacer(elapsed(), outside=history.durable_after_s > 0)
        self._batch: JournalBatch | None = None
        self._catching_up = True
        self._offset: int | None = None
        self._last_series = 0
        self._failed = False
        self._watch_due = 0.0
        self._written: deque[tuple[float, int]] = deque()
        self._durable: int | None = None
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
        batch = self._read_on()
        if not batch.rows:
            return 0
        self._write(batch)
        return batch.rows

    def _step_when_due(self) -> bool:
        """Reads what is new, and writes what has waited long enough. Returns whether there is more."""
        self._watch()
        batch = self._read_on()
        if batch.rows and self._is_due(batch):
            self._write(batch)
        self._catching_up = batch.is_full
        return batch.is_full

    def _is_due(self, batch: JournalBatch) -> bool:
        """What waited in the journal already is not held again. A store that was away is tried at once."""
        if self._catching_up or batch.is_full or (self._issues.is_away() and batch.readings):
            return True
        return self._pacer.is_due(batch.waiting(), self._elapsed())

    def _read_on(self) -> JournalBatch:
        if self._batch is None:
            offset = self._offset if self._offset is not None else self._start()
            self._batch = JournalBatch(self._dbs, self._issues, offset, self._elapsed)
        self._batch.read_on()
        return self._batch

    def _write(self, batch: JournalBatch) -> None:
        if batch.last_series > self._last_series:
            self._last_series = copy_series(self._dbs)
        self._batch = self._offset = None  # if it fails, the next step reads the offset from the history
        self._failed = True
        refused = self._history.write(batch.readings, batch.seq, self._now())
        self._failed = False
        self._offset = batch.seq
        self._pacer.on_written(batch.waiting(), self._elapsed())
        self._remember_written()
        if refused:
            self._issues.on_refused(refused)
        if batch.readings:
            self._issues.on_available()

    def _watch(self) -> None:
        """Checks every few seconds, and after each failed write, whether an external store was restarted, and
        whether a store that was away is back although there is nothing to write."""
        if not (self._failed or self._elapsed() >= self._watch_due):
            return
        if self._issues.is_away():
            self._look_whether_back()
        durable_after_s = self._history.durable_after_s
        if durable_after_s:
            self._rewind_if_restarted(durable_after_s)
        self._failed = False
        self._watch_due = self._elapsed() + WATCH_EVERY_S

    def _look_whether_back(self) -> None:
        with suppress(StoreError):
            self._history.check()
            self._issues.on_available()

    def _rewind_if_restarted(self, durable_after_s: float) -> None:
        with self._dbs.journal.read() as tx:
            safe_offset = journal.reported_offsets(tx).get(journal.RECORDER, 0)
        clock = self._elapsed()
        if self._history.rewind_if_restarted(safe_offset, self._now(), failed=self._failed):
            log.warning("the history was restarted; rewriting readings after journal row %d", safe_offset)
            self._batch = self._offset = None
            self._written.clear()
            self._durable = None
        while self._written and self._written[0][0] <= clock - durable_after_s:
            self._durable = self._written.popleft()[1]

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
                busy = self._step_when_due()
                self.report()
                busy = self.trim_next_chunk() or busy
                busy = self._stuck_scanner.run_next_chunk() or busy
                busy = self._rebuilder.run_next_chunk() or busy
            except StoreError as error:
                self._batch = self._offset = None  # the databases may be other ones when they come back
                if self._begin_new_history(error):
                    continue
                if str(error) != last_error:
                    last_error = str(error)
                    log.error("cannot write the history; retrying: %s", error)
                    self._issues.on_away(str(error))
                delay = min(max(DELAY_S, delay * 2), DELAY_S_AT_MOST)
                progress.failed(str(error), outside=outside)
                progress.rest(stop, max(delay, error.wait_s))
                continue
            progress.worked()
            delay = 0.0
            if last_error and not self._issues.is_away():
                last_error = ""
                log.info("history is writable again")
            if not busy:
                stop.wait(POLL_S)
        self._write_rest()

    def _write_rest(self) -> None:
        try:
            while self.step():
                pass
        except StoreError as error:
            log.error("cannot write the rest; it stays in the journal: %s", error)

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
            journal.report_offset(tx, journal.RECORDER, offset, now)
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
            self._issues.end_old()
            self._trimming = self._history.trim(now, *self._keep)
        try:
            next(self._trimming)
        except StopIteration:
            self._trimming = None
        except StoreError:
            self._trimming = None
            raise
        return self._trimming is not None

    def _start(self) -> int:
        """The history's offset in this journal."""
        reconcile(self._dbs, self._now())
        self._last_series = copy_series(self._dbs)
        self._offset = self._history.offset()
        return self._offset
