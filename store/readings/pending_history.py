"""The history for readers, completed by what the recorder has not written yet.

The recorder gathers readings for up to half an hour (`record.write_pacing`). They are in the journal, after
the history's offset, and are added here to every answer except `latest`, which is asked for values before.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec

from core.readings.journal_codec import decode_batch
from core.readings.readings import Reading
from core.readings.rollups import Rollup
from store.database import Databases
from store.history import History, HistoryPoint, HistorySpan
from store.history.bucket_sums import BucketSums, RollupCollector, counts
from store.history.wrapped import WrappedHistory
from store.journal import epochs, journal

FRESH_S = 0.25
PIECE = 500
READINGS_MOST = 50_000
"""If the recorder is further behind, only its next readings are added."""

Points = dict[int, HistoryPoint]
"""The points of a series by time (ms)."""


class JournalTail:
    """The readings after an offset. One per process; reads on from where its last call ended. `elapsed`: the
    seconds of a monotonic clock."""

    def __init__(
        self, dbs: Databases, offset: Callable[[], int], elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._dbs = dbs
        self._offset = offset
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._fresh_until = -1.0
        self._epoch = ""
        self._begin = self._seq = 0
        self._count = 0
        self._points: dict[int, Points] = {}

    def points(self) -> dict[int, Points]:
        """By series. At most `FRESH_S` old. The caller must not change it."""
        with self._lock:
            if self._elapsed() >= self._fresh_until:
                self._refresh()
                self._fresh_until = self._elapsed() + FRESH_S
            return self._points

    def _refresh(self) -> None:
        offset = self._offset()
        with self._dbs.journal.read() as tx:
            epoch, last = epochs.current_id(tx), journal.last_seq(tx)
            if offset != self._begin or epoch != self._epoch or last < self._seq:
                self._epoch, self._begin, self._seq, self._count, self._points = epoch, offset, offset, 0, {}
            rows = []
            while self._seq < last and self._count < READINGS_MOST:
                rows = journal.read_after(tx, self._seq, PIECE)
                if not rows:
                    break
                self._add(row.body for row in rows if row.kind == journal.READINGS)
                self._seq = rows[-1].seq

    def _add(self, bodies: Iterable[bytes]) -> None:
        points = dict(self._points)  # readers may still use the earlier one
        for body in bodies:
            for reading in _decoded(body):
                series, at, value, flags = reading[:4]
                if series not in points or points[series] is self._points.get(series):
                    points[series] = dict(points.get(series, {}))
                points[series][at] = HistoryPoint(series, at, value, flags)
                self._count += 1
        self._points = points


def _decoded(body: bytes) -> list[Reading]:
    try:
        return decode_batch(body).readings
    except msgspec.MsgspecError:  # the recorder reports it
        return []


class PendingHistory(WrappedHistory):
    """For readers. Writes pass through unchanged."""

    def __init__(self, dbs: Databases, raw: History) -> None:
        super().__init__(raw)
        self._tail = JournalTail(dbs, self.offset)

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
        pending = self._pending(series, start, end)
        stored = self.raw.points(
            series, start, end, most=most, counted_only=counted_only, newest_first=newest_first
        )
        if not pending:
            return stored
        by_series: dict[int, Points] = {number: {} for number in series}
        for point in stored:
            by_series[point.series][point.at] = point
        for number, points in pending.items():
            by_series[number] |= points
        return [
            point
            for number in series
            for point in [
                by_series[number][at]
                for at in sorted(by_series[number], reverse=newest_first)
                if not counted_only or counts(by_series[number][at].flags)
            ][:most]
        ]

    def rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        """A pending reading that replaces a stored one counts only when it is written."""
        pending = self._pending(series, start, end)
        stored = self.raw.rollups(series, start, end, step)
        if not pending:
            return stored
        collector = RollupCollector(step)
        for rollup in stored:
            collector.add(rollup.series, rollup.at, BucketSums(*rollup[2:]))
        for number, points in pending.items():
            # asked after the roll-ups: what was written in between is in neither
            stored_times = {p.at for p in self.raw.points([number], min(points), max(points) + 1)}
            for at, point in points.items():
                if at not in stored_times and counts(point.flags):
                    collector.add_value(number, at, point.value)
        return collector.rollups(series)

    def spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        pending = self._tail.points()
        spans = self.raw.spans(series)
        for number in series:
            points = pending.get(number)
            if points:
                first, last = min(points), max(points)
                span = spans.get(number, HistorySpan(first, last))
                spans[number] = HistorySpan(min(first, span.first), max(last, span.last))
        return spans

    def _pending(self, series: Sequence[int], start: int, end: int) -> dict[int, Points]:
        tail = self._tail.points()
        pending = {
            number: {at: point for at, point in tail[number].items() if start <= at < end}
            for number in series
            if number in tail
        }
        return {number: points for number, points in pending.items() if points}
