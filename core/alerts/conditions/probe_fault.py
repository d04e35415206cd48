"""Shared implementation of the probe faults: a probe reports implausible values.

A fault is judged per metric and position class with a doubted probe. Its alert is about the probe, not the
room.
"""

from collections.abc import Callable
from dataclasses import replace

from core.alerts.alert_delays import HELD_AT_MOST
from core.alerts.alerts import Condition, Severity
from core.alerts.conditions.contract import AlertCondition, AlertSummary, ConditionWords, EndSentence, Scope
from core.alerts.conditions.probe_values import latest_value
from core.alerts.evidence import ProbeFaultEvidence
from core.alerts.judging import (
    Action,
    ConditionState,
    Decision,
    Judgement,
    Reason,
    RoomObservation,
    end_alert,
    fresh_probes,
    no_action,
)
from core.times import MINUTE_MS


def probe_fault(name: Condition, delay: int, head: str) -> AlertCondition:
    """Builds a condition that activates when a probe has reported implausible values for `delay` ms, also
    intermittently as with a loose contact. It ends after `delay` ms without such a value.

    A later report must prove the delay: one wrong value that a slow probe has not replaced yet sends nobody,
    unless no other probe shows the room.
    """

    def judge(state: ConditionState, observation: RoomObservation) -> Judgement:
        now = observation.now
        if observation.empty:
            return end_alert(state, Reason.ROOM_EMPTY, Reason.NO_LIMIT)
        faulty = [probe for probe in observation.probes if probe.fault == name]
        if not faulty:
            if state.since is not None and observation.probes and now - _reported_at(state) < delay:
                return no_action(state, Reason.WAITING)
            return end_alert(state, Reason.BELIEVED, Reason.INSIDE)
        first = min(faulty, key=lambda probe: (probe.spot, probe.reported))
        since = now if state.since is None else state.since
        # Whole minutes, so the state is saved once a minute and not with every reading.
        evidence = ProbeFaultEvidence(
            value=first.reported,
            spot=first.spot,
            reported=first.reported,
            reported_at=now - now % MINUTE_MS,
            other_probes=len(fresh_probes(observation.probes, now)),
        )
        state = replace(state, since=since, evidence=evidence)
        if state.severity is not None:
            return no_action(state, Reason.DOUBTED)
        last_report = now - min(probe.quiet for probe in faulty)
        held = evidence.other_probes < 1 and now - since >= max(delay, HELD_AT_MOST)
        if last_report - since < delay and not held:
            return no_action(state, Reason.WAITING)
        state = replace(state, severity=Severity.WARNING)
        return state, Decision(Action.ACTIVATE, Reason.DOUBTED, Severity.WARNING)

    return AlertCondition(name, Scope.PROBE, ProbeFaultEvidence, judge, latest_value, _words(lambda _: head))


def _reported_at(state: ConditionState) -> int:
    return state.evidence.reported_at if isinstance(state.evidence, ProbeFaultEvidence) else 0


def _words(head: Callable[[AlertSummary], str]) -> ConditionWords:
    return ConditionWords(
        what="数不准",
        head=head,
        after_head=_who_sees_the_room,
        advice=lambda alert: "请去现场看温度计,查探头和线。" if alert.blind else "请查探头和线,不行就换。",
        ended=(EndSentence("%(room)s的数又准了,%(now)s。"),),
        worst_on_page="%(spot)s报%(value)s",
    )


def _who_sees_the_room(alert: AlertSummary) -> str:
    if alert.blind:
        return ",库里情况不明"
    others = isinstance(alert.evidence, ProbeFaultEvidence) and alert.evidence.other_probes
    return ",别的探头还准" if others else ""
