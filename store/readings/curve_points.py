"""Joins the periods of placed probes into one curve, from raw points or roll-ups."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from core.metrics import METRICS
from core.readings.readings import DOUBTFUL
from core.readings.rollups import (
    ENOUGH_PER_HOUR,
    FINE_STEPS,
    FIVE_MINUTES,
    Bucket,
    choose_step,
    completeness,
    join_probes,
    usual_interval,
)
from core.times import DAY_MS, HOUR_MS
from store.history import History, HistoryPoint, HistorySpan, RetainedSince
from store.readings.curve_query import Curve, CurveQuery

FINE_UP_TO = 6 * HOUR_MS
"""Up to this length (ms) a window of several probes is made from raw points, above it from roll-ups."""
LONG = 2 * DAY_MS
LEARN_FROM_POINTS = 200
LEARN_FROM_HOURS = 14 * 24
DOUBTFUL_UP_TO = 8 * DAY_MS
DOUBTFUL_OF = 6_000
DOUBTFUL_AT_MOST = 500


class PlacementPeriod(NamedTuple):
    """A series from `start` to `end` (ms): within the window, and in a room only during its probe's
    placement."""

    series: int
    start: int
    end: int


def curve(history: History, periods: Sequence[PlacementPeriod], query: CurveQuery) -> Curve:
    """The readings of these periods as one curve."""
    metric, points = query.metric, query.points
    unit = METRICS[metric].unit if metric in METRICS else ""
    spans = history.spans(sorted({period.series for period in periods}))
    periods = [
        period._replace(start=max(period.start, spans[period.series].first))
        for period in periods
        if period.series in spans and spans[period.series].first < period.end
    ]
    if not periods:
        return Curve(metric, unit, None, 0.0, [])
    window = _window(periods, spans)
    intervals = {
        series: _usual_interval(history, series, window) for series in {period.series for period in periods}
    }
    retained = history.retained_since()
    raw = _raw(history, retained, periods, window, intervals, points)
    if raw is not None:
        step, buckets = None, [Bucket(at, value, value, value, 1) for _, at, value, _ in raw]
        counted = [(point.series, 1) for point in raw]
    else:
        step = _step(retained, window, points, list(intervals.values()))
        rollups = [
            rollup
            for period in periods
            for rollup in history.rollups([period.series], period.start, min(period.end, window.end), step)
        ]
        buckets = join_probes(rollups)
        counted = [(rollup.series, rollup.counted) for rollup in rollups]
    share = completeness(_counted_and_expected(periods, intervals, counted, query.now))
    doubtful = _doubtful(history, periods) if query.doubtful else []
    return Curve(metric, unit, None if step is None else step // 1000, share, buckets, doubtful)


def _doubtful(history: History, periods: Sequence[PlacementPeriod]) -> list[HistoryPoint]:
    """Implausible readings among the newest points of each probe, thinned out if there are too many. No
    roll-up has them."""
    points = [
        point
        for period in periods
        if period.end - period.start <= DOUBTFUL_UP_TO
        for point in history.points(
            [period.series], period.start, period.end, most=DOUBTFUL_OF, newest_first=True
        )
        if point.flags & DOUBTFUL
    ]
    points.sort(key=lambda point: (point.at, point.series))
    return points[:: max(1, -(-len(points) // DOUBTFUL_AT_MOST))]


class _Window(NamedTuple):
    start: int
    end: int


def _window(periods: Sequence[PlacementPeriod], spans: Mapping[int, HistorySpan]) -> _Window:
    """The part of the window that can have data, so that a far start or end does not widen the steps."""
    start = min(period.start for period in periods)
    last = max(spans[period.series].last for period in periods)
    return _Window(start, max(start, min(last, max(period.end for period in periods) - 1)) + 1)


def _usual_interval(history: History, series: int, window: _Window) -> int | None:
    long = window.end - window.start > LONG
    hours: list[tuple[int, int]] = []
    if long:
        rollups = history.rollups([series], window.end - LEARN_FROM_HOURS * HOUR_MS, window.end, HOUR_MS)
        hours = [(rollup.at, rollup.counted) for rollup in rollups]
        interval = usual_interval([], hours, long=True)
        if interval is not None and interval <= HOUR_MS // ENOUGH_PER_HOUR:
            return interval
    newest = history.points(
        [series], 0, window.end, most=LEARN_FROM_POINTS, counted_only=True, newest_first=True
    )
    return usual_interval([point.at for point in newest], hours, long=long)


def _raw(
    history: History,
    retained: RetainedSince,
    periods: Sequence[PlacementPeriod],
    window: _Window,
    intervals: Mapping[int, int | None],
    points: int,
) -> list[HistoryPoint] | None:
    """The raw points. None if there are several series, trimmed points or too many points."""
    if len(intervals) > 1 or window.start < retained.points:
        return None
    interval = intervals[periods[0].series]
    if (
        interval
        and sum(min(period.end, window.end) - period.start for period in periods) > 3 * points * interval
    ):
        return None  # certainly too many; do not read a thousand rows first
    read: list[HistoryPoint] = []
    for period in periods:
        left = points - len(read)
        read += history.points([period.series], period.start, period.end, most=left + 1, counted_only=True)
        if len(read) > points:
            return None
    return read


def _step(retained: RetainedSince, window: _Window, points: int, intervals: Sequence[int | None]) -> int:
    """The bucket width (ms). With several probes at least 1.5 times the slowest one's interval (at most 1
    h), so that each bucket has values of each probe and the curve does not flicker."""
    at_least = FIVE_MINUTES
    if window.start < retained.five_minutes:
        at_least = HOUR_MS
    elif len(intervals) > 1 and window.start >= retained.points and window.end - window.start <= FINE_UP_TO:
        at_least = FINE_STEPS[0]
    if len(intervals) > 1:
        slowest = max((interval for interval in intervals if interval), default=0)
        at_least = max(at_least, min(slowest * 3 // 2, HOUR_MS))
    return choose_step(window.start, window.end, points, at_least=at_least)


def _counted_and_expected(
    periods: Sequence[PlacementPeriod],
    intervals: Mapping[int, int | None],
    counted: Iterable[tuple[int, int]],
    now: int | None,
) -> list[tuple[int, float]]:
    totals = dict.fromkeys(intervals, 0)
    for series, count in counted:
        totals[series] += count
    expected = dict.fromkeys(intervals, 0.0)
    for period in periods:
        until = period.end if now is None else min(period.end, now)
        interval = intervals[period.series]
        if interval and until > period.start:
            expected[period.series] += (until - period.start) / interval
    return [(totals[series], expected[series]) for series in intervals]
