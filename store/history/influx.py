"""The history in InfluxDB 2: three buckets, for points, 5-minute and hourly roll-ups.

The recorder's process writes the roll-ups, recomputed from the level below as in SQLite; what it wrote
last it remembers (`Held`), what it does not remember it reads back. A point has the fields `value` and
`flags`, a roll-up `min`, `sum`, `max` and `count`, all floats; the tag `series` is our number.
"""

import json
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlencode

from core.readings.history_url import HistoryAddress
from core.readings.readings import HOUR_MS, Reading
from core.readings.rollups import FIVE_MINUTES, Rollup, parts
from store.clock import now_ms
from store.database import Database
from store.history import HistoryPoint, HistorySpan, StoredPoint, flux, paging, writer_state
from store.history.bucket_sums import Sum, Sums, better, counts, hours_of, of_parts, of_values
from store.history.http import HttpAnswer, HttpServer
from store.history.influx_buckets import ensure
from store.history.influx_retention import InfluxRetention
from store.history.line_protocol import LineWriter, ProtocolLine, authorization
from store.history.outside import OutsideHistory
from store.history.write_cache import NAMED_AT_MOST, Bucket, WriteCache

log = logging.getLogger(__name__)

IMPORT_PIECE = 20_000
NO_BUCKET = 404
FEW_BUCKETS = 24
"""So many roll-ups of a series are read as they stand; more are put together in the store."""


class _Level(NamedTuple):
    """A level of roll-ups: its width (ms), its bucket, what is known to stand there (by hour)."""

    width: int
    bucket: str
    held: WriteCache[Sums]


class InfluxHistory(OutsideHistory):
    """Implements `store.history.History`."""

    durable_after_s = 60.0

    def __init__(
        self,
        database: Database,
        address: HistoryAddress,
        token: str,
        keeping: InfluxRetention | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        super().__init__(database)
        self._http = HttpServer(address, authorization(address, token))
        self._lines = LineWriter(address, token)
        self._address = address
        self._keeping = keeping or InfluxRetention()
        self._now = now
        self._raw, five, hour = self._keeping.buckets(address.name)
        self._points: WriteCache[tuple[float, int]] = WriteCache(FIVE_MINUTES, self._read_points)
        self._five = _Level(
            FIVE_MINUTES, five, WriteCache(HOUR_MS, lambda *asked: self._read_rollups(five, *asked))
        )
        self._hour = _Level(
            HOUR_MS, hour, WriteCache(HOUR_MS, lambda *asked: self._read_rollups(hour, *asked))
        )

    # --- writing ---------------------------------------------------------------------------------

    def write(self, readings: Sequence[Reading], seq: int, now: int) -> str | None:
        with self._local.turn() as (tx, mine):
            if not mine:
                self._forget()
            bad = self._put(readings, writer_state.kept(tx)) if readings else {}
            writer_state.put_aside(tx, [readings[which] for which in bad])
            writer_state.set_position(tx, seq, now)
        return self._complaint(bad)

    def import_points(
        self, readings: Iterable[Reading], progress: Callable[[int], None] | None = None
    ) -> int:
        source = iter(readings)
        written = 0
        while piece := list(islice(source, IMPORT_PIECE)):
            with self._local.turn() as (tx, mine):
                if not mine:
                    self._forget()
                bad = self._put(piece, writer_state.kept(tx))
                writer_state.put_aside(tx, [piece[which] for which in bad])
            written += len(piece)
            if progress is not None:
                progress(written)
        return written

    def _forget(self) -> None:
        for held in (self._points, self._five.held, self._hour.held):
            held.forget()

    def _put(self, readings: Sequence[Reading], kept: StoredPoint) -> dict[int, str]:
        """Points, then 5-minute buckets from points, then hours from those. What is refused: index -> why."""
        last = {(reading.series, reading.at): which for which, reading in enumerate(readings)}
        bad = {which: "not a number" for which in last.values() if not _finite(readings[which].value)}
        good = [which for which in last.values() if which not in bad]
        touched = {_five_of(readings[which]) for which in good}
        found = self._points.get(touched)
        oldest = self._keeping.oldest(self._now(), 0)
        lines = [
            ProtocolLine(_point_line(readings[which]), which)
            for which in good
            if readings[which].at >= oldest
        ]
        refused = self._send(self._raw, lines)
        if refused:
            self._points.forget()
            found = self._points.get(touched)
            good = [which for which in good if which not in refused]
        for which in good:
            reading = readings[which]
            found[_five_of(reading)][reading.at] = (reading.value, reading.flags)
        self._refresh_five(found, kept)
        self._refresh_hours(hours_of(touched), kept)
        return bad | refused

    def _refresh_five(self, found: dict[Bucket, dict[int, tuple[float, int]]], kept: StoredPoint) -> None:
        known = self._five.held.get(hours_of(found))
        wanted = {
            (series, at): better(
                of_values([value for value, flags in points.values() if counts(flags)]),
                known[series, at - at % HOUR_MS].get(at),
                below_is_whole=at >= kept.points,
            )
            for (series, at), points in found.items()
        }
        self._replace(self._five, known, wanted)

    def _refresh_hours(self, hours: set[Bucket], kept: StoredPoint) -> None:
        below, known = self._five.held.get(hours), self._hour.held.get(hours)
        wanted = {
            (series, at): better(
                of_parts(below[series, at].values()),
                known[series, at].get(at),
                below_is_whole=at >= kept.five_minutes,
            )
            for series, at in hours
        }
        self._replace(self._hour, known, wanted)

    def _replace(
        self, level: _Level, known: dict[Bucket, dict[int, Sums]], wanted: dict[Bucket, Sums | None]
    ) -> None:
        """Writes what differs from what stands there."""
        oldest = self._keeping.oldest(self._now(), level.width)
        lines = []
        for which, ((series, at), sums) in enumerate(wanted.items()):
            standing = known[series, at - at % HOUR_MS]
            if sums == standing.get(at):
                continue
            if sums is None:
                self._delete(level.bucket, series, at)
                del standing[at]
                continue
            standing[at] = sums
            if at >= oldest:  # what is older than this level is kept may still make an hour
                lines.append(ProtocolLine(_rollup_line(series, at, sums), which))
        refused = self._send(level.bucket, lines)
        if refused:
            log.error("%d roll-ups were refused by %s: %s", len(refused), level.bucket, next(iter(refused)))

    def _send(self, bucket: str, lines: Sequence[ProtocolLine]) -> dict[int, str]:
        if not lines:
            return {}
        try:
            return self._lines.write(bucket, lines)
        except HttpAnswer as error:
            if error.status != NO_BUCKET:
                raise
        self.prepare()  # the first time, or somebody threw the bucket away
        return self._lines.write(bucket, lines)

    def _delete(self, bucket: str, series: int, at: int) -> None:
        """One roll-up that counts nothing any more."""
        predicate = f'_measurement="{flux.ROLLUP}" and "series"="{series}"'  # a reserved word: quoted
        asked = {"start": flux.time(at), "stop": flux.time(at), "predicate": predicate}
        self._post("delete", {"bucket": bucket}, asked)

    def prepare(self) -> list[str]:
        """Makes the buckets, or brings their retention to the settings. What was done, a line each."""
        return ensure(self._http, self._address, self._keeping)

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
        found: list[HistoryPoint] = []
        for one in series:
            begin, until = start, end
            if most is not None:
                edges = self._edges(self._raw, flux.READING, "value", [one]).get(one)
                if edges is None:
                    continue
                begin, until = max(start, edges.first), min(end, edges.last + 1)
            found += paging.points(
                lambda low, high, one=one: self._points_between(one, low, high),  # type: ignore[misc]
                begin,
                until,
                most=most,
                counted_only=counted_only,
                newest_first=newest_first,
            )
        return found

    def rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        if step <= 0:
            raise ValueError(f"a step of {step} ms")
        return [
            rollup
            for first in range(0, len(series), NAMED_AT_MOST)
            for rollup in self._rollups(series[first : first + NAMED_AT_MOST], start, end, step)
        ]

    def _rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        found = Sum(step)
        questions = []
        for number, part in enumerate(parts(start, end, step)):
            if part.level == 0:
                asked = flux.stand(self._raw, flux.READING, series, part.start, part.end)
                questions.append(flux.named(f"points {number}", asked))
                continue
            bucket = self._hour.bucket if part.level == HOUR_MS else self._five.bucket
            if part.level < step and part.end - part.start > part.level * FEW_BUCKETS:
                questions.append(flux.windows(bucket, series, part.start, part.end, step))
            else:
                asked = flux.stand(bucket, flux.ROLLUP, series, part.start, part.end)
                questions.append(flux.named(f"{bucket} {number}", asked))
        if not questions:
            return []
        points: list[flux.FluxRow] = []
        rollups: list[flux.FluxRow] = []
        for row in self._ask("".join(questions)):
            (points if row.field in ("value", "flags") else rollups).append(row)
        for one, at, (value, flags) in _as_points(points):
            if counts(flags):
                found.add(one, at, Sums(value, value, value, 1))
        for one, at, sums in _as_sums(rollups):
            found.add(one, at, sums)
        return found.of(series)

    def spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        found: dict[int, HistorySpan] = {}
        for first in range(0, len(series), NAMED_AT_MOST):
            found |= self._spans(series[first : first + NAMED_AT_MOST])
        return found

    def _spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        points = self._edges(self._raw, flux.READING, "value", series)
        hours = self._edges(self._hour.bucket, flux.ROLLUP, "count", series)
        found = {}
        for one in series:
            point, hour = points.get(one), hours.get(one)
            if point is None:
                if hour is not None:
                    found[one] = HistorySpan(hour.first, hour.last + HOUR_MS - 1)
                continue
            earlier = hour is not None and hour.first + HOUR_MS <= point.first
            found[one] = HistorySpan(hour.first if hour is not None and earlier else point.first, point.last)
        return found

    def _latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        found = _as_points(self._ask(flux.latest(self._raw, series, start, end)))
        return {one: value for one, _, (value, flags) in found if counts(flags)}

    def started_at(self) -> int | None:
        """None where a guard before it hides it."""
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
        for row in self._ask(flux.edges(bucket, measurement, field, series)):
            (first if row.result.endswith("first") else last)[row.series] = row.at
        return {one: HistorySpan(at, last[one]) for one, at in first.items() if one in last}

    def _points_between(self, one: int, start: int, end: int) -> list[HistoryPoint]:
        found = self._read_points([one], start, end)
        return sorted(HistoryPoint(one, at, value, flags) for _, at, (value, flags) in found)

    def _read_points(
        self, series: Sequence[int] | None, start: int, end: int
    ) -> Iterable[tuple[int, int, tuple[float, int]]]:
        return _as_points(self._ask(flux.stand(self._raw, flux.READING, series, start, end)))

    def _read_rollups(
        self, bucket: str, series: Sequence[int] | None, start: int, end: int
    ) -> Iterable[tuple[int, int, Sums]]:
        return _as_sums(self._ask(flux.stand(bucket, flux.ROLLUP, series, start, end)))

    def _ask(self, question: str) -> Iterator[flux.FluxRow]:
        try:
            answer = self._post("query", {}, flux.body(question))
        except HttpAnswer as error:
            if error.status == NO_BUCKET:
                return iter(())  # nothing was ever written
            raise
        return flux.rows(answer)

    def _post(self, what: str, fields: dict[str, str], body: Mapping[str, object]) -> str:
        asked = urlencode({"org": self._address.org, **fields})
        return self._http.send("POST", f"/api/v2/{what}?{asked}", json.dumps(body).encode()).decode()


def _finite(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _five_of(reading: Reading) -> Bucket:
    return reading.series, reading.at - reading.at % FIVE_MINUTES


def _point_line(reading: Reading) -> str:
    series, at, value, flags = reading[:4]
    return f"{flux.READING},series={series} value={float(value)!r},flags={flags}.0 {at}"


def _rollup_line(series: int, at: int, sums: Sums) -> str:
    low, total, high, count = sums
    return (
        f"{flux.ROLLUP},series={series} "
        f"min={float(low)!r},sum={float(total)!r},max={float(high)!r},count={count}.0 {at}"
    )


def _as_points(rows: Iterable[flux.FluxRow]) -> Iterator[tuple[int, int, tuple[float, int]]]:
    values: dict[Bucket, float] = {}
    flags: dict[Bucket, int] = {}
    for row in rows:
        if row.field == "value":
            values[row.series, row.at] = row.value
        else:
            flags[row.series, row.at] = int(row.value)
    for (series, at), value in values.items():
        yield series, at, (value, flags.get((series, at), 0))


def _as_sums(rows: Iterable[flux.FluxRow]) -> Iterator[tuple[int, int, Sums]]:
    found: dict[Bucket, dict[str, float]] = {}
    for row in rows:
        found.setdefault((row.series, row.at), {})[row.field] = row.value
    for (series, at), fields in found.items():
        if len(fields) == len(flux.FIELDS):
            yield series, at, Sums(fields["min"], fields["sum"], fields["max"], int(fields["count"]))
