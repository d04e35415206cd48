"""The conditions that raise alerts, in the order in which they are judged.

Rules for all conditions: a condition reads nothing but `RoomObservation`. A probe that stops reporting
does not start, continue or end any condition except silence, because missing data proves nothing. A new
version of the limits restarts every delay. How to add one: docs/developers/house.md, "Adding an alert
condition".
"""

from core.alerts.alerts import Alert
from core.alerts.conditions.contract import AlertCondition, Scope
from core.alerts.conditions.high_low import HIGH, LOW
from core.alerts.conditions.implausible import IMPLAUSIBLE
from core.alerts.conditions.probe_silent import PROBE_SILENT
from core.alerts.conditions.silent import SILENT
from core.alerts.conditions.stuck import STUCK
from core.alerts.judging import ConditionState, Judgement, RoomObservation

CONDITIONS: dict[str, AlertCondition] = {
    condition.name: condition for condition in (HIGH, LOW, SILENT, PROBE_SILENT, IMPLAUSIBLE, STUCK)
}


def of_scope(scope: Scope) -> list[str]:
    return [name for name, condition in CONDITIONS.items() if condition.scope == scope]


def judge(condition: str, state: ConditionState, observation: RoomObservation) -> Judgement:
    """Judges the observation by `condition`. Raises KeyError if the condition is unknown."""
    return CONDITIONS[condition].judge(state, observation)


def can_wait(alert: Alert) -> bool:
    """Whether the alert can wait until morning: it is about a probe, and other probes still report the
    room."""
    return CONDITIONS[alert.condition].of_probe and not alert.blind
