"""Every room as it is now: what the board, the room page and `/rooms` show."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection, select

from core.alerts.alerts import FAULTS, OPEN, Alert, Condition, Severity
from core.errors import StoreError
from core.overview import status
from core.overview.status import ProbeNow, RoomState, Verdict
from core.readings.manual_readings import stands
from core.readings.readings import MINUTE_MS, NOT_COUNTED
from core.rooms.limits import Limit
from core.rooms.places import Placement, PositionClass
from store.alerts.alerts import alerts
from store.catalogue.tables import produce
from store.database import Databases
from store.history import History
from store.journal.latest import LatestValue, latest_values
from store.readings.calibrations import corrections
from store.readings.reporting_intervals import intervals
from store.rooms import limits as limit_store
from store.rooms import seasonal_closures, stock_on_hand
from store.rooms.places import Room, Site, placements, rooms, sites
from store.rooms.seasonal_closures import SeasonalClosure

SHOWN = frozenset(("temperature", "humidity", "co2"))
_ALWAYS = 1 << 62
BEFORE = 15 * MINUTE_MS
"""How far back a value is compared with, to say whether the air rises or falls."""


@dataclass(frozen=True, slots=True)
class RoomNow:
    """`value` is the air temperature at the worst position, `None` when no value is fresh: then
    `last_value` and `last_at` are the newest one known. `limit` is the one for the air's temperature;
    `contents` is (produce id, grams), most first; `interval_s` is how often its probe usually speaks.
    `typed` are the newest values that a person read there, never fresh; `read` is the one that is all that
    is known of its air now: younger than what a probe said last. `rest` where it rests for the season."""

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


class RecentTrend(NamedTuple):
    """Of one series: the usual seconds between points, and its raw value a quarter of an hour ago."""

    interval_s: int | None
    before: float | None


def rooms_now(dbs: Databases, now: int, history: History | None = None) -> list[RoomNow]:
    """All rooms, worst first. Where the history lives outside, `history` says what rises and falls."""
    return _look(dbs, now, None, history)


def room_now(dbs: Databases, room: int, now: int, history: History | None = None) -> RoomNow | None:
    """One room; `None` where there is no such room."""
    return next(iter(_look(dbs, now, room, history)), None)


def _look(dbs: Databases, now: int, only: int | None, history: History | None) -> list[RoomNow]:
    with dbs.records.read() as tx:
        known_rooms = [found for found in rooms(tx) if only in (None, found.id)]
        known_sites = {site.id: site for site in sites(tx)}
        standing = placements(tx, at=now, room=only)
        limits = limit_store.all_current(tx) if only is None else {only: limit_store.current(tx, only)}
        held = stock_on_hand.contents(tx, room=only)
        told = _worst_alerts(alerts(tx, room=only, status=OPEN, limit=10_000))
        freezing = _freezing_points(tx)
        known = corrections(tx)
        learned = intervals(tx)
        resting = seasonal_closures.current(tx)
    with dbs.journal.read() as tx:
        by_probe = _by_probe(latest_values(tx, known))
    typed = _typed(by_probe)
    placed: dict[int, list[tuple[Placement, LatestValue]]] = defaultdict(list)
    for placement in standing:
        for value in by_probe.get((placement.device, placement.position), ()):
            placed[placement.room].append((placement, value))
    telling = _telling(value for found in placed.values() for _, value in found)
    with dbs.history.read() as tx:
        recent = _recent(tx, telling, learned)
    if history is not None:
        recent |= _from_outside(history, telling, recent, now)
    with_probes = {placement.room for placement in standing}
    seen = [
        _room_now(
            room,
            known_sites[room.site],
            placed.get(room.id, []),
            recent,
            limits.get(room.id, []),
            tuple(held.get(room.id, ())),
            told.get(room.id),
            freezing,
            room.id in with_probes,
            now,
            tuple(typed.get(room.id, ())),
            resting.get(room.id),
        )
        for room in known_rooms
    ]
    return [entry for _, entry in sorted(seen, key=lambda pair: pair[0])]


def _by_probe(values: Sequence[LatestValue]) -> dict[tuple[str, str], list[LatestValue]]:
    found: dict[tuple[str, str], list[LatestValue]] = defaultdict(list)
    for value in values:
        if value.metric in SHOWN:
            found[value.device, value.position].append(value)
    return found


def _room_now(
    room: Room,
    site: Site,
    placed: Sequence[tuple[Placement, LatestValue]],
    recent: dict[int, RecentTrend],
    limits: Sequence[Limit],
    contents: tuple[tuple[str, int], ...],
    alert: Alert | None,
    freezing_points: Mapping[str, float],
    has_probe: bool,
    now: int,
    typed: tuple[ProbeNow, ...],
    rest: SeasonalClosure | None,
) -> tuple[tuple[int, float, int, int], RoomNow]:
    intervals = _device_intervals(placed, recent)
    probes = tuple(_probe(placement, value, intervals, now) for placement, value in placed)
    raw = {value.series: value.raw for _, value in placed}  # a calibration is no rise of the air
    air = _limit(limits, "temperature")
    freezing = _freezing(limits, contents, freezing_points)
    judged = [found for limit in limits if (found := status.judge(limit, probes, freezing))]
    worst = status.worst_probe(probes, "temperature", PositionClass.AIR, air)
    last = None if worst else _last_air(probes)
    read = None if worst else _read(typed, last)
    judged += status.judge_by_hand(limits, _unwatched(typed, probes), freezing, now)
    word_by = status.worst_judged(judged)
    shown = worst or last
    state = status.state(
        judged,
        measured=worst is not None,
        placed=has_probe,
        registered=bool(limits),
        empty=room.empty_since is not None and not contents,
        alert=alert.severity if alert else None,
        alert_is_silence=alert is not None and alert.condition == Condition.SILENT,
        resting=rest is not None,
    )
    verdict = word_by.verdict if word_by else None
    if verdict is None and alert is not None:
        verdict = _verdict_of_alert(alert, limits, freezing)
    entry = RoomNow(
        room=room,
        site=site,
        state=state,
        verdict=verdict,
        value=worst.value if worst else None,
        spot=shown.spot if shown else None,
        at=worst.at if worst else None,
        direction=status.direction(raw[worst.series], recent[worst.series].before) if worst else None,
        limit=air,
        humidity=_worst_value(probes, "humidity", limits),
        co2=_worst_value(probes, "co2", limits),
        last_value=last.value if last else None,
        last_at=last.at if last else None,
        probes=probes,
        contents=contents,
        alert=alert,
        interval_s=intervals.get(shown.device) if shown else None,
        typed=typed,
        read=read,
        rest=rest,
    )
    return status.sort_key(state, word_by.excess if word_by else 0.0, room.sort, room.id), entry


def _typed(by_probe: Mapping[tuple[str, str], list[LatestValue]]) -> dict[int, list[ProbeNow]]:
    """Room -> the newest values that people read there; never now, and of no interval."""
    found: dict[int, list[ProbeNow]] = defaultdict(list)
    for (device, position), values in by_probe.items():
        place = stands(device, position)
        if place is not None:
            known: dict[str, int | None] = {device: None}
            found[place.room] += [replace(_probe(place, one, known, 0), fresh=False) for one in values]
    return found


def _read(typed: Sequence[ProbeNow], last: ProbeNow | None) -> ProbeNow | None:
    """The newest look at the air's thermometer, if no probe said anything since."""
    mine = _last_air(typed)
    return mine if mine is not None and (last is None or mine.at > last.at) else None


def _unwatched(typed: Sequence[ProbeNow], probes: Sequence[ProbeNow]) -> list[ProbeNow]:
    """What a person read where no probe of that class is alive, nor spoke since."""
    heard: dict[tuple[str, str], int] = {}
    for one in probes:
        key = (one.metric, one.position_class)
        heard[key] = max(heard.get(key, 0), _ALWAYS if one.fresh else one.at)
    return [one for one in typed if one.at > heard.get((one.metric, one.position_class), 0)]


def _probe(placement: Placement, value: LatestValue, intervals: dict[str, int | None], now: int) -> ProbeNow:
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
        fresh=status.is_fresh(value.at, value.flags, intervals[value.device], now),
        doubtful=status.is_doubtful(value.flags),
    )


def _device_intervals(
    placed: Sequence[tuple[Placement, LatestValue]], recent: dict[int, RecentTrend]
) -> dict[str, int | None]:
    """A device speaks as often as the most talkative of its series."""
    found: dict[str, int | None] = {}
    for _, value in placed:
        known = recent.get(value.series)
        mine, best = known.interval_s if known else None, found.get(value.device)
        found[value.device] = min((s for s in (mine, best) if s is not None), default=None)
    return found


def _limit(limits: Sequence[Limit], metric: str) -> Limit | None:
    air = (limit for limit in limits if limit.metric == metric and limit.position_class == PositionClass.AIR)
    return next(air, None)


def _worst_value(probes: Sequence[ProbeNow], metric: str, limits: Sequence[Limit]) -> float | None:
    worst = status.worst_probe(probes, metric, PositionClass.AIR, _limit(limits, metric))
    return worst.value if worst else None


def _last_air(probes: Sequence[ProbeNow]) -> ProbeNow | None:
    known = [
        p
        for p in probes
        if p.metric == "temperature" and p.position_class == PositionClass.AIR and not p.flags & NOT_COUNTED
    ]
    return max(known, key=lambda p: p.at, default=None)


def _freezing(
    limits: Sequence[Limit], contents: Sequence[tuple[str, int]], points: Mapping[str, float]
) -> float | None:
    """The highest freezing point among what the limits are for, else among what lies there."""
    asked = {name for limit in limits for name in limit.produce} or {name for name, _ in contents}
    return max((points[name] for name in asked if name in points), default=None)


def _freezing_points(tx: Connection) -> dict[str, float]:
    """Produce -> freezing point (°C), where it has one; without reading the whole catalogue."""
    asked = select(produce.c.id, produce.c.facts["freezing"].as_float())
    return {ident: point for ident, point in tx.execute(asked) if point is not None}


def _verdict_of_alert(alert: Alert, limits: Sequence[Limit], freezing: float | None) -> Verdict | None:
    for limit in limits:
        if limit.metric == alert.metric and limit.position_class == alert.position_class:
            return status.verdict(alert.worst, limit, freezing)
    return None


def _worst_alerts(found: Iterable[Alert]) -> dict[int, Alert]:
    """Room -> its worst open alert: critical before warning, then the oldest. A probe's fault says nothing
    about the room: it shows in what can still be measured."""
    worst: dict[int, Alert] = {}
    of_rooms = (alert for alert in found if alert.condition not in FAULTS)
    for alert in sorted(of_rooms, key=lambda a: (a.severity != Severity.CRITICAL, a.since, a.id)):
        worst.setdefault(alert.room, alert)
    return worst


def _telling(values: Iterable[LatestValue]) -> list[LatestValue]:
    """The series that are looked up in the history: a device's temperatures; of one without, all."""
    found = list(values)
    warm = {value.device for value in found if value.metric == "temperature"}
    return [value for value in found if value.metric == "temperature" or value.device not in warm]


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
    """What the last points say, a few index steps per series in one statement.

    Where the history lives outside (no rows here) intervals are those that the alert engine `learned` (ms).
    """
    asked = json.dumps([(value.series, value.at) for value in values])
    known = {number: max(1, round(ms / 1000)) for number, ms in learned.items()}
    found = {value.series: RecentTrend(known.get(value.series), None) for value in values}
    for series, ats, before in tx.exec_driver_sql(_RECENT, (asked,)):
        times = [int(at) for at in ats.split(",")] if ats else []
        found[int(series)] = RecentTrend(status.usual_interval(times) or known.get(int(series)), before)
    return found


def _from_outside(
    history: History, values: Sequence[LatestValue], recent: Mapping[int, RecentTrend], now: int
) -> dict[int, RecentTrend]:
    """For fresh values of which `history.db` knows nothing. When the store is away nothing rises or falls."""
    wanted = [
        value.series for value in values if recent[value.series].before is None and value.at > now - BEFORE
    ]
    try:
        found = history.latest(wanted, now - 4 * BEFORE, now - BEFORE) if wanted else {}
    except StoreError:
        return {}
    return {one: recent[one]._replace(before=before) for one, before in found.items()}
