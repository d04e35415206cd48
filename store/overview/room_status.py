"""The current state of every room, for the board, the room page and `/rooms`."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection

from core.alerts.alerts import OPEN, Alert
from core.errors import StoreError
from core.metrics import ON_BOARD, Verdict
from core.overview import status
from core.overview.room_status import (
    AlertSubject,
    RoomFacts,
    device_intervals,
    judge_room,
    subject_of,
    without_freshness,
    worst_alerts,
)
from core.overview.silent_probes import NONE_SILENT, SilentShare, silent_share
from core.overview.status import ProbeNow, RoomState
from core.readings.calibrations import OffsetTable
from core.readings.manual_readings import manual_placement
from core.readings.readings import NOT_COUNTED
from core.rooms.limits import Limit
from core.rooms.places import Placement
from core.times import MINUTE_MS
from store.alerts.alerts import alerts
from store.alerts.verdicts import verdicts
from store.catalogue.produce import freezing_points
from store.database import Databases
from store.devices.usual_ages import usual_ages
from store.history import History
from store.history.availability import answer_within
from store.journal import journal
from store.journal.latest import LatestValue, latest_values
from store.overview.health import clock_lead
from store.readings.calibrations import corrections
from store.readings.reporting_intervals import intervals
from store.rooms import limits as limit_store
from store.rooms import seasonal_closures, stock_on_hand
from store.rooms.places import Room, Site, placements, rooms, sites
from store.rooms.seasonal_closures import SeasonalClosure

BEFORE = 15 * MINUTE_MS
"""A value is compared with the one this long (ms) before, for its trend."""
TREND_WITHIN_S = 1.0
"""The board shows no trend rather than wait longer for an outside history."""


@dataclass(frozen=True, slots=True)
class RoomNow:
    """`value`: air temperature (°C) at the worst position. None if no value is fresh; `last_value` and
    `last_at` are then the latest known. `limit`: the air temperature's. `contents`: (produce id, g),
    most first. `interval_s`: the probe's usual reporting interval. `typed`: the latest manual readings,
    never fresh. `read`: the manual reading that is newer than any probe's value, if no value is fresh.
    `rest`: the room's seasonal closure. `silence`: how many of its probes are silent."""

    room: Room
    site: Site
    state: RoomState
    verdict: Verdict | None
    value: float | None
    spot: str | None
    at: int | None
    direction: str | None
    limit: Limit | None
    humidity: float | None
    co2: float | None
    last_value: float | None
    last_at: int | None
    probes: tuple[ProbeNow, ...]
    contents: tuple[tuple[str, int], ...]
    alert: Alert | None
    interval_s: int | None
    typed: tuple[ProbeNow, ...] = ()
    read: ProbeNow | None = None
    rest: SeasonalClosure | None = None
    silence: SilentShare = NONE_SILENT


class RecentTrend(NamedTuple):
    """Of a series: the usual interval between points (s), and the raw value 15 minutes ago."""

    interval_s: int | None
    before: float | None


def rooms_now(dbs: Databases, now: int, history: History | None = None) -> list[RoomNow]:
    """All rooms, worst first. `history`: an outside history, which then provides the trends."""
    return _look(dbs, now, None, history)


def room_now(dbs: Databases, room: int, now: int, history: History | None = None) -> RoomNow | None:
    """One room. None if it does not exist."""
    return next(iter(_look(dbs, now, room, history)), None)


def _look(dbs: Databases, now: int, only: int | None, history: History | None) -> list[RoomNow]:
    """One room or all, worst first."""
    with dbs.records.read() as tx:
        records = _read_records(tx, now, only)
    with dbs.journal.read() as tx:
        values = latest_values(tx, records.corrections)
        values_by_probe = _by_probe(values)
        usual_age_of = {late.device: late.age for late in usual_ages(tx)}
        lead = max(0, clock_lead(tx))
        now = max(now, journal.last_received_at(tx))  # stamps run ahead of a clock that was set back
    placed: dict[int, list[_PlacedValue]] = defaultdict(list)
    for placement in records.placements:
        for value in values_by_probe.get((placement.device, placement.position), ()):
            usual_age = min(
                max(0, value.received_at - value.at), usual_age_of.get(placement.device, 0) + lead
            )
            placed[placement.room].append(_PlacedValue(placement, value, usual_age))
    looked_up = _looked_up(pair.value for pairs in placed.values() for pair in pairs)
    with dbs.history.read() as tx:
        trends = _recent(tx, looked_up, records.intervals)
    if history is not None:
        trends |= _from_outside(history, looked_up, trends, now)
    manual = _manual(values_by_probe)
    heard = {(value.device, value.position) for value in values}
    mute = [place for place in records.placements if (place.device, place.position) not in heard]
    judged = [
        _room_now(room, records, placed.get(room.id, []), manual.get(room.id, []), trends, now)
        for room in records.rooms
    ]
    return [
        replace(
            entry,
            silence=silent_share(entry.probes, [place for place in mute if place.room == entry.room.id], now),
        )
        for _, entry in sorted(judged, key=lambda pair: pair[0])
    ]


class _Records(NamedTuple):
    """Rows of the records database; mappings with int keys are by room, except `sites` and `intervals`."""

    rooms: list[Room]
    sites: dict[int, Site]
    placements: list[Placement]
    limits: dict[int, list[Limit]]
    contents: dict[int, list[tuple[str, int]]]
    alerts: dict[int, Alert]
    alert_verdicts: dict[int, dict[AlertSubject, Verdict | None]]
    freezing_points: dict[str, float]
    corrections: OffsetTable
    intervals: dict[int, int]
    closures: dict[int, SeasonalClosure]


def _read_records(tx: Connection, now: int, only: int | None) -> _Records:
    open_alerts = alerts(tx, room=only, status=OPEN, limit=10_000)
    return _Records(
        rooms=[room for room in rooms(tx) if only in (None, room.id)],
        sites={site.id: site for site in sites(tx)},
        placements=placements(tx, at=now, room=only),
        limits=limit_store.all_current(tx) if only is None else {only: limit_store.current(tx, only)},
        contents=stock_on_hand.contents(tx, room=only),
        alerts=worst_alerts(open_alerts),
        alert_verdicts=_verdicts_by_room(tx, open_alerts),
        freezing_points=freezing_points(tx),
        corrections=corrections(tx),
        intervals=intervals(tx),
        closures=seasonal_closures.current(tx),
    )


def _verdicts_by_room(
    tx: Connection, open_alerts: Sequence[Alert]
) -> dict[int, dict[AlertSubject, Verdict | None]]:
    by_room: dict[int, dict[AlertSubject, Verdict | None]] = defaultdict(dict)
    for alert, verdict in verdicts(tx, open_alerts):
        by_room[alert.room][subject_of(alert)] = verdict
    return by_room


class _PlacedValue(NamedTuple):
    """`usual_age`: how old (ms) it was when it arrived, as far as that is usual: its device is always late,
    or this machine's clock is ahead."""

    placement: Placement
    value: LatestValue
    usual_age: int


def _by_probe(values: Sequence[LatestValue]) -> dict[tuple[str, str], list[LatestValue]]:
    by_probe: dict[tuple[str, str], list[LatestValue]] = defaultdict(list)
    for value in values:
        if value.metric in ON_BOARD:
            by_probe[value.device, value.position].append(value)
    return by_probe


def _room_now(
    room: Room,
    records: _Records,
    placed: Sequence[_PlacedValue],
    manual: Sequence[ProbeNow],
    trends: Mapping[int, RecentTrend],
    now: int,
) -> tuple[tuple[int, float, int, int], RoomNow]:
    """The room, with its sort key."""
    unknown = RecentTrend(None, None)
    intervals = device_intervals(
        (value.device, trends.get(value.series, unknown).interval_s) for _, value, _ in placed
    )
    probes = tuple(
        _probe(place, value, intervals[value.device], now, usual_age) for place, value, usual_age in placed
    )
    contents = tuple(records.contents.get(room.id, ()))
    facts = RoomFacts(
        probes=probes,
        manual=manual,
        limits=records.limits.get(room.id, []),
        contents=contents,
        freezing_points=records.freezing_points,
        alert=records.alerts.get(room.id),
        alert_verdicts=records.alert_verdicts.get(room.id, {}),
        has_probe=any(placement.room == room.id for placement in records.placements),
        declared_empty=room.empty_since is not None,
        resting=room.id in records.closures,
    )
    judged = judge_room(facts, now)
    worst, last = judged.worst, judged.last
    shown = worst or last
    raw = {value.series: value.raw for _, value, _ in placed}  # raw, because a calibration is not a trend
    entry = RoomNow(
        room=room,
        site=records.sites[room.site],
        state=judged.state,
        verdict=judged.verdict,
        value=worst.value if worst else None,
        spot=shown.spot if shown else None,
        at=worst.at if worst else None,
        direction=status.trend(raw[worst.series], trends[worst.series].before) if worst else None,
        limit=judged.limit,
        humidity=judged.humidity,
        co2=judged.co2,
        last_value=last.value if last else None,
        last_at=last.at if last else None,
        probes=probes,
        contents=contents,
        alert=facts.alert,
        interval_s=intervals.get(shown.device) if shown else None,
        typed=tuple(manual),
        read=judged.read,
        rest=records.closures.get(room.id),
    )
    return status.sort_key(judged.state, judged.excess, room.sort, room.id), entry


def _manual(values_by_probe: Mapping[tuple[str, str], list[LatestValue]]) -> dict[int, list[ProbeNow]]:
    """Room -> the latest manual readings; they have no interval and are never fresh."""
    by_room: dict[int, list[ProbeNow]] = defaultdict(list)
    for (device, position), values in values_by_probe.items():
        place = manual_placement(device, position)
        if place is not None:
            by_room[place.room] += [without_freshness(_probe(place, value, None, 0)) for value in values]
    return by_room


def _probe(
    placement: Placement, value: LatestValue, interval_s: int | None, now: int, usual_age: int = 0
) -> ProbeNow:
    return ProbeNow(
        series=value.series,
        device=value.device,
        position=value.position,
        spot=placement.spot,
        position_class=placement.position_class,
        metric=value.metric,
        value=value.value,
        at=value.at,
        flags=value.flags,
        fresh=status.is_fresh(value.at, value.flags, interval_s, now, usual_age),
        doubtful=status.is_doubtful(value.flags),
    )


def _looked_up(values: Iterable[LatestValue]) -> list[LatestValue]:
    """Series to look up in the history: a device's temperatures; all series of a device without one."""
    placed = list(values)
    thermometers = {value.device for value in placed if value.metric == "temperature"}
    return [value for value in placed if value.metric == "temperature" or value.device not in thermometers]


_RECENT = f"""
SELECT json_extract(w.value, '$[0]'),
  (SELECT group_concat(at) FROM (SELECT at FROM points WHERE series = json_extract(w.value, '$[0]')
     ORDER BY at DESC LIMIT {status.LEARN_FROM})),
  (SELECT value FROM points WHERE series = json_extract(w.value, '$[0]')
     AND at BETWEEN json_extract(w.value, '$[1]') - {4 * BEFORE} AND json_extract(w.value, '$[1]') - {BEFORE}
     AND NOT flags & {int(NOT_COUNTED)} ORDER BY at DESC LIMIT 1)
FROM json_each(?) AS w
"""


def _recent(
    tx: Connection, values: Sequence[LatestValue], learned: Mapping[int, int]
) -> dict[int, RecentTrend]:
    """Trends from the latest points, in one statement with a few index steps per series.

    The alert engine has `learned` intervals (ms) between arrivals. They are longer if a device sends its
    readings in batches, and the only ones with an outside history, which has no rows here.
    """
    moments = json.dumps([(value.series, value.at) for value in values])
    learned_s = {series: max(1, round(ms / 1000)) for series, ms in learned.items()}
    trends = {value.series: RecentTrend(learned_s.get(value.series), None) for value in values}
    for series, ats, before in tx.exec_driver_sql(_RECENT, (moments,)):
        times = [int(at) for at in ats.split(",")] if ats else []
        intervals_s = (status.usual_interval(times), learned_s.get(int(series)))
        longest = max((seconds for seconds in intervals_s if seconds is not None), default=None)
        trends[int(series)] = RecentTrend(longest, before)
    return trends


def _from_outside(
    history: History, values: Sequence[LatestValue], recent: Mapping[int, RecentTrend], now: int
) -> dict[int, RecentTrend]:
    """Trends of fresh values without points in `history.db`. Empty if the outside store is unreachable."""
    wanted = [
        value.series for value in values if recent[value.series].before is None and value.at > now - BEFORE
    ]
    try:
        with answer_within(TREND_WITHIN_S):
            values_before = history.latest(wanted, now - 4 * BEFORE, now - BEFORE) if wanted else {}
    except StoreError:
        return {}
    return {series: recent[series]._replace(before=before) for series, before in values_before.items()}
