"""Too high and too low: a reading is outside a bound of the limit for its delay. Judged once per limit of
a room.

Two bands: outside `safe` for its delay is a warning, outside `hard` for a shorter delay is critical.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from core.alerts.alerts import Condition, Severity
from core.alerts.conditions.contract import AlertCondition, Scope
from core.alerts.conditions.high_low_words import HIGH_WORDS, LOW_WORDS
from core.alerts.evidence import BoundEvidence
from core.alerts.judging import (
    Action,
    ConditionState,
    Decision,
    Judgement,
    ProbeObservation,
    Reason,
    RoomObservation,
    end_alert,
    fresh_probes,
    no_action,
)
from core.rooms.limits import Limit


class _Band(NamedTuple):
    """One side of a limit. Comparisons multiply by `sign`, so a larger product is always worse."""

    sign: int
    safe: float | None
    hard: float | None
    hysteresis: float

    @property
    def bound(self) -> float | None:
        """The bound shown to people, which the room should keep: `safe`, or `hard` without `safe`."""
        return self.hard if self.safe is None else self.safe

    def outside(self, value: float, bound: float | None) -> bool:
        return bound is not None and (value - bound) * self.sign > 0

    def clear(self, value: float) -> bool:
        """Whether the value is back inside by at least the hysteresis."""
        return self.bound is None or (value - self.bound) * self.sign <= -self.hysteresis

    def worst(self, probes: Iterable[ProbeObservation]) -> ProbeObservation:
        """The probe with the worst value. Ties go to the later reading, then by spot, so the order of
        probes does not matter."""
        return max(probes, key=lambda probe: ((probe.value or 0.0) * self.sign, probe.at, probe.spot))


def _band(limit: Limit | None, sign: int) -> _Band:
    if limit is None:
        return _Band(sign, None, None, 0.0)
    hysteresis = limit.hysteresis
    if limit.safe_low is not None and limit.safe_high is not None:
        # Limits the hysteresis in a narrow band, where an alert could otherwise never end.
        hysteresis = min(hysteresis, (limit.safe_high - limit.safe_low) / 4)
    if sign > 0:
        return _Band(sign, limit.safe_high, limit.hard_high, hysteresis)
    return _Band(sign, limit.safe_low, limit.hard_low, hysteresis)


def _judge(sign: int, state: ConditionState, observation: RoomObservation) -> Judgement:
    limit = None if observation.empty else observation.limit
    band = _band(limit, sign)
    if limit is None or band.bound is None:
        return end_alert(
            state, Reason.ROOM_EMPTY if observation.empty else Reason.LIMITS_CHANGED, Reason.NO_LIMIT
        )
    if limit.valid_from > observation.now:
        return no_action(state, Reason.NOT_IN_FORCE)
    changed = state.version != limit.version
    if changed:
        state = _under_new_limit(state, limit.version, band.bound)
    if state.severity is None:
        return _watch(state, observation, band, limit)
    return _hold(state, observation, band, limit, changed=changed)


def _under_new_limit(state: ConditionState, version: int, bound: float) -> ConditionState:
    """Restarts the delays; an open alert is measured against the new bound."""
    evidence = state.evidence
    if isinstance(evidence, BoundEvidence):
        evidence = replace(evidence, bound=bound)
    since = state.since if state.severity else None
    return replace(state, version=version, since=since, hard_since=None, evidence=evidence)


def _watch(state: ConditionState, observation: RoomObservation, band: _Band, limit: Limit) -> Judgement:
    """Judges a room without an alert: activates one when a delay has passed outside a bound."""
    now = observation.now
    believable = fresh_probes(observation.probes, now)
    if not believable:
        return no_action(state, Reason.NO_FRESH_DATA)
    worst = band.worst(believable)
    value = worst.value or 0.0
    if not band.outside(value, band.bound):
        return no_action(ConditionState(version=limit.version, judged_at=now), Reason.INSIDE)
    state = _measured(_started(state, worst, limit, now), worst, band, now)
    hard_since = _hard_since(state, worst, limit, now) if band.outside(value, band.hard) else None
    state = replace(state, hard_since=hard_since)
    if _passed(state.hard_since, limit.hard_delay_s, now):
        severity, reason = Severity.CRITICAL, Reason.HARD_DELAY_PASSED
    elif band.safe is not None and _passed(state.since, limit.safe_delay_s, now):
        severity, reason = Severity.WARNING, Reason.SAFE_DELAY_PASSED
    else:
        return no_action(state, Reason.WAITING)
    return replace(state, severity=severity), Decision(Action.ACTIVATE, reason, severity)


def _hold(
    state: ConditionState, observation: RoomObservation, band: _Band, limit: Limit, *, changed: bool
) -> Judgement:
    """Judges an open alert: resolves or escalates it.

    Every probe must be back inside, including one that fell silent while outside. Only a fresh probe can
    escalate.
    """
    now = observation.now
    with_value = [probe for probe in observation.probes if probe.value is not None]
    if not with_value:
        return no_action(state, Reason.NO_FRESH_DATA)
    worst = band.worst(with_value)
    if changed and not band.outside(worst.value or 0.0, band.bound):
        return end_alert(state, Reason.LIMITS_CHANGED, Reason.INSIDE)
    believable = fresh_probes(with_value, now)
    if not believable:
        return no_action(state, Reason.NO_FRESH_DATA)
    if band.clear(worst.value or 0.0):
        inside = ConditionState(version=limit.version, judged_at=now)
        return inside, Decision(Action.RESOLVE, Reason.BACK_INSIDE)
    worst_fresh = band.worst(believable)
    hard = band.outside(worst_fresh.value or 0.0, band.hard)
    hard_since = _hard_since(state, worst_fresh, limit, now) if hard else None
    state = replace(_measured(state, worst, band, now), hard_since=hard_since)
    if state.severity == Severity.WARNING and _passed(hard_since, limit.hard_delay_s, now):
        state = replace(state, severity=Severity.CRITICAL)
        return state, Decision(Action.ESCALATE, Reason.HARD_DELAY_PASSED, Severity.CRITICAL)
    return no_action(state, Reason.STILL_OUTSIDE)


def _passed(since: int | None, delay_s: int, now: int) -> bool:
    return since is not None and now - since >= delay_s * 1000


def _start(worst: ProbeObservation, limit: Limit, now: int) -> int:
    return min(max(worst.at, limit.valid_from), now)


def _interrupted(state: ConditionState, worst: ProbeObservation, now: int) -> bool:
    """Whether fresh data was missing for so long that the earlier start of the delay no longer counts."""
    return now - state.judged_at > worst.quiet_after


def _started(state: ConditionState, worst: ProbeObservation, limit: Limit, now: int) -> ConditionState:
    if state.since is not None and not _interrupted(state, worst, now):
        return state
    return replace(state, since=_start(worst, limit, now), hard_since=None, evidence=None)


def _hard_since(state: ConditionState, worst: ProbeObservation, limit: Limit, now: int) -> int:
    if state.hard_since is not None and not _interrupted(state, worst, now):
        return state.hard_since
    return _start(worst, limit, now)


def _measured(state: ConditionState, probe: ProbeObservation, band: _Band, now: int) -> ConditionState:
    value = probe.value or 0.0
    worst, worst_at = value, probe.at
    if isinstance(state.evidence, BoundEvidence) and not band.outside(value, state.evidence.worst):
        worst, worst_at = state.evidence.worst, state.evidence.worst_at
    evidence = BoundEvidence(value, probe.spot, band.bound or 0.0, worst, worst_at)
    return replace(state, judged_at=now, evidence=evidence)


def _values(probes: Iterable[ProbeObservation]) -> list[float]:
    return [probe.value for probe in probes if probe.value is not None]


def _highest(probes: Iterable[ProbeObservation]) -> float | None:
    return max(_values(probes), default=None)


def _lowest(probes: Iterable[ProbeObservation]) -> float | None:
    return min(_values(probes), default=None)


HIGH = AlertCondition(Condition.HIGH, Scope.LIMIT, BoundEvidence, partial(_judge, +1), _highest, HIGH_WORDS)
LOW = AlertCondition(Condition.LOW, Scope.LIMIT, BoundEvidence, partial(_judge, -1), _lowest, LOW_WORDS)
