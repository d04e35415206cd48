"""Rows of the journal that were read and not yet written to the history."""

import logging
from collections.abc import Callable

import msgspec

from core.readings.journal_codec import decode_batch
from core.readings.readings import Reading
from record.history_issues import HistoryIssues
from record.write_pacing import Waiting
from store.database import Databases
from store.history import writer_state
from store.journal import journal

log = logging.getLogger(__name__)

CHUNK_READINGS = 10_000
PAGE_ROWS = 16
PAGE_ROWS_AT_MOST = 500
BYTES_PER_READING = 40


class JournalBatch:
    """Reads on from `seq`. `elapsed` returns the seconds of a monotonic clock."""

    def __init__(self, dbs: Databases, issues: HistoryIssues, seq: int, elapsed: Callable[[], float]) -> None:
        self._dbs = dbs
        self._issues = issues
        self._elapsed = elapsed
        self._start = seq
        self._series: set[int] = set()
        self._since = 0.0
        self._bytes_left = CHUNK_READINGS * BYTES_PER_READING
        self.seq = seq
        self.readings: list[Reading] = []

    @property
    def rows(self) -> int:
        return self.seq - self._start

    @property
    def is_full(self) -> bool:
        """Whether it has about `CHUNK_READINGS` readings and there may be more."""
        return self._bytes_left <= 0

    @property
    def last_series(self) -> int:
        return max(self._series, default=0)

    def waiting(self) -> Waiting:
        return Waiting(len(self.readings), len(self._series), self._since)

    def read_on(self) -> int:
        """Reads until the end of the journal or until full. Returns the number of new rows."""
        rows = self._next_rows()
        if not rows:
            return 0
        if not self.rows:
            self._since = self._elapsed()
        for row in rows:
            if row.kind == journal.READINGS:
                self._decode(row)
        self.seq = rows[-1].seq
        return len(rows)

    def _next_rows(self) -> list[journal.JournalRow]:
        rows: list[journal.JournalRow] = []
        page_rows = PAGE_ROWS
        with self._dbs.journal.read() as tx:
            after = self.seq
            while self._bytes_left > 0:
                page = journal.read_after(tx, after, page_rows)
                for row in page:
                    rows.append(row)
                    self._bytes_left -= len(row.body)
                    if self._bytes_left <= 0:
                        break
                if len(page) < page_rows:
                    break
                after, page_rows = rows[-1].seq, min(page_rows * 2, PAGE_ROWS_AT_MOST)
            is_trimmed = bool(rows) and rows[0].seq > self.seq + 1 and journal.first_seq(tx) > self.seq
        if is_trimmed:
            self._report_missed(self.seq + 1, rows[0])
        return rows

    def _report_missed(self, first: int, then: journal.JournalRow) -> None:
        with self._dbs.history.read() as tx:
            since = writer_state.offset_noted_at(tx)
        log.error("journal rows %d to %d are gone and not in the history", first, then.seq - 1)
        self._issues.on_missed(then.seq - first, since or then.received_at, then.received_at)

    def _decode(self, row: journal.JournalRow) -> None:
        try:
            readings = decode_batch(row.body).readings
        except msgspec.MsgspecError as error:
            text = f"journal row {row.seq} cannot be read: {error}"
            log.error("%s", text)
            self._issues.on_unreadable(text)
            return
        self.readings += readings
        self._series.update([reading.series for reading in readings])
