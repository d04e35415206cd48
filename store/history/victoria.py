"""The history in VictoriaMetrics: only points; minimum, sum, maximum and count are computed by queries.

The server cannot change or delete a sample: a second sample of one time is stored beside the first, and
which one a query returns depends on the version. So a changed point is written as a revision of its own,
and buckets with a revision are recounted here (docs/decisions/0011-history-outside.md):

  <name>_counted{series}       counted values              <name>_changed{series, rev}   its newer value
  <name>_other{series}         uncounted values
  <name>_flags{series}         non-zero flags              <name>_flags{series, rev}     its newer flags
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence

from core.readings.history_url import HistoryAddress
from core.readings.readings import Reading
from core.readings.rollups import FIVE_MINUTES, Rollup
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.clock import now_ms
from store.database import Database
from store.history import HistoryPoint, HistorySpan, RetainedSince, promql
from store.history.bucket_sums import RollupCollector, counts, five_minutes_of
from store.history.http import HttpAnswer
from store.history.line_protocol import ProtocolLine
from store.history.outside import OutsideHistory
from store.history.promql import PointVersion
from store.history.victoria_settings import VictoriaSettings, read_settings
from store.history.write_cache import WriteCache

SETTINGS_VALID_MS = 10 * MINUTE_MS
VISIBLE_AFTER_S = 2.0


class VictoriaHistory(OutsideHistory):
    """Implements `store.history.History`."""

    durable_after_s = 60.0  # a killed server loses writes confirmed in its last 6 to 12 s

    def __init__(
        self,
        database: Database,
        address: HistoryAddress,
        token: str,
        now: Callable[[], int] = now_ms,
    ) -> None:
        super().__init__(database, address, token, now)
        self._name = address.name
        self._settings: VictoriaSettings | None = None
        self._settings_until = 0
        self._must_flush = True
        self._points: WriteCache[PointVersion] = WriteCache(FIVE_MINUTES, self._read)

    # --- writing ---------------------------------------------------------------------------------

    def forget(self) -> None:
        self._points.forget()
        self._settings = None
        self._must_flush = True

    def _put(self, readings: Sequence[Reading], retained: RetainedSince) -> dict[int, str]:
        """Also rejects readings that the server would confirm with 204 and drop."""
        settings = self._current_settings()
        settings.check_usable()
        if self._must_flush:
            self._flush()
        last = {(reading.series, reading.at): index for index, reading in enumerate(readings)}
        oldest, newest = settings.accepted_range(self._now())
        rejected: dict[int, str] = {}
        accepted: list[int] = []
        for index in last.values():
            reason = _rejection(readings[index], oldest, newest)
            if reason:
                rejected[index] = reason
            else:
                accepted.append(index)
        points = self._points.get({five_minutes_of(readings[index]) for index in accepted})
        lines = []
        for index in accepted:
            reading = readings[index]
            stored = points[five_minutes_of(reading)]
            text, version = self._line(reading, stored.get(reading.at))
            if text:
                lines.append(ProtocolLine(text, index))
                stored[reading.at] = version
        if lines:
            refused = self._lines.write(self._name, lines)
            if refused:
                self._points.forget()
                rejected |= refused
        return rejected

    def _line(self, reading: Reading, old: PointVersion | None) -> tuple[str, PointVersion]:
        """The line to write ("" if nothing changed), and the version then stored."""
        series, at, value, flags = reading[:4]
        if old is None:
            field = promql.COUNTED if counts(flags) else promql.OTHER
            text = f"{self._name},series={series} {field}={float(value)!r}"
            return f"{text}{f',flags={flags}' if flags else ''} {at}", PointVersion(value, flags, 0)
        if (old.value, old.flags) == (value, flags):
            return "", old
        revision = old.revision + 1
        text = f"{self._name},series={series},rev={revision} flags={flags}"
        if old.value != value or counts(old.flags) != counts(flags):
            text += f",{promql.CHANGED}={float(value)!r}"
        return f"{text} {at}", PointVersion(value, flags, revision)

    def _flush(self) -> None:
        """Makes data of the server's last second readable."""
        try:
            self._http.get("/internal/force_flush")
        except HttpAnswer:
            time.sleep(VISIBLE_AFTER_S)
        self._must_flush = False

    def prepare(self) -> list[str]:
        """Checks the server's settings. Returns a line per retained level."""
        settings = self._current_settings()
        settings.check_usable()
        return settings.report()

    def check(self) -> None:
        """Raises StoreError if the server may not be read or written, or has a wrong flag."""
        self._settings = None
        self._current_settings().check_usable()
        self._http.get("/api/v1/query", {"query": "1"})
        self._http.send("POST", "/write", b"", "text/plain")

    # --- state of the server ---------------------------------------------------------------------

    def retained_since(self) -> RetainedSince:
        oldest, _ = self._current_settings().accepted_range(self._now())
        hour = -(-oldest // HOUR_MS) * HOUR_MS
        return RetainedSince(hour, hour, hour)

    def started_at(self) -> int | None:
        self._settings = None
        return self._current_settings().started_at

    def _current_settings(self) -> VictoriaSettings:
        now = self._now()
        if self._settings is None or now >= self._settings_until:
            self._settings, self._settings_until = read_settings(self._http), now + SETTINGS_VALID_MS
        return self._settings

    # --- reading ---------------------------------------------------------------------------------

    def _rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        if start >= end:
            return []
        collector = RollupCollector(step)
        if step < MINUTE_MS:  # the server's -search.latencyOffset would hide the latest ones
            self._recount(collector, series, start, end)
            return collector.rollups(series)
        first, last = -(-start // step) * step, end // step * step
        if first > last:  # within one bucket
            first = last = end
        self._count_part(collector, series, start, first)
        while first < last:
            until = min(last, first + step * promql.ASKED_AT_MOST)
            self._count(collector, series, first, until, step)
            first = until
        self._count_part(collector, series, last, end)
        return collector.rollups(series)

    def _count_part(self, collector: RollupCollector, series: Sequence[int], start: int, end: int) -> None:
        """Counts part of a bucket, at the edge of a window."""
        if start < end:
            self._count(collector, series, start, end, end - start)

    def _count(
        self, collector: RollupCollector, series: Sequence[int], start: int, end: int, width: int
    ) -> None:
        question = promql.windows(self._name, series, start + width, end, width)
        changed_series: dict[int, list[int]] = {}
        for window in promql.read_windows(self._http.get("/api/v1/query_range", question), width):
            if window.changed:
                changed_series.setdefault(window.start, []).append(window.series)
            elif window.sums is not None:
                collector.add(window.series, window.start, window.sums)
        for at, changed in changed_series.items():
            self._recount(collector, changed, at, at + width)

    def _recount(self, collector: RollupCollector, series: Sequence[int], start: int, end: int) -> None:
        """Counts the points themselves, because the server's sums ignore changes."""
        for series_id, at, version in self._read(series, start, end):
            if counts(version.flags):
                collector.add_value(series_id, at, version.value)

    def _spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        question = promql.edges(self._name, series, self._now() + 2 * DAY_MS)
        edges = promql.read_edges(self._http.get("/api/v1/query", question))
        return {series_id: HistorySpan(*edges[series_id]) for series_id in series if series_id in edges}

    def _point_spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        return self.spans(series)

    def _latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        question = promql.latest(self._name, series, start, end)
        return promql.read_values(self._http.get("/api/v1/query", question))

    def _points_between(self, series_id: int, start: int, end: int) -> list[HistoryPoint]:
        versions = self._read([series_id], start, end)
        return sorted(
            HistoryPoint(series_id, at, version.value, version.flags) for _, at, version in versions
        )

    def _read(
        self, series: Sequence[int] | None, start: int, end: int
    ) -> Iterable[tuple[int, int, PointVersion]]:
        answer = self._http.get("/api/v1/export", promql.export(self._name, series, start, end))
        versions = promql.versions(promql.samples(answer), self._name)
        return ((series_id, at, version) for (series_id, at), version in versions.items())


def _rejection(reading: Reading, oldest: int, newest: int) -> str:
    if not isinstance(reading.value, (int, float)) or not math.isfinite(reading.value):
        return "not a number"
    if reading.at < oldest:
        return "older than VictoriaMetrics keeps (-retentionPeriod)"
    return "too far in the future" if reading.at >= newest else ""
