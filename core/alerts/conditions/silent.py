"""Silent: no probe of the room reported for longer than its `quiet_after` while the listener was
connected."""

from core.alerts.alerts import Condition, Severity
from core.alerts.conditions.contract import AlertCondition, AlertSummary, ConditionWords, EndSentence, Scope
from core.alerts.conditions.probe_values import latest_value
from core.alerts.evidence import SilenceEvidence
from core.alerts.judging import (
    Action,
    ConditionState,
    Decision,
    Judgement,
    Reason,
    RoomObservation,
    end_alert,
    no_action,
)
from core.times import MINUTE_MS


def _judge(state: ConditionState, observation: RoomObservation) -> Judgement:
    if observation.empty:
        return end_alert(state, Reason.ROOM_EMPTY, Reason.NO_LIMIT)
    if not observation.probes:
        return no_action(state, Reason.NO_FRESH_DATA)
    silent = all(probe.quiet >= probe.quiet_after for probe in observation.probes)
    if state.severity is not None:
        if silent:
            return no_action(state, Reason.QUIET)
        return end_alert(state, Reason.HEARD_AGAIN, Reason.INSIDE)
    if not silent:
        return no_action(ConditionState(), Reason.INSIDE)
    last = max(observation.probes, key=lambda probe: (probe.at, probe.spot))
    value = last.value or 0.0
    quiet_minutes = min(probe.quiet_after for probe in observation.probes) / MINUTE_MS
    state = ConditionState(
        since=last.at,
        severity=Severity.WARNING,
        judged_at=observation.now,
        evidence=SilenceEvidence(value, last.spot, quiet_minutes, value, last.at),
    )
    return state, Decision(Action.ACTIVATE, Reason.QUIET, Severity.WARNING)


def _head(alert: AlertSummary) -> str:
    if alert.rooms > 1:
        return "%(site)s没数,%(n)s个库看不见,库里情况不明"
    return "%(room)s没数,库里情况不明"


WORDS = ConditionWords(
    what="没数",
    head=_head,
    advice=lambda _: "请去现场看温度计,查电和网。",
    ended=(EndSentence("%(room)s又有数了,%(now)s。"), EndSentence("一共%(long)s没数。", 1)),
)
SILENT = AlertCondition(Condition.SILENT, Scope.ROOM, SilenceEvidence, _judge, latest_value, WORDS)
