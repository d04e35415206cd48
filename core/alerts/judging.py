"""What a condition sees, what it remembers, and what it decides."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from core.alerts.alerts import Severity
from core.alerts.evidence import Evidence
from core.readings.readings import HOUR_MS
from core.rooms.limits import Limit


class Action(StrEnum):
    NOTHING = "nothing"
    ACTIVATE = "activate"
    ESCALATE = "escalate"
    RESOLVE = "resolve"


class Reason(StrEnum):
    """Why a decision was made; stored with the alert's events."""

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


class ProbeObservation(NamedTuple):
    """One probe of the room as it is now.

    `value` and `at` (ms) are its latest believable reading, `value` is None where there was none.
    `doubted`: what it reported since then (`reported`) cannot be believed, for the reason of the condition
    `fault`. `quiet` is how long (ms) it reported nothing while the listener was connected, `quiet_after`
    how long it takes until its value is no longer fresh.
    """

    value: float | None
    at: int
    spot: str
    quiet: int = 0
    quiet_after: int = HOUR_MS
    doubted: bool = False
    fault: str = ""
    reported: float = 0.0

    def is_fresh(self, now: int) -> bool:
        return self.value is not None and not self.doubted and now - self.at <= self.quiet_after


class RoomObservation(NamedTuple):
    """All that a condition may look at. `limit` is None where the room has none for this."""

    now: int
    limit: Limit | None
    probes: Sequence[ProbeObservation]
    empty: bool = False  # a person declared the room empty


@dataclass(frozen=True, slots=True)
class ConditionState:
    """What a condition remembers between two observations; all times ms.

    `version` is that of the limit, `since` and `hard_since` are when the bounds were passed, `severity` is
    that of the alert it raised, `judged_at` is when it last had fresh data to judge by.
    """

    version: int = 0
    since: int | None = None
    hard_since: int | None = None
    severity: str | None = None
    judged_at: int = 0
    evidence: Evidence | None = None

    def before(self, now: int) -> "ConditionState":
        """The same with no time after `now`: the clock that stamped it was ahead."""
        return replace(
            self,
            since=None if self.since is None else min(self.since, now),
            hard_since=None if self.hard_since is None else min(self.hard_since, now),
            judged_at=min(self.judged_at, now),
            evidence=self.evidence and self.evidence.before(now),
        )


class Decision(NamedTuple):
    action: Action
    reason: Reason
    severity: Severity | None = None


Judgement = tuple[ConditionState, Decision]
Judge = Callable[[ConditionState, RoomObservation], Judgement]


def nothing(state: ConditionState, reason: Reason) -> Judgement:
    return state, Decision(Action.NOTHING, reason)


def ended(state: ConditionState, reason: Reason, otherwise: Reason) -> Judgement:
    """Ends the alert for `reason`; without an alert nothing happens, because of `otherwise`."""
    if state.severity is None:
        return nothing(ConditionState(), otherwise)
    return ConditionState(), Decision(Action.RESOLVE, reason)


def fresh(probes: Iterable[ProbeObservation], now: int) -> list[ProbeObservation]:
    return [probe for probe in probes if probe.is_fresh(now)]
