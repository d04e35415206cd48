"""What the engine knows between two rows of the journal: rooms, limits, probes, and their last words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from core.alerts.alerts import (
    FAULT_METRICS,
    AlertKey,
    Condition,
    ConditionState,
    ProbeObservation,
    RoomObservation,
    learn_interval,
    quiet_after,
)
from core.readings.calibrations import OffsetTable, Steps, corrected, offset_at
from core.readings.readings import DOUBTFUL, NEVER_ALERTS, Flag, Reading
from core.rooms.limits import Limit
from core.rooms.places import Placement, PositionClass
from store.alerts import alerts as alert_store
from store.alerts.alerts import ProbeHeard
from store.journal.series import Series
from store.readings.calibrations import corrections
from store.rooms.limits import all_current
from store.rooms.places import placements, rooms

Group = tuple[int, str, str]
"""Room, metric, position class: what one limit is about."""

STANDS_STILL = int(Flag.STUCK | Flag.PINNED)
NOT_HEARD = int(Flag.TIME_UNKNOWN | Flag.PERSON)
HEARTBEAT_GAP = 15_000
"""Heartbeats come every 5 s; across a longer gap nobody knows whether we listened."""


@dataclass(slots=True)
class ProbeState:
    """The last words of a series. `value` (raw) and `at` are of the newest believable reading, `doubted` says
    that a later one was not, `fault` why (core.readings.readings.Flag) and `said` what it was; `heard` is
    on the clock that runs only while we listen."""

    at: int
    value: float | None
    doubted: bool
    heard: int
    interval: int | None
    fault: int = 0
    said: float | None = None


@dataclass(frozen=True, slots=True)
class PlacedSeries:
    """Where a series stands, and by what its values are corrected. What it said before `valid_from` was
    about another place."""

    series: int
    group: Group
    spot: str
    valid_from: int
    steps: Steps


class RoomConfig:
    """Placements, limits and empty rooms as they are; read anew whenever one of them changed."""

    def __init__(self) -> None:
        self.slots: dict[int, PlacedSeries] = {}
        self.groups: dict[Group, list[PlacedSeries]] = {}
        self.limits: dict[Group, Limit] = {}
        self.empty: set[int] = set()
        self.rooms: list[int] = []

    def read(self, tx: Connection, at: int | None, series: Iterable[Series]) -> None:
        """Placements as they were at `at` (ms), or as they are."""
        placed = {(p.device, p.position): p for p in placements(tx, at=at)}
        known = corrections(tx)
        self.slots = {}
        groups: dict[Group, list[PlacedSeries]] = defaultdict(list)
        for one in series:
            place = placed.get((one.device, one.position))
            if place is not None:
                slot = _slot(one, place, known)
                self.slots[one.id] = slot
                groups[slot.group].append(slot)
        self.groups = dict(groups)
        self.limits = {
            (room, limit.metric, limit.position_class): limit
            for room, found in all_current(tx).items()
            for limit in found
        }
        all_rooms = rooms(tx)
        self.rooms = [room.id for room in all_rooms]
        self.empty = {room.id for room in all_rooms if room.empty_since is not None}


def _slot(series: Series, place: Placement, known: OffsetTable) -> PlacedSeries:
    group = (place.room, series.metric, str(place.position_class))
    steps = known.of(series.device, series.metric, series.position)
    return PlacedSeries(series.id, group, place.spot, place.valid_from, steps)


class EngineState:
    """All that must survive a restart, with marks on what changed since it was last kept."""

    def __init__(self) -> None:
        self.states: dict[AlertKey, ConditionState] = {}
        self.probes: dict[int, ProbeState] = {}
        self.listened = 0
        self.beat_at = 0
        self.beat_connected = False
        self.dirty_states: set[AlertKey] = set()
        self.dirty_probes: set[int] = set()

    @staticmethod
    def read(tx: Connection) -> "EngineState":
        self = EngineState()
        self.states = alert_store.states(tx)
        self.probes = {p.series: ProbeState(*p[1:]) for p in alert_store.heard(tx)}
        self.listened, self.beat_at, self.beat_connected = alert_store.listening(tx)
        return self

    def keep(self, tx: Connection) -> None:
        alert_store.keep_states(tx, {key: self.states[key] for key in self.dirty_states})
        probes = ((ident, self.probes[ident]) for ident in self.dirty_probes)
        alert_store.keep_heard(
            tx,
            [
                ProbeHeard(ident, h.at, h.value, h.doubted, h.heard, h.interval, h.fault, h.said)
                for ident, h in probes
            ],
        )
        alert_store.keep_listening(tx, self.listened, self.beat_at, self.beat_connected)

    def kept(self) -> None:
        """What `keep` wrote is committed."""
        self.dirty_states.clear()
        self.dirty_probes.clear()

    def beat(self, at: int, connected: bool) -> None:
        if self.beat_connected and connected and 0 < at - self.beat_at <= HEARTBEAT_GAP:
            self.listened += at - self.beat_at
        self.beat_at, self.beat_connected = at, connected

    def set_back(self, now: int) -> None:
        """What was seen last was stamped by a clock that was far ahead: nothing counts as later than now."""
        for key, state in self.states.items():
            since = None if state.since is None else min(state.since, now)
            hard = None if state.hard_since is None else min(state.hard_since, now)
            judged, worst = min(state.judged_at, now), min(state.worst_at, now)
            self.states[key] = replace(state, since=since, hard_since=hard, judged_at=judged, worst_at=worst)
        for known in self.probes.values():
            known.at = min(known.at, now)
        self.dirty_states.update(self.states)
        self.dirty_probes.update(self.probes)

    def hear(self, readings: Iterable[Reading], slots: dict[int, PlacedSeries]) -> set[Group]:
        """Takes in what probes said, also those that stand nowhere, whose interval is learned; answers
        which groups of the rooms have news."""
        news: set[Group] = set()
        for series, at, value, flags, _claimed in readings:
            if flags & NOT_HEARD:
                continue
            slot = slots.get(series)
            known = self.probes.get(series)
            if known is None:
                known = self.probes[series] = ProbeState(0, None, False, self.listened, None)
            elif self.listened > known.heard:
                known.interval = learn_interval(known.interval, self.listened - known.heard)
                known.heard = self.listened
            self.dirty_probes.add(series)
            if slot is not None:
                news.add(slot.group)
            if at < known.at:
                continue
            if not flags & NEVER_ALERTS:
                known.at, known.value, known.doubted, known.fault = at, value, False, 0
            elif flags & DOUBTFUL:
                known.doubted, known.fault, known.said = True, flags & DOUBTFUL, value
        return news

    def probe(self, slot: PlacedSeries) -> ProbeObservation | None:
        """None: it never said anything here."""
        known = self.probes.get(slot.series)
        if known is None:
            return None
        believed = known.value if known.at >= slot.valid_from else None
        if believed is not None:
            believed = corrected(believed, offset_at(slot.steps, known.at))
        quiet = self.listened - known.heard
        return ProbeObservation(
            believed,
            known.at,
            slot.spot,
            quiet,
            quiet_after(known.interval),
            known.doubted,
            _condition(known.fault),
            known.said or 0.0,
        )

    def faulty(self, slots: Iterable[PlacedSeries]) -> set[Group]:
        """The groups in which a probe is doubted."""
        return {
            slot.group
            for slot in slots
            if slot.group[1] in FAULT_METRICS
            and (known := self.probes.get(slot.series)) is not None
            and known.fault
        }

    def scene(self, now: int, house: RoomConfig, key: AlertKey) -> RoomObservation:
        """What the condition of `key` may look at: the probes of its class, or of the whole room where
        the key names none."""
        wanted = [key.position_class] if key.position_class else [PositionClass.AIR, PositionClass.CORE]
        slots = [slot for c in wanted for slot in house.groups.get((key.room, key.metric, str(c)), ())]
        probes = [probe for slot in slots if (probe := self.probe(slot)) is not None]
        limit = house.limits.get((key.room, key.metric, key.position_class))
        return RoomObservation(now, limit, probes, key.room in house.empty)


def _condition(fault: int) -> str:
    if fault & STANDS_STILL:
        return Condition.STUCK
    return Condition.IMPLAUSIBLE if fault else ""
