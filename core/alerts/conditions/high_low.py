"""Too high and too low: readings prove that a class of a room was outside a bound of its limit for its
delay. Judged once per limit of a room.

Two bands: outside `safe` for its delay is a warning, outside `hard` for a shorter delay is critical. A
delay counts time between readings (core.alerts.outside_time), so a return for a moment does not restart
it. An alert ends after the off-delay inside (core.alerts.alert_delays).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from core.alerts import alert_delays
from core.alerts.alerts import Condition, Severity
from core.alerts.conditions.contract import AlertCondition, Scope
from core.alerts.conditions.high_low_band import BreachBand
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
from core.alerts.outside_time import OutsideTime
from core.rooms.limits import Limit


def _judge(sign: int, state: ConditionState, observation: RoomObservation) -> Judgement:
    limit = None if observation.empty else observation.limit
    band = BreachBand.of(limit, sign)
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
    return replace(state, version=version, since=since, outside=None, hard=None, evidence=evidence)


def _watch(state: ConditionState, observation: RoomObservation, band: BreachBand, limit: Limit) -> Judgement:
    """Judges a room without an alert: activates one when readings prove a delay outside a bound."""
    now = observation.now
    fresh = fresh_probes(observation.probes, now)
    if not fresh:
        return no_action(state, Reason.NO_FRESH_DATA)
    worst = band.worst(fresh)
    outside = _timed(state.outside, fresh, lambda p: band.outside(p.value, band.bound), limit, now)
    hard = _timed(state.hard, fresh, lambda p: band.outside(p.value, band.hard), limit, now)
    if not outside.outside and outside.total == 0:
        return no_action(_at_rest(state, limit, now), Reason.INSIDE)
    began = state.since is None or (outside.at == outside.run_at and outside.total == 0)
    state = replace(
        _measured(replace(state, evidence=None) if began else state, worst, band, now),
        since=outside.run_at if began else state.since,
        outside=outside,
        hard=hard,
    )
    if not outside.outside:
        return no_action(state, Reason.INSIDE)
    if _is_hard_due(hard, limit, fresh, now):
        severity, reason = Severity.CRITICAL, Reason.HARD_DELAY_PASSED
    elif band.safe is not None and outside.total >= limit.safe_delay_s * 1000:
        severity, reason = Severity.WARNING, Reason.SAFE_DELAY_PASSED
    else:
        return no_action(state, Reason.WAITING)
    returned = state.ended_at is not None and (state.since or now) - state.ended_at <= alert_delays.RE_ALARM
    state = replace(state, severity=severity, repeats=state.repeats + 1 if returned else 0)
    return state, Decision(Action.ACTIVATE, reason, severity)


def _hold(
    state: ConditionState, observation: RoomObservation, band: BreachBand, limit: Limit, *, changed: bool
) -> Judgement:
    """Judges an open alert: ends or escalates it.

    It ends when every probe is inside and readings prove it for the off-delay. A probe that stopped while
    outside keeps the alert open for as long as an alert about the probe takes. Then nobody knows whether it
    is over, and it ends with that reason if other probes show the room. Only a fresh probe can escalate.
    """
    now = observation.now
    with_value = [probe for probe in observation.probes if probe.value is not None]
    if not with_value:
        return no_action(state, Reason.NO_FRESH_DATA)
    worst = band.worst(with_value)
    if changed and not band.outside(worst.value, band.bound):
        return end_alert(state, Reason.LIMITS_CHANGED, Reason.INSIDE)
    fresh = fresh_probes(with_value, now)
    if not fresh:
        return no_action(state, Reason.NO_FRESH_DATA)
    not_clear = [probe for probe in with_value if not band.clear(probe.value)]
    if not_clear and all(probe.is_lost(now) for probe in not_clear):
        silent = any(probe.is_silent for probe in not_clear)
        return _ended(state, limit, now, Reason.PROBE_SILENT if silent else Reason.PROBE_DOUBTED)
    outside = _timed(state.outside, with_value, lambda p: not band.clear(p.value), limit, now)
    if not outside.outside and outside.run >= alert_delays.off_delay(state.repeats):
        return _ended(state, limit, now, Reason.BACK_INSIDE, outside.run_at)
    hard = _timed(state.hard, fresh, lambda p: band.outside(p.value, band.hard), limit, now)
    state = replace(_measured(state, worst, band, now), outside=outside, hard=hard)
    if state.severity == Severity.WARNING and _is_hard_due(hard, limit, fresh, now):
        state = replace(state, severity=Severity.CRITICAL)
        return state, Decision(Action.ESCALATE, Reason.HARD_DELAY_PASSED, Severity.CRITICAL)
    return no_action(state, Reason.STILL_OUTSIDE if not_clear else Reason.RECOVERING)


def _is_hard_due(hard: OutsideTime, limit: Limit, fresh: Sequence[ProbeObservation], now: int) -> bool:
    """Whether a critical alert is due: proven for the delay, or held so long that it must not wait for a
    slow probe's next reading. The age of readings when they arrive is not time that they were held."""
    if not hard.outside:
        return False
    delay = limit.hard_delay_s * 1000
    held = now - hard.run_at - min(probe.age for probe in fresh)
    return hard.total >= delay or held >= max(delay, alert_delays.HELD_AT_MOST)


def _timed(
    timer: OutsideTime | None,
    probes: Sequence[ProbeObservation],
    is_outside: Callable[[ProbeObservation], bool],
    limit: Limit,
    now: int,
) -> OutsideTime:
    """The timer after the probes' latest readings.

    The latest reading outside proves that the class is outside. That it is inside is proven by the probe
    that was outside, if it still reports. The timer begins anew after a gap in which fresh data was missing.
    """
    those_outside = [probe for probe in probes if is_outside(probe)]
    spot = timer.spot if timer else ""
    was_outside = [probe for probe in probes if probe.spot == spot and probe.is_fresh(now)]
    proving = max(those_outside or was_outside or probes, key=lambda probe: (probe.at, probe.spot))
    at = min(max(proving.at, limit.valid_from), now)
    if timer is None or at - timer.at > proving.quiet_after:
        return OutsideTime.begin(at, outside=bool(those_outside), spot=proving.spot)
    return timer.after(at, outside=bool(those_outside), spot=proving.spot)


def _at_rest(state: ConditionState, limit: Limit, now: int) -> ConditionState:
    """The state inside the bounds. It remembers an alert that ended a short time ago."""
    recent = state.ended_at is not None and now - state.ended_at <= alert_delays.RE_ALARM
    return ConditionState(
        version=limit.version,
        judged_at=now,
        ended_at=state.ended_at if recent else None,
        repeats=state.repeats if recent else 0,
    )


def _ended(
    state: ConditionState, limit: Limit, now: int, reason: Reason, ended_at: int | None = None
) -> Judgement:
    at_rest = ConditionState(
        version=limit.version,
        judged_at=now,
        ended_at=now if ended_at is None else ended_at,
        repeats=state.repeats,
    )
    return at_rest, Decision(Action.RESOLVE, reason)


def _measured(state: ConditionState, probe: ProbeObservation, band: BreachBand, now: int) -> ConditionState:
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
