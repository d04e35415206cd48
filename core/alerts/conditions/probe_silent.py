"""Probe silent: one series of a room reports nothing, while the room as a whole is not silent.

While other probes show the room it is told once, by day. It is urgent if nobody else shows what it
measured, if people need it to go in, or if its last values were outside a limit.
"""

from dataclasses import replace

from core.alerts.alerts import Condition, Severity
from core.alerts.conditions.contract import AlertCondition, AlertSummary, ConditionWords, EndSentence, Scope
from core.alerts.conditions.probe_values import latest_value
from core.alerts.evidence import Evidence, ProbeSilenceEvidence
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
from core.alerts.probe_silences import FOR_PEOPLE
from core.alerts.reporting_interval import silent_after
from core.rooms.places import PositionClass
from core.times import MINUTE_MS

OUTLIVES = 15 * MINUTE_MS
"""How long (ms) a silence must outlive what explained it, so that slow probes have time to report."""


def _judge(state: ConditionState, observation: RoomObservation) -> Judgement:
    subject, now = observation.subject, observation.now
    if observation.empty:
        return end_alert(state, Reason.ROOM_EMPTY, Reason.NO_LIMIT)
    if subject is None:
        return end_alert(state, Reason.PROBE_REMOVED, Reason.NO_FRESH_DATA)
    probe = subject.probe
    urgent = _is_urgent(observation)
    if probe.quiet < (probe.quiet_after if urgent else silent_after(probe.quiet_after)):
        return end_alert(state, Reason.HEARD_AGAIN, Reason.INSIDE)
    if state.severity is not None:
        return no_action(replace(state, evidence=_evidence(observation, state, urgent=urgent)), Reason.QUIET)
    if observation.explained:
        # Whole minutes, so the state is saved once a minute and not with every heartbeat.
        return no_action(ConditionState(judged_at=now - now % MINUTE_MS), Reason.EXPLAINED)
    if now - state.judged_at < max(OUTLIVES, probe.quiet_after // 2):
        return no_action(state, Reason.WAITING)
    state = ConditionState(
        since=probe.at or now - probe.quiet,
        severity=Severity.WARNING,
        judged_at=now,
        evidence=_evidence(observation, state, urgent=urgent),
    )
    return state, Decision(Action.ACTIVATE, Reason.QUIET, Severity.WARNING)


def _is_urgent(observation: RoomObservation) -> bool:
    subject = observation.subject
    if subject is None or subject.position_class == PositionClass.OUTSIDE:
        return False
    if subject.was_outside:
        return True
    needed = subject.metric == "temperature" or subject.metric in FOR_PEOPLE
    return needed and not fresh_probes(observation.probes, observation.now)


def _evidence(observation: RoomObservation, state: ConditionState, *, urgent: bool) -> Evidence:
    """An alert that was urgent stays urgent: what was last seen does not become good by silence."""
    assert observation.subject is not None
    probe: ProbeObservation = observation.subject.probe
    value = probe.value or 0.0
    before = state.evidence
    return ProbeSilenceEvidence(
        value=value,
        spot=probe.spot,
        quiet_minutes=probe.quiet_after / MINUTE_MS,
        last_value=value,
        last_at=probe.at,
        other_probes=len(fresh_probes(observation.probes, observation.now)),
        urgent=urgent or (isinstance(before, ProbeSilenceEvidence) and before.urgent),
        was_outside=observation.subject.was_outside
        or (isinstance(before, ProbeSilenceEvidence) and before.was_outside),
        never_heard=observation.subject.never_heard,
    )


def _facts(alert: AlertSummary) -> ProbeSilenceEvidence | None:
    return alert.evidence if isinstance(alert.evidence, ProbeSilenceEvidence) else None


def _head(alert: AlertSummary) -> str:
    if alert.rooms > 1:
        return "%(site)s%(n)s个探头没数"
    evidence = _facts(alert)
    if evidence is not None and evidence.never_heard:
        return "%(room)s%(spot)s探头从未上报"
    return "%(room)s%(spot)s探头没数" if alert.metric == "temperature" else "%(room)s%(spot)s%(metric)s没数"


def _after_head(alert: AlertSummary) -> str:
    evidence = _facts(alert)
    if alert.rooms > 1 or evidence is None:
        return ""
    if evidence.was_outside:
        return ",没数前%(value)s,好没好不知道"
    if alert.blind:
        return "" if alert.metric in FOR_PEOPLE else ",库里情况不明"
    return ",别的探头还有数" if evidence.other_probes else ""


def _advice(alert: AlertSummary) -> str:
    if alert.blind and alert.metric in FOR_PEOPLE:
        return "人进去先开门10分钟,查探头和电。"
    if alert.blind:
        return "请去现场看温度计,查探头和电。"
    return "请查电池和网关。" if alert.rooms > 1 else "请查电池和探头,不行就换。"


PROBE_SILENT = AlertCondition(
    Condition.PROBE_SILENT,
    Scope.SERIES,
    ProbeSilenceEvidence,
    _judge,
    latest_value,
    ConditionWords(
        what="探头没数",
        head=_head,
        after_head=_after_head,
        advice=_advice,
        ended=(EndSentence("%(room)s%(spot)s又有数了,%(now)s。"), EndSentence("一共%(long)s没数。", 1)),
    ),
)
