"""When people must be told: each condition is a pure function of what it knew, what is seen, and now.

A condition takes (State, Scene) and answers (State, Decision). To add one (rise, exposure, co2 for
people, battery ...) write such a function and give it a line in `CONDITIONS`; the engine feeds it.

Rules that hold for all of them: nothing outside `Scene` is looked at; a probe that stops reporting
neither starts, continues nor ends anything (no data is not good news); a new version of the limits
starts every delay anew.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from core.readings.readings import HOUR_MS, MINUTE_MS
from core.rooms.limits import Limit


class Condition(StrEnum):
    HIGH = "high"
    LOW = "low"
    SILENT = "silent"
    IMPLAUSIBLE = "implausible"
    STUCK = "stuck"


class Severity(StrEnum):
    WARNING = "warning"
    CRITICAL = "critical"


class AlertStatus(StrEnum):
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN = (AlertStatus.ACTIVE, AlertStatus.ACKNOWLEDGED)


class Action(StrEnum):
    NOTHING = "nothing"
    ACTIVATE = "activate"
    ESCALATE = "escalate"
    RESOLVE = "resolve"


class Reason(StrEnum):
    """Why a decision fell as it did; kept with the alert's events."""

    NO_LIMIT = "no_limit"
    NOT_IN_FORCE = "not_in_force"
    NO_FRESH_DATA = "no_fresh_data"
    INSIDE = "inside"
    WAITING = "waiting"
    SAFE_DELAY_PASSED = "safe_delay_passed"
    HARD_DELAY_PASSED = "hard_delay_passed"
    STILL_OUTSIDE = "still_outside"
    BACK_INSIDE = "back_inside"
    LIMITS_CHANGED = "limits_changed"
    QUIET = "quiet"
    HEARD_AGAIN = "heard_again"
    ROOM_EMPTY = "room_empty"
    DOUBTED = "doubted"
    BELIEVED = "believed"


class AlertKey(NamedTuple):
    """What an alert is about. Not the device: a probe that is replaced does not make a second alert."""

    room: int
    condition: str
    metric: str
    position_class: str


class ProbeObservation(NamedTuple):
    """One probe of the room as it is known now.

    `value` and `at` (ms) are its newest believable reading, `value` is None where there was none;
    `doubted`: what it said since then (`said`) cannot be believed, for the reason of the condition `fault`.
    `quiet` is how long (ms) it said nothing while we were listening, `quiet_after` from when on its word
    is no longer fresh.
    """

    value: float | None
    at: int
    spot: str
    quiet: int = 0
    quiet_after: int = HOUR_MS
    doubted: bool = False
    fault: str = ""
    said: float = 0.0


class RoomObservation(NamedTuple):
    """All that a condition may look at. `limit` is None where the room keeps none for this."""

    now: int
    limit: Limit | None
    probes: Sequence[ProbeObservation]
    empty: bool = False  # a person declared the room empty


@dataclass(frozen=True, slots=True)
class ConditionState:
    """What a condition remembers between two looks; all times ms.

    `since` and `hard_since` are when the bounds were passed, `severity` that of the alert it raised,
    `judged_at` when there was fresh evidence last, `limit` the bound that counts.
    """

    version: int = 0
    since: int | None = None
    hard_since: int | None = None
    severity: str | None = None
    judged_at: int = 0
    limit: float = 0.0
    value: float = 0.0
    worst: float = 0.0
    worst_at: int = 0
    spot: str | None = None


class Decision(NamedTuple):
    action: Action
    reason: Reason
    severity: Severity | None = None


QUIET_AT_LEAST = 10 * MINUTE_MS
QUIET_UNKNOWN = HOUR_MS
INTERVAL_AT_MOST = 2 * HOUR_MS
FAULT_DELAY = 15 * MINUTE_MS
"""So long a probe says what cannot be true before anybody is sent: 85.0 °C for a moment is its start."""


def quiet_after(interval: int | None) -> int:
    """After how long (ms) without a word a probe that speaks every `interval` ms is called silent."""
    if interval is None:
        return QUIET_UNKNOWN
    return max(QUIET_AT_LEAST, 3 * min(interval, INTERVAL_AT_MOST))


def learn_interval(interval: int | None, gap: int) -> int:
    """The longest usual gap. It grows by steps and shrinks slowly, so that one outage neither hides the
    next nor makes a slow device silent forever."""
    if interval is None:
        return min(gap, INTERVAL_AT_MOST)
    grown = min(gap, max(2 * interval, QUIET_AT_LEAST), INTERVAL_AT_MOST)
    return max(grown, interval * 9 // 10)


def step(condition: str, state: ConditionState, scene: RoomObservation) -> tuple[ConditionState, Decision]:
    """What `condition` makes of the scene. KeyError: there is no such condition."""
    return CONDITIONS[condition](state, scene)


def _fresh(probes: Iterable[ProbeObservation], now: int) -> list[ProbeObservation]:
    return [p for p in probes if p.value is not None and not p.doubted and now - p.at <= p.quiet_after]


class _Band(NamedTuple):
    """One side of a limit, turned (`sign`) so that more is always worse."""

    sign: int
    safe: float | None
    hard: float | None
    hysteresis: float

    @property
    def bound(self) -> float | None:
        """The bound people are told: what the room should keep."""
        return self.hard if self.safe is None else self.safe

    def outside(self, value: float, bound: float | None) -> bool:
        return bound is not None and (value - bound) * self.sign > 0

    def clear(self, value: float) -> bool:
        """Back inside by the hysteresis."""
        return self.bound is None or (value - self.bound) * self.sign <= -self.hysteresis

    def worst(self, probes: Iterable[ProbeObservation]) -> ProbeObservation:
        """Of two equally bad the later, then by spot, so that the order of probes says nothing."""
        return max(probes, key=lambda p: ((p.value or 0.0) * self.sign, p.at, p.spot))


def _band(limit: Limit | None, sign: int) -> _Band:
    if limit is None:
        return _Band(sign, None, None, 0.0)
    hysteresis = limit.hysteresis
    if limit.safe_low is not None and limit.safe_high is not None:
        # A narrow band must still have an inside, or an alert could never end.
        hysteresis = min(hysteresis, (limit.safe_high - limit.safe_low) / 4)
    if sign > 0:
        return _Band(sign, limit.safe_high, limit.hard_high, hysteresis)
    return _Band(sign, limit.safe_low, limit.hard_low, hysteresis)


def _bounded(sign: int) -> Callable[[ConditionState, RoomObservation], tuple[ConditionState, Decision]]:
    """Outside a bound for its delay: too high (+1) or too low (-1)."""

    def condition(state: ConditionState, scene: RoomObservation) -> tuple[ConditionState, Decision]:
        limit = None if scene.empty else scene.limit
        band = _band(limit, sign)
        if limit is None or band.bound is None:
            return _ended(state, Reason.ROOM_EMPTY if scene.empty else Reason.LIMITS_CHANGED, Reason.NO_LIMIT)
        if limit.valid_from > scene.now:
            return state, Decision(Action.NOTHING, Reason.NOT_IN_FORCE)
        changed = state.version != limit.version
        if changed:
            since = state.since if state.severity else None
            state = replace(state, version=limit.version, since=since, hard_since=None, limit=band.bound)
        if state.severity is None:
            return _watch(state, scene, band, limit)
        return _hold(state, scene, band, limit, changed=changed)

    return condition


def _ended(state: ConditionState, reason: Reason, otherwise: Reason) -> tuple[ConditionState, Decision]:
    if state.severity is None:
        return ConditionState(), Decision(Action.NOTHING, otherwise)
    return ConditionState(), Decision(Action.RESOLVE, reason)


def _watch(
    state: ConditionState, scene: RoomObservation, band: _Band, limit: Limit
) -> tuple[ConditionState, Decision]:
    """Nothing was raised yet: is it outside, and for how long?"""
    now = scene.now
    fresh = _fresh(scene.probes, now)
    if not fresh:
        return state, Decision(Action.NOTHING, Reason.NO_FRESH_DATA)
    worst = band.worst(fresh)
    value = worst.value or 0.0
    if not band.outside(value, band.bound):
        return ConditionState(version=limit.version, judged_at=now), Decision(Action.NOTHING, Reason.INSIDE)
    state = _seen(_since(state, worst, limit, now), worst, band, now)
    if band.outside(value, band.hard):
        state = replace(state, hard_since=_hard_since(state, worst, limit, now))
    else:
        state = replace(state, hard_since=None)
    if _passed(state.hard_since, limit.hard_delay_s, now):
        severity, reason = Severity.CRITICAL, Reason.HARD_DELAY_PASSED
    elif band.safe is not None and _passed(state.since, limit.safe_delay_s, now):
        severity, reason = Severity.WARNING, Reason.SAFE_DELAY_PASSED
    else:
        return state, Decision(Action.NOTHING, Reason.WAITING)
    return replace(state, severity=severity), Decision(Action.ACTIVATE, reason, severity)


def _hold(
    state: ConditionState, scene: RoomObservation, band: _Band, limit: Limit, *, changed: bool
) -> tuple[ConditionState, Decision]:
    """An alert stands: is it over, or did it become worse?

    Every probe must be back inside, also one that fell silent while outside; only fresh ones can
    make it worse.
    """
    now = scene.now
    known = [p for p in scene.probes if p.value is not None]
    if not known:
        return state, Decision(Action.NOTHING, Reason.NO_FRESH_DATA)
    worst = band.worst(known)
    if changed and not band.outside(worst.value or 0.0, band.bound):
        return _ended(state, Reason.LIMITS_CHANGED, Reason.INSIDE)
    fresh = _fresh(known, now)
    if not fresh:
        return state, Decision(Action.NOTHING, Reason.NO_FRESH_DATA)
    if band.clear(worst.value or 0.0):
        return ConditionState(version=limit.version, judged_at=now), Decision(
            Action.RESOLVE, Reason.BACK_INSIDE
        )
    worst_fresh = band.worst(fresh)
    hard = band.outside(worst_fresh.value or 0.0, band.hard)
    hard_since = _hard_since(state, worst_fresh, limit, now) if hard else None
    state = replace(_seen(state, worst, band, now), hard_since=hard_since)
    if state.severity == Severity.WARNING and _passed(hard_since, limit.hard_delay_s, now):
        state = replace(state, severity=Severity.CRITICAL)
        return state, Decision(Action.ESCALATE, Reason.HARD_DELAY_PASSED, Severity.CRITICAL)
    return state, Decision(Action.NOTHING, Reason.STILL_OUTSIDE)


def _passed(since: int | None, delay_s: int, now: int) -> bool:
    return since is not None and now - since >= delay_s * 1000


def _start(worst: ProbeObservation, limit: Limit, now: int) -> int:
    return min(max(worst.at, limit.valid_from), now)


def _interrupted(state: ConditionState, worst: ProbeObservation, now: int) -> bool:
    """Nobody looked for so long that what was before proves nothing about the time between."""
    return now - state.judged_at > worst.quiet_after


def _since(state: ConditionState, worst: ProbeObservation, limit: Limit, now: int) -> ConditionState:
    if state.since is not None and not _interrupted(state, worst, now):
        return state
    value = worst.value or 0.0
    start = _start(worst, limit, now)
    return replace(state, since=start, hard_since=None, worst=value, worst_at=worst.at)


def _hard_since(state: ConditionState, worst: ProbeObservation, limit: Limit, now: int) -> int:
    if state.hard_since is not None and not _interrupted(state, worst, now):
        return state.hard_since
    return _start(worst, limit, now)


def _seen(state: ConditionState, worst: ProbeObservation, band: _Band, now: int) -> ConditionState:
    value = worst.value or 0.0
    if band.outside(value, state.worst):
        state = replace(state, worst=value, worst_at=worst.at)
    bound = band.bound or 0.0
    return replace(state, judged_at=now, value=value, spot=worst.spot, limit=bound)


def _silent(state: ConditionState, scene: RoomObservation) -> tuple[ConditionState, Decision]:
    """Every probe of the room is silent beyond its interval, counted only while we were listening."""
    if scene.empty:
        return _ended(state, Reason.ROOM_EMPTY, Reason.NO_LIMIT)
    if not scene.probes:
        return state, Decision(Action.NOTHING, Reason.NO_FRESH_DATA)
    silent = all(p.quiet >= p.quiet_after for p in scene.probes)
    if state.severity is not None:
        if silent:
            return state, Decision(Action.NOTHING, Reason.QUIET)
        return _ended(state, Reason.HEARD_AGAIN, Reason.INSIDE)
    if not silent:
        return ConditionState(), Decision(Action.NOTHING, Reason.INSIDE)
    last = max(scene.probes, key=lambda p: (p.at, p.spot))
    value = last.value or 0.0
    state = ConditionState(
        since=last.at,
        severity=Severity.WARNING,
        judged_at=scene.now,
        limit=min(p.quiet_after for p in scene.probes) / MINUTE_MS,
        value=value,
        worst=value,
        worst_at=last.at,
        spot=last.spot,
    )
    return state, Decision(Action.ACTIVATE, Reason.QUIET, Severity.WARNING)


def _fault(
    name: Condition, delay: int
) -> Callable[[ConditionState, RoomObservation], tuple[ConditionState, Decision]]:
    """A probe says what cannot be believed, for `delay` ms, be it now and then as with a loose contact; it is
    over when it said nothing of the kind (`worst_at`) for as long. `limit` of the state is how many others
    of its class can be believed: where there are none, nobody sees the room."""

    def condition(state: ConditionState, scene: RoomObservation) -> tuple[ConditionState, Decision]:
        if scene.empty:
            return _ended(state, Reason.ROOM_EMPTY, Reason.NO_LIMIT)
        faulty = [p for p in scene.probes if p.fault == name]
        if not faulty:
            if state.since is not None and scene.probes and scene.now - state.worst_at < delay:
                return state, Decision(Action.NOTHING, Reason.WAITING)
            return _ended(state, Reason.BELIEVED, Reason.INSIDE)
        first = min(faulty, key=lambda p: (p.spot, p.said))
        since = scene.now if state.since is None else state.since
        others = float(len(_fresh(scene.probes, scene.now)))
        seen = {"limit": others, "value": first.said, "worst": first.said, "spot": first.spot}
        last = scene.now - scene.now % MINUTE_MS
        state = replace(state, since=since, worst_at=last, **seen)  # type: ignore[arg-type]
        if state.severity is not None:
            return state, Decision(Action.NOTHING, Reason.DOUBTED)
        if scene.now - since < delay:
            return state, Decision(Action.NOTHING, Reason.WAITING)
        state = replace(state, severity=Severity.WARNING)
        return state, Decision(Action.ACTIVATE, Reason.DOUBTED, Severity.WARNING)

    return condition


CONDITIONS: Mapping[str, Callable[[ConditionState, RoomObservation], tuple[ConditionState, Decision]]] = {
    Condition.HIGH: _bounded(+1),
    Condition.LOW: _bounded(-1),
    Condition.SILENT: _silent,
    Condition.IMPLAUSIBLE: _fault(Condition.IMPLAUSIBLE, FAULT_DELAY),
    Condition.STUCK: _fault(Condition.STUCK, 0),
}

BY_LIMIT = (Condition.HIGH, Condition.LOW)
"""Judged once per limit of the room; silence once per room."""
FAULTS = (Condition.IMPLAUSIBLE, Condition.STUCK)
"""Of probes, not of rooms; judged per metric and class where a probe is doubted."""
FAULT_METRICS = frozenset(("temperature", "humidity", "co2", "co"))
"""Those for which somebody is sent to a probe."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What people are told about one trouble of one room, from the first passing of a bound to its close."""

    id: int
    room: int
    condition: str
    metric: str
    position_class: str
    severity: str
    status: str
    since: int
    activated_at: int
    acknowledged_at: int | None
    acknowledged_by: int | None
    resolved_at: int | None
    resolved_reason: str | None
    closed_at: int | None
    closed_by: int | None
    cause: str | None
    action: str | None
    limit: float
    value: float
    worst: float
    worst_at: int
    spot: str | None
    settled_at: int | None

    @property
    def key(self) -> AlertKey:
        return AlertKey(self.room, self.condition, self.metric, self.position_class)

    @property
    def of_probe(self) -> bool:
        """Whether it is about a probe while others still see the room: nobody need go at night."""
        blind = self.metric == "temperature" and self.position_class != "outside" and self.limit < 1
        return self.condition in FAULTS and not blind

    @property
    def open(self) -> bool:
        return self.status in OPEN
