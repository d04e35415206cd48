"""Curves: what a device or a room did, in at most so many points, from the coarsest level that will do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select

from core.readings.manual_readings import FAMILY, device_of, stands
from core.readings.readings import DAY_MS, DOUBTFUL, HOUR_MS, METRICS
from core.readings.rollups import (
    ENOUGH_PER_HOUR,
    FINE_STEPS,
    FIVE_MINUTES,
    Bucket,
    choose_step,
    completeness,
    join,
    usual_interval,
)
from core.rooms.places import SPOTS, Placement, PositionClass
from store.database import Databases
from store.history import History, HistoryPoint, HistorySpan, StoredPoint
from store.journal.tables import series
from store.rooms.places import stood

POINTS = 1_000
FINE_UP_TO = 6 * HOUR_MS
"""So long a window of several probes is laid over each other from raw points, a longer one from roll-ups."""
LONG = 2 * DAY_MS
LEARN_FROM_POINTS = 200
LEARN_FROM_HOURS = 14 * 24
DOUBTFUL_UP_TO = 8 * DAY_MS
DOUBTFUL_OF = 6_000
DOUBTFUL_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Curve:
    """`step_s` is None for raw points. A bucket without readings is absent: a gap is a gap.

    `at` of a bucket is a multiple of the step (UTC), so the first may begin before the window; only
    readings within the window are in it. `completeness` (0 to 1) is the share of the readings that
    were to be expected: per series, time within the window (not before its first reading ever, in a
    room only while it stood there, not after `now`) divided by its own usual interval. That is
    learned: for up to two days from the median gap of its newest 200 readings, for longer windows
    from the median count of the hours that have any (core.rollups.usual_interval).
    """

    metric: str
    unit: str
    step_s: int | None
    completeness: float
    points: list[Bucket]
    doubtful: list[HistoryPoint] = field(default_factory=list)
    """Where it was asked for and the window is short: readings that cannot be believed, oldest first."""


class PlacementPeriod(NamedTuple):
    """A series from, to (ms): within a window, and in a room only while its probe stood there."""

    series: int
    start: int
    end: int


def device_curve(
    databases: Databases,
    history: History,
    device: str,
    metric: str,
    start: int,
    end: int,
    points: int = POINTS,
    position: str | None = None,
    now: int | None = None,
    *,
    doubtful: bool = False,
) -> Curve:
    """What a device measured in [start, end), all its positions together or one (`""`: the unnamed)."""
    with databases.journal.read() as tx:
        wanted = select(series.c.id).where(series.c.device == device, series.c.metric == metric)
        if position is not None:
            wanted = wanted.where(series.c.position == position)
        found = tx.execute(wanted.order_by(series.c.id)).scalars().all()
    return curve(
        history, metric, [PlacementPeriod(one, start, end) for one in found], points, now, doubtful=doubtful
    )


def room_curve(
    databases: Databases,
    history: History,
    room: int,
    metric: str,
    start: int,
    end: int,
    points: int = POINTS,
    position_class: str | None = None,
    position: str | None = None,
    now: int | None = None,
    *,
    doubtful: bool = False,
) -> Curve:
    """What the probes of one class measured while they stood in the room.

    Minimum of minima, mean of means, maximum of maxima. Without `position_class` and `position` it
    is the air's. `position` narrows to a spot (`door`, `pile` ...), a probe (`device` or
    `device/position`) or the name that a device gives its probe, of any class unless one is given.
    A probe that was moved counts here up to exactly that millisecond. What people read off a thermometer
    is in it only where it alone is asked for, as `person`.
    """
    if position_class is None and position is None:
        position_class = PositionClass.AIR
    every = by_hand(databases, room) if position == FAMILY else _stood(databases, room, start, end)
    wanted = [
        placement
        for placement in every
        if (position_class is None or placement.position_class == position_class)
        and (position is None or position == FAMILY or _is_at(placement, position))
    ]
    numbers = _series_of(databases, metric, {placement.device for placement in wanted})
    stays = [
        PlacementPeriod(
            numbers[placement.device, placement.position],
            max(start, placement.valid_from),
            end if placement.valid_to is None else min(end, placement.valid_to),
        )
        for placement in wanted
        if (placement.device, placement.position) in numbers
    ]
    return curve(history, metric, stays, points, now, doubtful=doubtful)


def curve(
    history: History,
    metric: str,
    stays: Sequence[PlacementPeriod],
    points: int = POINTS,
    now: int | None = None,
    *,
    doubtful: bool = False,
) -> Curve:
    """Some stays as one curve of at most `points` buckets (at least two)."""
    unit = METRICS[metric].unit if metric in METRICS else ""
    spans = history.spans(sorted({stay.series for stay in stays}))
    stays = [
        stay._replace(start=max(stay.start, spans[stay.series].first))
        for stay in stays
        if stay.series in spans and spans[stay.series].first < stay.end
    ]
    if not stays:
        return Curve(metric, unit, None, 0.0, [])
    window = _window(stays, spans)
    intervals = {one: _usual_interval(history, one, window) for one in {stay.series for stay in stays}}
    kept = history.kept()
    raw = _raw(history, kept, stays, window, intervals, points)
    if raw is not None:
        step, buckets = None, [Bucket(at, value, value, value, 1) for _, at, value, _ in raw]
        counted = [(point.series, 1) for point in raw]
    else:
        step = _step(kept, window, points, list(intervals.values()))
        found = [
            rollup
            for stay in stays
            for rollup in history.rollups([stay.series], stay.start, min(stay.end, window.end), step)
        ]
        buckets = join(found)
        counted = [(rollup.series, rollup.counted) for rollup in found]
    share = completeness(_counted_and_expected(stays, intervals, counted, now))
    doubted = _doubtful(history, stays) if doubtful else []
    return Curve(metric, unit, None if step is None else step // 1000, share, buckets, doubted)


def _doubtful(history: History, stays: Sequence[PlacementPeriod]) -> list[HistoryPoint]:
    """Of the newest points of each probe; of too many each so-manieth. They are in no roll-up."""
    found = [
        point
        for stay in stays
        if stay.end - stay.start <= DOUBTFUL_UP_TO
        for point in history.points([stay.series], stay.start, stay.end, most=DOUBTFUL_OF, newest_first=True)
        if point.flags & DOUBTFUL
    ]
    found.sort(key=lambda point: (point.at, point.series))
    return found[:: max(1, -(-len(found) // DOUBTFUL_AT_MOST))]


class _Window(NamedTuple):
    start: int
    end: int


def _window(stays: Sequence[PlacementPeriod], spans: Mapping[int, HistorySpan]) -> _Window:
    """Where there can be something to draw; a far-off start or end must not make the steps wide."""
    start = min(stay.start for stay in stays)
    last = max(spans[stay.series].last for stay in stays)
    return _Window(start, max(start, min(last, max(stay.end for stay in stays) - 1)) + 1)


def _usual_interval(history: History, one: int, window: _Window) -> int | None:
    long = window.end - window.start > LONG
    hours: list[tuple[int, int]] = []
    if long:
        found = history.rollups([one], window.end - LEARN_FROM_HOURS * HOUR_MS, window.end, HOUR_MS)
        hours = [(rollup.at, rollup.counted) for rollup in found]
        interval = usual_interval([], hours, long=True)
        if interval is not None and interval <= HOUR_MS // ENOUGH_PER_HOUR:
            return interval
    newest = history.points(
        [one], 0, window.end, most=LEARN_FROM_POINTS, counted_only=True, newest_first=True
    )
    return usual_interval([point.at for point in newest], hours, long=long)


def _raw(
    history: History,
    kept: StoredPoint,
    stays: Sequence[PlacementPeriod],
    window: _Window,
    intervals: Mapping[int, int | None],
    points: int,
) -> list[HistoryPoint] | None:
    """The points themselves, where they are of one series, all kept and few enough."""
    if len(intervals) > 1 or window.start < kept.points:
        return None
    interval = intervals[stays[0].series]
    if interval and sum(min(stay.end, window.end) - stay.start for stay in stays) > 3 * points * interval:
        return None  # hopeless; do not read a thousand rows to learn it
    found: list[HistoryPoint] = []
    for stay in stays:
        left = points - len(found)
        found += history.points([stay.series], stay.start, stay.end, most=left + 1, counted_only=True)
        if len(found) > points:
            return None
    return found


def _step(kept: StoredPoint, window: _Window, points: int, intervals: Sequence[int | None]) -> int:
    """With several probes a bucket is at least half as long again as the slowest one's interval (up to
    an hour), so that each is in each bucket and the curve does not flicker between them."""
    at_least = FIVE_MINUTES
    if window.start < kept.five_minutes:
        at_least = HOUR_MS
    elif len(intervals) > 1 and window.start >= kept.points and window.end - window.start <= FINE_UP_TO:
        at_least = FINE_STEPS[0]
    if len(intervals) > 1:
        slowest = max((interval for interval in intervals if interval), default=0)
        at_least = max(at_least, min(slowest * 3 // 2, HOUR_MS))
    return choose_step(window.start, window.end, points, at_least=at_least)


def _counted_and_expected(
    stays: Sequence[PlacementPeriod],
    intervals: Mapping[int, int | None],
    counted: Iterable[tuple[int, int]],
    now: int | None,
) -> list[tuple[int, float]]:
    totals = dict.fromkeys(intervals, 0)
    for one, count in counted:
        totals[one] += count
    expected = dict.fromkeys(intervals, 0.0)
    for stay in stays:
        until = stay.end if now is None else min(stay.end, now)
        interval = intervals[stay.series]
        if interval and until > stay.start:
            expected[stay.series] += (until - stay.start) / interval
    return [(totals[one], expected[one]) for one in intervals]


def _stood(databases: Databases, room: int, start: int, end: int) -> list[Placement]:
    with databases.records.read() as tx:
        return stood(tx, room, start, end)


def by_hand(databases: Databases, room: int) -> list[Placement]:
    """Where in the room people ever read a thermometer, as if something stood there."""
    device = device_of(room)
    with databases.journal.read() as tx:
        asked = select(series.c.position).where(series.c.device == device).distinct()
        spots = tx.execute(asked.order_by(series.c.position)).scalars().all()
    return [place for spot in spots if (place := stands(device, spot))]


def _is_at(placement: Placement, position: str) -> bool:
    if position in SPOTS:
        return placement.spot == position
    return position in (
        placement.device,
        placement.position,
        f"{placement.device}/{placement.position}",
    )


def _series_of(databases: Databases, metric: str, devices: set[str]) -> dict[tuple[str, str], int]:
    with databases.journal.read() as tx:
        found = tx.execute(
            select(*series.c["device", "position", "id"]).where(
                series.c.metric == metric, series.c.device.in_(sorted(devices))
            )
        )
        return {(row.device, row.position): row.id for row in found}
