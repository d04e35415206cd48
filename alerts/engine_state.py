"""The alert engine's state between two journal rows: condition states and the last reports of probes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection

from alerts.room_config import ROOM_METRIC, PlacedSeries, ProbeGroup, RoomConfig
from alerts.silence_observer import SilenceObserver
from core.alerts.alerts import AlertKey, Condition
from core.alerts.conditions import of_scope
from core.alerts.conditions.contract import Scope
from core.alerts.judging import ConditionState, ProbeObservation, RoomObservation
from core.alerts.reporting_interval import learn_interval, quiet_after
from core.metrics import SENDS
from core.readings.calibrations import corrected, offset_at
from core.readings.monotonic_stamp import STEP_MS
from core.readings.readings import DOUBTFUL, NEVER_ALERTS, Flag, Reading
from core.rooms.places import PositionClass
from store.alerts import engine_state as store
from store.alerts.engine_state import Listening, StoredProbe

Due = tuple[AlertKey, Callable[[], RoomObservation]]
"""A key to judge and a function that makes its observation; an error in it affects only this key."""

STANDS_STILL = int(Flag.STUCK | Flag.PINNED)
LATE = int(Flag.LATE)
NOT_REPORTED = int(Flag.TIME_UNKNOWN | Flag.PERSON)
"""Flags of values that do not prove that the probe is alive."""
HEARTBEAT_GAP_MS = 15_000
"""Heartbeats come every 5 s. After a longer gap the listener may have been disconnected."""
BY_LIMIT = of_scope(Scope.LIMIT)
BY_ROOM = of_scope(Scope.ROOM)
BY_PROBE = of_scope(Scope.PROBE)


@dataclass(slots=True)
class ProbeState:
    """The last reports of a series. `value` (raw) and `at` (ms): the latest plausible reading. `doubted`:
    a later reading was implausible; `fault` is the reason (core.readings.readings.Flag) and `doubted_value`
    its value. `age`: how old (ms) the value was when it arrived. `heard`: time of the last report that was
    not late, on a clock that runs only while the listener is connected; `last_report`: of any report."""

    at: int
    value: float | None
    doubted: bool
    heard: int
    interval: int | None
    fault: int = 0
    doubted_value: float | None = None
    age: int = 0
    last_report: int = field(default=0, compare=False)  # not stored: a gap of no report is learned later


class EngineState:
    """The state that must survive a restart, and which parts changed since the last save."""

    def __init__(self) -> None:
        self.states: dict[AlertKey, ConditionState] = {}
        self.probes: dict[int, ProbeState] = {}
        self.listening = Listening()
        self.dirty_states: set[AlertKey] = set()
        self.dirty_probes: set[int] = set()

    @staticmethod
    def read(tx: Connection) -> "EngineState":
        state = EngineState()
        state.states = store.condition_states(tx)
        state.probes = {probe.series: _probe_state(probe) for probe in store.probes(tx)}
        state.listening = store.listening(tx)
        return state

    def save(self, tx: Connection) -> None:
        store.save_condition_states(tx, {key: self.states[key] for key in self.dirty_states})
        store.save_probes(tx, [_stored(series, self.probes[series]) for series in self.dirty_probes])
        store.save_listening(tx, self.listening)

    def on_committed(self) -> None:
        """Call after the transaction of `save` has committed."""
        self.dirty_states.clear()
        self.dirty_probes.clear()

    def remember(self, key: AlertKey, state: ConditionState) -> None:
        self.states[key] = state
        self.dirty_states.add(key)

    # --- input from the journal ---

    def follow_readings(self, now: int, readings: Iterable[Reading], config: RoomConfig) -> Iterator[Due]:
        """Stores what probes reported; yields the keys to judge because of it."""
        self._handle_clock_set_back(now)
        for group in self._store_reports(now, readings, config.placed):
            for key in self._keys_of(group, config):
                yield key, partial(self.observe, now, config, key)

    def follow_heartbeat(self, now: int, connected: bool, config: RoomConfig) -> Iterator[Due]:
        """Advances time: delays end, probes fall silent and limits change without any reading."""
        self._handle_clock_set_back(now)
        last = self.listening
        gap = now - last.at
        listened = last.connected and connected and 0 < gap <= HEARTBEAT_GAP_MS
        self.listening = Listening(last.ms + gap if listened else last.ms, now, connected)
        self._await(config)
        observer = SilenceObserver(config, self.states, self._probe)
        heard = ((series, probe.heard) for series, probe in self.probes.items())
        silent = observer.keys(heard, self.listening.ms)
        silent |= {key for key, state in self.states.items() if key.series and state != ConditionState()}
        # Before the limits, so an alert of a probe that died is still open when its silence is judged.
        for key in sorted(silent):
            yield key, partial(observer.room_observation, now, key)
        for key in self._all_keys(config):
            yield key, partial(self.observe, now, config, key)

    def _await(self, config: RoomConfig) -> None:
        """Remembers since when a placed probe is awaited, on the clock of the connected listener."""
        for place in config.awaited():
            if place.series not in self.probes:
                self.probes[place.series] = ProbeState(0, None, False, self.listening.ms, None)
                self.dirty_probes.add(place.series)

    def _handle_clock_set_back(self, now: int) -> None:
        """After the clock was set back, moves later times to `now`."""
        if now >= self.listening.at - STEP_MS:
            return
        self.states = {key: state.before(now) for key, state in self.states.items()}
        for probe in self.probes.values():
            probe.at = min(probe.at, now)
        self.dirty_states.update(self.states)
        self.dirty_probes.update(self.probes)

    def _store_reports(
        self, now: int, readings: Iterable[Reading], placed: dict[int, PlacedSeries]
    ) -> set[ProbeGroup]:
        """Returns the groups with new reports. Unplaced probes are stored too, to learn their interval.

        A late reading belongs to the past. It says nothing about now, so its probe is not heard by it.
        """
        changed: set[ProbeGroup] = set()
        listened = self.listening.ms
        for series, at, value, flags, _claimed in readings:
            if flags & NOT_REPORTED:
                continue
            probe = self.probes.get(series)
            if probe is None:
                probe = self.probes[series] = ProbeState(0, None, False, listened, None, last_report=listened)
            elif listened > probe.last_report:
                probe.interval = learn_interval(probe.interval, listened - probe.last_report)
                probe.last_report = listened
            self.dirty_probes.add(series)
            place = placed.get(series)
            if place is not None:
                changed.add(place.group)
            if flags & LATE:
                continue
            probe.heard = listened
            if at < probe.at:
                continue
            if not flags & NEVER_ALERTS:
                probe.at, probe.value, probe.doubted, probe.fault = at, value, False, 0
                probe.age = now - at
            elif flags & DOUBTFUL:
                probe.doubted, probe.fault, probe.doubted_value = True, flags & DOUBTFUL, value
        return changed

    def _keys_of(self, group: ProbeGroup, config: RoomConfig) -> Iterator[AlertKey]:
        """The keys that a report of a probe of the group may start, change or end."""
        room, metric, position_class = group
        for condition in BY_LIMIT:
            key = AlertKey(room, condition, metric, position_class)
            if group in config.limits or key in self.states:
                yield key
        for condition in BY_PROBE:
            key = AlertKey(room, condition, metric, position_class)
            if key in self.states or self._faulty(config.groups.get(group, ())):
                yield key
        if metric == ROOM_METRIC:
            for condition in BY_ROOM:
                key = AlertKey(room, condition, metric, "")
                if key in self.states:
                    yield key

    def _all_keys(self, config: RoomConfig) -> list[AlertKey]:
        keys = {
            AlertKey(g.room, condition, g.metric, g.position_class)
            for g in config.limits
            for condition in BY_LIMIT
        }
        keys |= {AlertKey(room, c, ROOM_METRIC, "") for room in config.rooms for c in BY_ROOM}
        faulty = self._faulty(config.placed.values())
        keys |= {
            AlertKey(g.room, condition, g.metric, g.position_class) for g in faulty for condition in BY_PROBE
        }
        keys |= {key for key, state in self.states.items() if state != ConditionState() and not key.series}
        return sorted(keys)

    def _faulty(self, placed: Iterable[PlacedSeries]) -> set[ProbeGroup]:
        """The groups with a doubted probe."""
        return {
            place.group
            for place in placed
            if place.group.metric in SENDS
            and (probe := self.probes.get(place.series)) is not None
            and probe.fault
        }

    # --- observations for conditions ---

    def observe(self, now: int, config: RoomConfig, key: AlertKey) -> RoomObservation:
        """Observes the probes of the key's class, or of the whole room if the key has no class."""
        classes = [key.position_class] if key.position_class else [PositionClass.AIR, PositionClass.CORE]
        placed = [
            place
            for c in classes
            for place in config.groups.get(ProbeGroup(key.room, key.metric, str(c)), ())
        ]
        probes = [probe for place in placed if (probe := self._probe(place)) is not None]
        limit = config.limits.get(ProbeGroup(key.room, key.metric, key.position_class))
        return RoomObservation(now, limit, probes, key.room in config.empty)

    def _probe(self, place: PlacedSeries) -> ProbeObservation | None:
        """None if the series has never reported."""
        probe = self.probes.get(place.series)
        if probe is None:
            return None
        value = probe.value if probe.at >= place.valid_from else None
        if value is not None:
            value = corrected(value, offset_at(place.steps, probe.at))
        return ProbeObservation(
            value=value,
            at=probe.at,
            age=probe.age,
            spot=place.spot,
            quiet=self.listening.ms - probe.heard,
            quiet_after=quiet_after(probe.interval),
            doubted=probe.doubted,
            fault=_fault_condition(probe.fault),
            reported=probe.doubted_value or 0.0,
            regular=probe.interval is not None,
        )


def _probe_state(stored: StoredProbe) -> ProbeState:
    return ProbeState(
        at=stored.at,
        value=stored.value,
        doubted=stored.doubted,
        heard=stored.heard,
        interval=stored.interval,
        fault=stored.fault,
        doubted_value=stored.doubted_value,
        age=stored.age,
        last_report=stored.heard,
    )


def _stored(series: int, probe: ProbeState) -> StoredProbe:
    return StoredProbe(
        series=series,
        at=probe.at,
        value=probe.value,
        doubted=probe.doubted,
        heard=probe.heard,
        interval=probe.interval,
        fault=probe.fault,
        doubted_value=probe.doubted_value,
        age=probe.age,
    )


def _fault_condition(fault: int) -> str:
    if fault & STANDS_STILL:
        return Condition.STUCK
    return Condition.IMPLAUSIBLE if fault else ""
