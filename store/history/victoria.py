"""The history in VictoriaMetrics: points only; minimum, sum, maximum and count are computed when asked.

It cannot change or delete a sample: what is written again with the same time is kept beside the first, and
which of them an answer shows differs from version to version. So a point that is changed is written as a
revision of its own, and buckets with one are recounted here (docs/decisions/0011-history-outside.md):

    <name>_counted{series}       what counts                 <name>_changed{series, rev}   its newer value
    <name>_other{series}         what is kept and not counted
    <name>_flags{series}         where there are any         <name>_flags{series, rev}     its newer flags
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from core.readings.history_url import HistoryAddress
from core.readings.readings import DAY_MS, HOUR_MS, MINUTE_MS, Reading
from core.readings.rollups import FIVE_MINUTES, Rollup
from store.clock import now_ms
from store.database import Database
from store.history import HistoryPoint, HistorySpan, StoredPoint, paging, promql, writer_state
from store.history.bucket_sums import Sum, Sums, counts
from store.history.http import HttpAnswer, HttpServer
from store.history.line_protocol import LineWriter, ProtocolLine, authorization
from store.history.outside import OutsideHistory
from store.history.promql import Version
from store.history.victoria_state import VictoriaSettings, read_state
from store.history.write_cache import NAMED_AT_MOST, Bucket, WriteCache

IMPORT_PIECE = 20_000
STATE_FOR_MS = 10 * MINUTE_MS
SHOWN_AFTER_S = 2.0


class VictoriaHistory(OutsideHistory):
    """Implements `store.history.History`."""

    durable_after_s = 60.0  # a killed one loses what it confirmed in its last 6 to 12 seconds

    def __init__(
        self,
        database: Database,
        address: HistoryAddress,
        token: str,
        now: Callable[[], int] = now_ms,
    ) -> None:
        super().__init__(database)
        self._http = HttpServer(address, authorization(address, token))
        self._lines = LineWriter(address, token)
        self._name = address.name
        self._now = now
        self._state: VictoriaSettings | None = None
        self._state_until = 0
        self._points: WriteCache[Version] = WriteCache(FIVE_MINUTES, self._read)

    # --- writing ---------------------------------------------------------------------------------

    def write(self, readings: Sequence[Reading], seq: int, now: int) -> str | None:
        with self._local.turn() as (tx, mine):
            bad = self._put(readings, mine) if readings else {}
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
                bad = self._put(piece, mine)
                writer_state.put_aside(tx, [piece[which] for which in bad])
            written += len(piece)
            if progress is not None:
                progress(written)
        return written

    def _forget(self) -> None:
        self._points.forget()
        self._state = None

    def _put(self, readings: Sequence[Reading], mine: bool) -> dict[int, str]:
        """What is not taken: index -> why. It would be answered with 204 and thrown away, so we look."""
        state = self._state_now()
        state.must_be_usable()
        if not mine:
            self._forget()
            self._show()
        last = {(reading.series, reading.at): which for which, reading in enumerate(readings)}
        oldest, newest = state.takes(self._now())
        bad: dict[int, str] = {}
        good: list[int] = []
        for which in last.values():
            why = _not_taken(readings[which], oldest, newest)
            if why:
                bad[which] = why
            else:
                good.append(which)
        found = self._points.get({_five_of(readings[which]) for which in good})
        lines = []
        for which in good:
            reading = readings[which]
            standing = found[_five_of(reading)]
            text, version = self._line(reading, standing.get(reading.at))
            if text:
                lines.append(ProtocolLine(text, which))
                standing[reading.at] = version
        if lines:
            refused = self._lines.write(self._name, lines)
            if refused:
                self._points.forget()
                bad |= refused
        return bad

    def _line(self, reading: Reading, old: Version | None) -> tuple[str, Version]:
        """What to write, nothing where it stands there already; and what stands there then."""
        series, at, value, flags = reading[:4]
        if old is None:
            field = promql.COUNTED if counts(flags) else promql.OTHER
            text = f"{self._name},series={series} {field}={float(value)!r}"
            return f"{text}{f',flags={flags}' if flags else ''} {at}", Version(value, flags, 0)
        if (old.value, old.flags) == (value, flags):
            return "", old
        revision = old.revision + 1
        text = f"{self._name},series={series},rev={revision} flags={flags}"
        if old.value != value or counts(old.flags) != counts(flags):
            text += f",{promql.CHANGED}={float(value)!r}"
        return f"{text} {at}", Version(value, flags, revision)

    def _show(self) -> None:
        """Asks it to let us read what it took in the last second."""
        try:
            self._http.get("/internal/force_flush")
        except HttpAnswer:
            time.sleep(SHOWN_AFTER_S)

    def prepare(self) -> list[str]:
        """Looks whether it was started as it must be. What was found, a line each."""
        state = self._state_now()
        state.must_be_usable()
        return state.report()

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
        spans = self.spans(series) if series and most is not None else {}
        found: list[HistoryPoint] = []
        for one in series:
            begin, until = start, end
            if most is not None:
                if one not in spans:
                    continue
                begin, until = max(start, spans[one].first), min(end, spans[one].last + 1)
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
        if start >= end:
            return []
        found = Sum(step)
        if step < MINUTE_MS:  # the last ones would be hidden by its -search.latencyOffset
            self._recount(found, series, start, end)
            return found.of(series)
        first, last = -(-start // step) * step, end // step * step
        if first > last:  # within one bucket
            first = last = end
        self._count(found, series, start, first)
        while first < last:
            until = min(last, first + step * promql.ASKED_AT_MOST)
            self._count_all(found, series, first, until, step)
            first = until
        self._count(found, series, last, end)
        return found.of(series)

    def _count(self, found: Sum, series: Sequence[int], start: int, end: int) -> None:
        """One bucket's part, as the edges of a window are."""
        if start < end:
            self._count_all(found, series, start, end, end - start)

    def _count_all(self, found: Sum, series: Sequence[int], start: int, end: int, width: int) -> None:
        asked = promql.windows(self._name, series, start + width, end, width)
        changed: dict[int, list[int]] = {}
        for window in promql.read_windows(self._http.get("/api/v1/query_range", asked), width):
            if window.changed:
                changed.setdefault(window.start, []).append(window.series)
            elif window.sums is not None:
                found.add(window.series, window.start, window.sums)
        for at, these in changed.items():
            self._recount(found, these, at, at + width)

    def _recount(self, found: Sum, series: Sequence[int], start: int, end: int) -> None:
        """From the points themselves, which know what was changed."""
        for one, at, version in self._read(series, start, end):
            if counts(version.flags):
                found.add(one, at, Sums(version.value, version.value, version.value, 1))

    def spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        found: dict[int, HistorySpan] = {}
        for first in range(0, len(series), NAMED_AT_MOST):
            found |= self._spans(series[first : first + NAMED_AT_MOST])
        return found

    def _spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        asked = promql.edges(self._name, series, self._now() + 2 * DAY_MS)
        found = promql.read_edges(self._http.get("/api/v1/query", asked))
        return {one: HistorySpan(*found[one]) for one in series if one in found}

    def _latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        asked = promql.latest(self._name, series, start, end)
        return promql.read_values(self._http.get("/api/v1/query", asked))

    def kept(self) -> StoredPoint:
        oldest, _ = self._state_now().takes(self._now())
        hour = -(-oldest // HOUR_MS) * HOUR_MS
        return StoredPoint(hour, hour, hour)

    def started_at(self) -> int | None:
        self._state = None
        return self._state_now().started_at

    def _state_now(self) -> VictoriaSettings:
        now = self._now()
        if self._state is None or now >= self._state_until:
            self._state, self._state_until = read_state(self._http), now + STATE_FOR_MS
        return self._state

    def _points_between(self, one: int, start: int, end: int) -> list[HistoryPoint]:
        found = self._read([one], start, end)
        return sorted(HistoryPoint(one, at, version.value, version.flags) for _, at, version in found)

    def _read(self, series: Sequence[int] | None, start: int, end: int) -> Iterable[tuple[int, int, Version]]:
        answer = self._http.get("/api/v1/export", promql.export(self._name, series, start, end))
        found = promql.versions(promql.samples(answer), self._name)
        return ((series, at, version) for (series, at), version in found.items())


def _five_of(reading: Reading) -> Bucket:
    return reading.series, reading.at - reading.at % FIVE_MINUTES


def _not_taken(reading: Reading, oldest: int, newest: int) -> str:
    if not isinstance(reading.value, (int, float)) or not math.isfinite(reading.value):
        return "not a number"
    if reading.at < oldest:
        return "older than VictoriaMetrics keeps (-retentionPeriod)"
    return "too far in the future" if reading.at >= newest else ""
