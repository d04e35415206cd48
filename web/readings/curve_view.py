"""A room's curve for the chart: columns for uPlot, limits and alerts of the period."""

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from core.alerts.alerts import Alert
from core.metrics import METRICS
from core.readings.manual_readings import FAMILY
from core.readings.rollups import Bucket
from core.rooms.limits import Limit
from core.times import DAY_MS, MINUTE_MS
from store.alerts.alerts import alerts
from store.database import Databases
from store.history import History, HistoryPoint
from store.readings.curve_query import Curve, CurveQuery
from store.readings.curves import room_curve
from store.rooms.limits import history as limits_of

SPANS = {"day": DAY_MS, "week": 7 * DAY_MS, "month": 30 * DAY_MS, "year": 365 * DAY_MS}
POINTS = 400
GAP_AT_LEAST = 12 * MINUTE_MS
"""Shorter gaps are bridged by the line: two missed readings are normal."""


class ChartColumns(NamedTuple):
    """Times are in s; None in all three values marks a gap."""

    at: list[float]
    low: list[float | None]
    mean: list[float | None]
    high: list[float | None]


def chart_columns(points: Sequence[Bucket], step_s: int | None) -> ChartColumns:
    """Buckets as columns, with an empty row in every gap so that no line is drawn across it."""
    made = ChartColumns([], [], [], [])
    widest = _gap_after(points, step_s)
    half = (step_s or 0) / 2
    before: Bucket | None = None
    for point in points:
        if before is not None and point.at - before.at > widest:
            _append(made, (before.at + point.at) / 2000, None, None, None)
        _append(made, point.at / 1000 + half, point.min, point.mean, point.max)
        before = point
    return made


def _append(to: ChartColumns, at: float, low: float | None, mean: float | None, high: float | None) -> None:
    to.at.append(at)
    for column, value in ((to.low, low), (to.mean, mean), (to.high, high)):
        column.append(None if value is None else round(value, 2))


def _gap_after(points: Sequence[Bucket], step_s: int | None) -> float:
    if step_s is not None:
        return max(step_s * 1000 * 1.5, GAP_AT_LEAST)
    ways = sorted(later.at - earlier.at for earlier, later in itertools.pairwise(points))
    usual = ways[len(ways) // 2] if ways else 0
    return max(3 * usual, GAP_AT_LEAST)


def limit_steps(
    versions: Sequence[Limit], metric: str, start: int, end: int
) -> list[dict[str, float | None]]:
    """The limits of the air as spans (s), oldest first."""
    in_order = sorted(
        {
            limit.version: limit
            for limit in versions
            if (limit.metric, limit.position_class) == (metric, "air")
        }.values(),
        key=lambda limit: limit.version,
    )
    steps: list[dict[str, float | None]] = []
    for number, limit in enumerate(in_order):
        until = in_order[number + 1].valid_from if number + 1 < len(in_order) else end
        begin, finish = max(limit.valid_from, start), min(until, end)
        if begin < finish:
            steps.append({"from": begin / 1000, "to": finish / 1000, "low": limit.low, "high": limit.high})
    return steps


def alert_spans(raised: Sequence[Alert], metric: str, start: int, end: int) -> list[dict[str, object]]:
    """The spans (s) of alerts about this metric or about silence."""
    return [
        {
            "from": max(alert.since, start) / 1000,
            "to": min(alert.resolved_at or alert.closed_at or end, end) / 1000,
            "severity": alert.severity,
        }
        for alert in raised
        if alert.metric in (metric, "")
        and alert.since < end
        and (alert.resolved_at or alert.closed_at or end) > start
    ]


def manual_marks(typed: Sequence[Bucket], curve: Curve, *, gaps_only: bool) -> list[dict[str, object]]:
    """Manual readings as marks (s). `gap`: no probe reported near it, so it stands for the room.
    `gaps_only` is for long views, where a mark beside every probe value would hide the curve."""
    widest = _gap_after(curve.points, curve.step_s) / 2
    ats = [point.at + (curve.step_s or 0) * 500 for point in curve.points]
    marks: list[dict[str, object]] = []
    for bucket in typed:
        near = bisect_left(ats, bucket.at)
        ways = [abs(ats[number] - bucket.at) for number in (near - 1, near) if 0 <= number < len(ats)]
        gap = min(ways, default=widest + 1) > widest
        if gap or not gaps_only:
            marks.append({"at": bucket.at / 1000, "value": round(bucket.mean, 2), "gap": gap})
    return marks


def doubtful_marks(points: Sequence[HistoryPoint]) -> list[dict[str, float]]:
    """Doubtful readings as marks (s)."""
    return [{"at": point.at / 1000, "value": round(point.value, 2)} for point in points]


def scale_of(metric: str) -> dict[str, object]:
    """How the metric is drawn: decimals, and the minimum margin above and below the curve."""
    return {"decimals": METRICS[metric].decimals, "margin": METRICS[metric].chart_margin}


def room_chart(
    dbs: Databases, history: History, room: int, metric: str, span: str, cls: str, now: int
) -> dict[str, object]:
    """The response of `/rooms/{room}/curve`. Raises KeyError if `span` is unknown."""
    start = now - SPANS[span]
    curve: Curve = room_curve(
        dbs,
        history,
        room,
        CurveQuery(
            metric=metric,
            start=start,
            end=now,
            points=POINTS,
            position_class=cls,
            position=None,
            now=now,
            doubtful=True,
        ),
    )
    with dbs.records.read() as tx:
        versions = limits_of(tx, room)
        raised = alerts(tx, room=room, limit=200)
    drawn = chart_columns(curve.points, curve.step_s)
    typed = room_curve(
        dbs,
        history,
        room,
        CurveQuery(
            metric=metric, start=start, end=now, points=POINTS, position_class=cls, position=FAMILY, now=now
        ),
    )
    lowest = min((p.min for p in curve.points), default=None)
    highest = max((p.max for p in curve.points), default=None)
    return {
        **drawn._asdict(),
        "start": start / 1000,
        "end": now / 1000,
        **scale_of(metric),
        "completeness": curve.completeness,
        "doubtful": doubtful_marks(curve.doubtful),
        "by_hand": manual_marks(typed.points, curve, gaps_only=now - start > SPANS["week"]),
        "lowest": lowest,
        "highest": highest,
        "limits": limit_steps(versions, metric, start, now) if cls == "air" else [],
        "alerts": alert_spans(raised, metric, start, now),
    }
