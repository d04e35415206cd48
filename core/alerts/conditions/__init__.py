"""The conditions that raise alerts, in the order in which they are judged.

Rules that hold for all of them: nothing outside `RoomObservation` is looked at; a probe that stops reporting
neither starts, continues nor ends anything but silence (no data is not good news); a new version of the
limits starts every delay anew. To add one: docs/developers/house.md, "Adding an alert condition".
"""

from core.alerts.alerts import Alert
from core.alerts.conditions.contract import AlertCondition, Scope
from core.alerts.conditions.high_low import HIGH, LOW
from core.alerts.conditions.implausible import IMPLAUSIBLE
from core.alerts.conditions.silent import SILENT
from core.alerts.conditions.stuck import STUCK
from core.alerts.judging import ConditionState, Judgement, RoomObservation

CONDITIONS: dict[str, AlertCondition] = {
    condition.name: condition for condition in (HIGH, LOW, SILENT, IMPLAUSIBLE, STUCK)
}


def of_scope(scope: Scope) -> list[str]:
    return [name for name, condition in CONDITIONS.items() if condition.scope == scope]


def judge(condition: str, state: ConditionState, observation: RoomObservation) -> Judgement:
    """What `condition` makes of the observation. KeyError: there is no such condition."""
    return CONDITIONS[condition].judge(state, observation)


def can_wait(alert: Alert) -> bool:
    """Whether it is about a probe while others still see the room: nobody need go at night."""
    return CONDITIONS[alert.condition].of_probe and not alert.blind
