"""The history in InfluxDB 2: three buckets, for points, 5-minute and hourly roll-ups.

The recorder writes the roll-ups, recomputed from the level below as in SQLite. It caches its last writes
(`WriteCache`) and reads other data back. A point has the fields `value` and `flags`, a roll-up `min`,
`sum`, `max` and `count`, all floats; the tag `series` is our id.
"""

import json
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar
from urllib.parse import urlencode

from core.errors import StoreError
from core.readings.history_url import HistoryAddress
from core.readings.readings import Reading
from core.readings.rollups import FIVE_MINUTES, Rollup, time_slices
from core.times import DAY_MS, HOUR_MS
from store.clock import now_ms
from store.database import Database
from store.history import HistoryPoint, HistorySpan, RetainedSince, flux
from store.history.bucket_sums import (
    BucketSums,
    RollupCollector,
    choose_sums,
    counts,
    five_minutes_of,
    hours_of,
    merged,
    sums_of_values,
)
from store.history.http import NOT_THERE, HttpAnswer
from store.history.influx_buckets import EnsuredBucket, ensure, is_listed
from store.history.influx_retention import InfluxRetention
from store.history.influx_rows import ValueAndFlags, point_line, point_rows, rollup_line, rollup_rows
from store.history.line_protocol import ProtocolLine
from store.history.outside import OutsideHistory, batches
from store.history.write_cache import Bucket, WriteCache

T = TypeVar("T")
log = logging.getLogger(__name__)

REBUILD_PIECE = 7 * DAY_MS
EMPTY_WRITE = 400
"""The server's answer to a write without points, after it has checked the token's right."""
FEW_BUCKETS = 24
"""Up to this number, roll-ups of a series are read as stored; more are aggregated by the server."""


class _Level(NamedTuple):
    """A level of roll-ups: its width (ms), its bucket, and its cached roll-ups by hour."""

    width: int
    bucket: str
    cache: WriteCache[BucketSums]


class InfluxHistory(OutsideHistory):
    """Implements `store.history.History`."""

    def __init__(
        self,
        database: Database,
        address: HistoryAddress,
        token: str,
        retention: InfluxRetention | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        super().__init__(database, address, token, now)
        self._retention = retention or InfluxRetention()
        self._raw, five_minutes, hours = self._retention.buckets(address.name)
        self._points: WriteCache[ValueAndFlags] = WriteCache(FIVE_MINUTES, self._read_points)
        self._five_minutes = self._level(FIVE_MINUTES, five_minutes)
        self._hours = self._level(HOUR_MS, hours)

    def _level(self, width: int, bucket: str) -> _Level:
        def read(series: Sequence[int] | None, start: int, end: int) -> Iterable[tuple[int, int, BucketSums]]:
            return rollup_rows(self._query(flux.select(bucket, flux.ROLLUP, series, start, end)))

        return _Level(width, bucket, WriteCache(HOUR_MS, read))

    # --- writing ---------------------------------------------------------------------------------

    def forget(self) -> None:
        for cache in (self._points, self._five_minutes.cache, self._hours.cache):
            cache.forget()

    def _put(self, readings: Sequence[Reading], retained: RetainedSince) -> dict[int, str]:
        """Writes points, then 5-minute roll-ups from points, then hourly ones from those."""
        last = {(reading.series, reading.at): index for index, reading in enumerate(readings)}
        rejected = {index: "not a number" for index in last.values() if not _is_finite(readings[index].value)}
        accepted = [index for index in last.values() if index not in rejected]
        touched = {five_minutes_of(readings[index]) for index in accepted}
        points = self._points.get(touched)
        oldest = self._retention.oldest(self._now(), 0)
        lines = [
            ProtocolLine(point_line(readings[index]), index)
            for index in accepted
            if readings[index].at >= oldest
        ]
        refused = self._send(self._raw, lines)
        if refused:
            self._points.forget()
            points = self._points.get(touched)
            accepted = [index for index in accepted if index not in refused]
        for index in accepted:
            reading = readings[index]
            points[five_minutes_of(reading)][reading.at] = (reading.value, reading.flags)
        self._refresh_five_minutes(points, retained)
        self._refresh_hours(hours_of(touched), retained)
        return rejected | refused

    def _refresh_five_minutes(
        self, points_by_bucket: dict[Bucket, dict[int, ValueAndFlags]], retained: RetainedSince
    ) -> None:
        stored = self._five_minutes.cache.get(hours_of(points_by_bucket))
        recomputed = {
            (series, at): choose_sums(
                sums_of_values(value for value, flags in points.values() if counts(flags)),
                stored[series, at - at % HOUR_MS].get(at),
                below_is_whole=at >= retained.points,
            )
            for (series, at), points in points_by_bucket.items()
        }
        self._replace(self._five_minutes, stored, recomputed)

    def _refresh_hours(self, hours: set[Bucket], retained: RetainedSince) -> None:
        below, stored = self._five_minutes.cache.get(hours), self._hours.cache.get(hours)
        recomputed = {
            (series, at): choose_sums(
                merged(below[series, at].values()),
                stored[series, at].get(at),
                below_is_whole=at >= retained.five_minutes,
            )
            for series, at in hours
        }
        self._replace(self._hours, stored, recomputed)

    def _replace(
        self,
        level: _Level,
        stored: dict[Bucket, dict[int, BucketSums]],
        recomputed: dict[Bucket, BucketSums | None],
    ) -> None:
        """Writes the roll-ups that differ from the stored ones."""
        oldest = self._retention.oldest(self._now(), level.width)
        lines = []
        for index, ((series, at), sums) in enumerate(recomputed.items()):
            of_hour = stored[series, at - at % HOUR_MS]
            if sums == of_hour.get(at):
                continue
            if sums is None:
                self._delete(level.bucket, series, at)
                del of_hour[at]
                continue
            of_hour[at] = sums
            if at >= oldest:  # the bucket rejects older ones, but they still count in their hour
                lines.append(ProtocolLine(rollup_line(series, at, sums), index))
        refused = self._send(level.bucket, lines)
        if refused:
            log.error("%d roll-ups were refused by %s: %s", len(refused), level.bucket, next(iter(refused)))

    def _send(self, bucket: str, lines: Sequence[ProtocolLine]) -> dict[int, str]:
        return self._lines.write(bucket, lines) if lines else {}

    def _delete(self, bucket: str, series: int, at: int) -> None:
        """Deletes one roll-up that has no counted reading any more."""
        predicate = f'_measurement="{flux.ROLLUP}" and "series"="{series}"'  # `series` is a reserved word
        body = {"start": flux.time(at), "stop": flux.time(at), "predicate": predicate}
        self._post("delete", {"bucket": bucket}, body)

    def prepare(self) -> list[str]:
        """Creates the buckets or updates their retention. Returns a line per action."""
        return [bucket.done for bucket in self._ensure()]

    def _ensure(self) -> list[EnsuredBucket]:
        """Notes a bucket that accepted our writes and has vanished since."""
        buckets = ensure(self._http, self._address, self._retention)
        written = self._writer.written_parts()
        lost = [bucket.name for bucket in buckets if bucket.was_made and self._part(bucket.name) in written]
        if lost:
            now = self._now()
            log.error("the history lost what was in %s; created anew", ", ".join(lost))
            points_end = now - now % HOUR_MS + HOUR_MS if self._raw in lost else None
            self._writer.note_lost(lost, now, points_end)
        return buckets

    def _mended(self, attempt: Callable[[], T]) -> T:
        """Creates missing buckets. A bucket that is there all the same may not be read, and nothing is
        written from what cannot be read."""
        try:
            return attempt()
        except HttpAnswer as error:
            if error.status != NOT_THERE:
                raise
        self._ensure()
        try:
            return attempt()
        except HttpAnswer as error:
            if error.status != NOT_THERE:
                raise
            raise StoreError(
                f"{self._address.kind} at {self._address.url} has our buckets, but COLDSHED_HISTORY_TOKEN "
                f"may not read or write all of them ({error.message})"
            ) from error

    def _parts(self) -> Sequence[str]:
        return [self._part(name) for name in self._retention.buckets(self._address.name)]

    def _part(self, bucket: str) -> str:
        return f"{self._address.url}/{self._address.org}/{bucket}"

    def check(self) -> None:
        """Raises StoreError if a bucket is not there, or the token may not read or write it."""
        for name in self._retention.buckets(self._address.name):
            measurement = flux.READING if name == self._raw else flux.ROLLUP
            self._query(flux.select(name, measurement, [0], 0, 1))
            try:
                self._http.send("POST", f"/api/v2/write?{self._parameters({'bucket': name})}", b"")
            except HttpAnswer as error:
                if error.status != EMPTY_WRITE:
                    raise

    # --- deriving roll-ups again ------------------------------------------------------------------

    def rebuild(self, series: Sequence[int]) -> Iterator[int]:
        spans = self._point_spans(series)
        for series_id, span in spans.items():
            for start in range(span.first - span.first % HOUR_MS, span.last + 1, REBUILD_PIECE):
                yield self._mended(partial(self._rebuild_piece, series_id, start, start + REBUILD_PIECE))

    def _rebuild_piece(self, series_id: int, start: int, end: int) -> int:
        """A roll-up is replaced only by one that counts at least as much: points may be trimmed."""
        trimmed = RetainedSince(end, end, end)
        with self._writer.exclusive_write() as (_, cache_is_valid):
            if not cache_is_valid:
                self.forget()
            points: dict[Bucket, dict[int, ValueAndFlags]] = {}
            for series_id_of_point, at, value in self._read_points([series_id], start, end):
                bucket = series_id_of_point, at - at % FIVE_MINUTES
                points.setdefault(bucket, {})[at] = value
            self._refresh_five_minutes(points, trimmed)
            self._refresh_hours(hours_of(points), trimmed)
        return len(points)

    # --- reading ---------------------------------------------------------------------------------

    def _rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        questions = []
        for number, part in enumerate(time_slices(start, end, step)):
            if part.level == 0:
                points_of_part = flux.select(self._raw, flux.READING, series, part.start, part.end)
                questions.append(flux.named(f"points {number}", points_of_part))
                continue
            bucket = self._hours.bucket if part.level == HOUR_MS else self._five_minutes.bucket
            if part.level < step and part.end - part.start > part.level * FEW_BUCKETS:
                questions.append(flux.windows(bucket, series, part.start, part.end, step))
            else:
                rollups_of_part = flux.select(bucket, flux.ROLLUP, series, part.start, part.end)
                questions.append(flux.named(f"{bucket} {number}", rollups_of_part))
        if not questions:
            return []
        points: list[flux.FluxRow] = []
        rollups: list[flux.FluxRow] = []
        for row in self._read_query("".join(questions)):
            (points if row.field in ("value", "flags") else rollups).append(row)
        collector = RollupCollector(step)
        for series_id, at, (value, flags) in point_rows(points):
            if counts(flags):
                collector.add_value(series_id, at, value)
        for series_id, at, sums in rollup_rows(rollups):
            collector.add(series_id, at, sums)
        return collector.rollups(series)

    def _spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        points = self._edges(self._raw, flux.READING, "value", series)
        hours = self._edges(self._hours.bucket, flux.ROLLUP, "count", series)
        spans = {}
        for series_id in series:
            point, hour = points.get(series_id), hours.get(series_id)
            if point is None:
                if hour is not None:
                    spans[series_id] = HistorySpan(hour.first, hour.last + HOUR_MS - 1)
                continue
            earlier = hour is not None and hour.first + HOUR_MS <= point.first
            first = hour.first if hour is not None and earlier else point.first
            spans[series_id] = HistorySpan(first, point.last)
        return spans

    def _point_spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        spans: dict[int, HistorySpan] = {}
        for batch in batches(series):
            spans |= self._edges(self._raw, flux.READING, "value", batch)
        return spans

    def _latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        points = point_rows(self._read_query(flux.latest(self._raw, series, start, end)))
        return {series_id: value for series_id, _, (value, flags) in points if counts(flags)}

    def started_at(self) -> int | None:
        """Also None if a reverse proxy hides `/ready`."""
        try:
            ready = json.loads(self._http.get("/ready"))
            return round(datetime.fromisoformat(ready["started"]).timestamp() * 1000)
        except (HttpAnswer, ValueError, LookupError):
            return None

    def _edges(
        self, bucket: str, measurement: str, field: str, series: Sequence[int]
    ) -> dict[int, HistorySpan]:
        first: dict[int, int] = {}
        last: dict[int, int] = {}
        for row in self._read_query(flux.edges(bucket, measurement, field, series)):
            (first if row.result.endswith("first") else last)[row.series] = row.at
        return {
            series_id: HistorySpan(at, last[series_id])
            for series_id, at in first.items()
            if series_id in last
        }

    def _points_between(self, series_id: int, start: int, end: int) -> list[HistoryPoint]:
        points = point_rows(self._read_query(flux.select(self._raw, flux.READING, [series_id], start, end)))
        return sorted(HistoryPoint(series_id, at, value, flags) for _, at, (value, flags) in points)

    def _read_points(
        self, series: Sequence[int] | None, start: int, end: int
    ) -> Iterable[tuple[int, int, ValueAndFlags]]:
        return point_rows(self._query(flux.select(self._raw, flux.READING, series, start, end)))

    def _query(self, question: str) -> Iterator[flux.FluxRow]:
        return flux.rows(self._post("query", {}, flux.body(question)))

    def _read_query(self, question: str) -> Iterator[flux.FluxRow]:
        """For readers: no rows if nothing was ever written. The server says the same of a bucket that the
        token may not read."""
        try:
            return self._query(question)
        except HttpAnswer as error:
            if error.status != NOT_THERE or self._was_written():
                raise
        return iter(())

    def _was_written(self) -> bool:
        written = self._writer.written_parts()
        return any(part in written for part in self._parts()) or is_listed(
            self._http, self._address, self._raw
        )

    def _post(self, what: str, fields: dict[str, str], body: Mapping[str, object]) -> str:
        path = f"/api/v2/{what}?{self._parameters(fields)}"
        return self._http.send("POST", path, json.dumps(body).encode()).decode()

    def _parameters(self, fields: Mapping[str, str]) -> str:
        return urlencode({"org": self._address.org, **fields})


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
