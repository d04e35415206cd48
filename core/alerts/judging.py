"""Input, state and result of judging a condition."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from core.alerts.alerts import Severity
from core.alerts.evidence import Evidence
from core.alerts.outside_time import OutsideTime
from core.alerts.reporting_interval import silent_after
from core.rooms.limits import Limit
from core.times import HOUR_MS


class Action(StrEnum):
    NOTHING = "nothing"
    ACTIVATE = "activate"
    ESCALATE = "escalate"
    RESOLVE = "resolve"


class Reason(StrEnum):
    """Why a decision was made. Stored with the alert's events."""

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
    EXPLAINED = "explained"
    PROBE_REMOVED = "probe_removed"
    ROOM_EMPTY = "room_empty"
    DOUBTED = "doubted"
    BELIEVED = "believed"
    RECOVERING = "recovering"
    PROBE_SILENT = "probe_silent"
    PROBE_DOUBTED = "probe_doubted"


UNKNOWN_WHETHER_OVER = (Reason.PROBE_SILENT, Reason.PROBE_DOUBTED)
"""Reasons of an end that nobody saw: the probe that was outside shows nothing believable any more."""


class ProbeObservation(NamedTuple):
    """The current state of one probe of the room.

    `value` and `at` (ms): the latest plausible reading; `value` is None if there is none. `age`: how old
    (ms) it was when it arrived. `doubted`: a later report (`reported`) was implausible; `fault` names the
    condition. `quiet`: how long (ms) the probe has reported nothing current while the listener was
    connected. `quiet_after` ms after its arrival a value is no longer fresh. `regular`: it
    reported more than once.
    """

    value: float | None
    at: int
    spot: str
    quiet: int = 0
    quiet_after: int = HOUR_MS
    doubted: bool = False
    fault: str = ""
    reported: float = 0.0
    age: int = 0
    regular: bool = True

    def is_fresh(self, now: int) -> bool:
        since_arrival = now - self.at - self.age
        return self.value is not None and not self.doubted and since_arrival <= self.quiet_after

    @property
    def is_silent(self) -> bool:
        """Whether it is silent for so long that an alert says so, although other probes show the room."""
        return self.quiet >= silent_after(self.quiet_after)

    def is_lost(self, now: int) -> bool:
        """Whether an alert about the probe itself says that it shows nothing believable."""
        return self.is_silent or (self.doubted and now - self.at - self.age >= silent_after(self.quiet_after))


class ProbeSubject(NamedTuple):
    """The probe that a condition of scope SERIES is about. `was_outside`: it was outside a limit when it was
    last heard. `never_heard`: it has reported nothing since it was placed."""

    probe: ProbeObservation
    metric: str
    position_class: str
    was_outside: bool = False
    never_heard: bool = False


class RoomObservation(NamedTuple):
    """The complete input of a condition. `limit` is None if the room has no such limit.

    Scope SERIES: `subject` is None if the probe no longer stands there, `probes` are the room's other
    probes of its metric. `explained`: a known silence (of the room, its device or its gateway) covers it.
    """

    now: int
    limit: Limit | None
    probes: Sequence[ProbeObservation]
    empty: bool = False  # a person declared the room empty
    subject: ProbeSubject | None = None
    explained: bool = False

    @property
    def judged_probes(self) -> Sequence[ProbeObservation]:
        """The probes that the condition is about."""
        return self.probes if self.subject is None else [self.subject.probe]


@dataclass(frozen=True, slots=True)
class ConditionState:
    """A condition's state between two observations; all times in ms.

    `version`: version of the limit. `since`: when the bound was passed. `severity`: of the alert it raised,
    None without one. `judged_at`: when it last had fresh data. `outside`, `hard`: time outside the bound
    and outside the hard bound. `ended_at`: when the trouble of its last alert was over, before the
    off-delay; `repeats`: how many alerts before the present one ended shortly before the next.
    """

    version: int = 0
    since: int | None = None
    severity: str | None = None
    judged_at: int = 0
    evidence: Evidence | None = None
    outside: OutsideTime | None = None
    hard: OutsideTime | None = None
    ended_at: int | None = None
    repeats: int = 0

    def before(self, now: int) -> "ConditionState":
        """A copy with no time after `now`, for when the clock that stamped it ran ahead."""
        return replace(
            self,
            since=None if self.since is None else min(self.since, now),
            judged_at=min(self.judged_at, now),
            evidence=self.evidence and self.evidence.before(now),
            outside=self.outside and self.outside.before(now),
            hard=self.hard and self.hard.before(now),
            ended_at=None if self.ended_at is None else min(self.ended_at, now),
        )


class Decision(NamedTuple):
    action: Action
    reason: Reason
    severity: Severity | None = None


Judgement = tuple[ConditionState, Decision]
Judge = Callable[[ConditionState, RoomObservation], Judgement]


def no_action(state: ConditionState, reason: Reason) -> Judgement:
    return state, Decision(Action.NOTHING, reason)


def end_alert(state: ConditionState, reason: Reason, otherwise: Reason) -> Judgement:
    """Resolves the alert for `reason`. Without an alert, does nothing and gives `otherwise` as the reason."""
    if state.severity is None:
        return no_action(ConditionState(), otherwise)
    return ConditionState(), Decision(Action.RESOLVE, reason)


def fresh_probes(probes: Iterable[ProbeObservation], now: int) -> list[ProbeObservation]:
    return [probe for probe in probes if probe.is_fresh(now)]
