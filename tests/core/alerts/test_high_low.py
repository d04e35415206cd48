"""When people must be told, and when not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.alerts import Condition, Severity
from core.alerts.conditions import judge
from core.alerts.evidence import BoundEvidence
from core.alerts.judging import (
    Action,
    ConditionState,
    Decision,
    ProbeObservation,
    Reason,
    RoomObservation,
)
from core.alerts.reporting_interval import learn_interval, quiet_after
from core.rooms.limits import Limit
from core.times import HOUR_MS, MINUTE_MS
from tests.support.limits import COLD_ROOM

T0 = 1_760_000_000_000
LIMIT = COLD_ROOM


def probe(value: float, minute: float, spot: str = "door") -> ProbeObservation:
    return ProbeObservation(value, T0 + int(minute * MINUTE_MS), spot, 0, quiet_after(MINUTE_MS))


def run(
    values: Sequence[float | None],
    *,
    condition: str = Condition.HIGH,
    limit: Limit | None = LIMIT,
    state: ConditionState | None = None,
    start: int = 0,
) -> tuple[ConditionState, list[Decision]]:
    """One reading a minute; None: the probe says nothing, the clock ticks on."""
    state = state or ConditionState()
    last: ProbeObservation | None = None
    decisions = []
    for minute, value in enumerate(values, start):
        if value is not None:
            last = probe(value, minute)
        observation = RoomObservation(T0 + minute * MINUTE_MS, limit, [last] if last else [])
        state, decision = judge(condition, state, observation)
        decisions.append(decision)
    return state, decisions


def actions(decisions: list[Decision]) -> list[Action]:
    return [d.action for d in decisions if d.action != Action.NOTHING]


def test_it_warns_when_outside_safe_for_the_delay_and_not_a_minute_sooner() -> None:
    _, decisions = run([8.0] * 30)
    assert actions(decisions) == []
    assert decisions[-1].reason == Reason.WAITING
    state, decisions = run([8.0] * 31)
    assert decisions[-1] == Decision(Action.ACTIVATE, Reason.SAFE_DELAY_PASSED, Severity.WARNING)
    assert (state.since, state.evidence) == (T0, BoundEvidence(8.0, "door", 7.0, 8.0, T0))


def test_it_is_critical_after_the_shorter_delay_when_outside_hard() -> None:
    _, decisions = run([13.0] * 11)
    assert decisions[-1] == Decision(Action.ACTIVATE, Reason.HARD_DELAY_PASSED, Severity.CRITICAL)
    _, decisions = run([-1.0] * 11, condition=Condition.LOW)
    assert decisions[-1].severity == Severity.CRITICAL


def test_a_warning_becomes_critical_once() -> None:
    _, decisions = run([8.0] * 31 + [13.0] * 40)
    assert actions(decisions) == [Action.ACTIVATE, Action.ESCALATE]


def test_a_bound_itself_is_inside() -> None:
    _, decisions = run([7.0] * 60)
    assert {d.reason for d in decisions} == {Reason.INSIDE}


def test_coming_back_for_one_minute_does_not_start_the_delay_anew() -> None:
    state, decisions = run([8.0] * 30 + [6.9] + [8.0] * 3)
    assert actions(decisions) == [Action.ACTIVATE]
    assert state.since == T0


def test_it_clears_only_when_inside_by_the_hysteresis_for_the_off_delay() -> None:
    state, decisions = run([8.0] * 31 + [6.9, 6.6, 7.1] + [6.51] * 60)
    assert actions(decisions) == [Action.ACTIVATE]
    assert state.severity == Severity.WARNING
    _, decisions = run([6.5] * 21, state=state, start=94)
    assert {d.reason for d in decisions[:-1]} == {Reason.RECOVERING}
    assert decisions[-1] == Decision(Action.RESOLVE, Reason.BACK_INSIDE)


def test_a_probe_that_stops_reporting_in_the_middle_does_not_clear_the_alert() -> None:
    state, decisions = run([8.0] * 31 + [None] * 600)
    assert actions(decisions) == [Action.ACTIVATE]
    assert decisions[-1].reason == Reason.NO_FRESH_DATA
    _, decisions = run([5.0] * 21, state=state, start=700)
    assert actions(decisions) == [Action.RESOLVE]


def test_another_probe_that_is_well_does_not_clear_what_the_silent_one_saw() -> None:
    state, _ = run([8.0] * 31)
    observation = RoomObservation(T0 + 300 * MINUTE_MS, LIMIT, [probe(8.0, 30), probe(4.0, 300, "back")])
    state, decision = judge(Condition.HIGH, state, observation)
    assert decision == Decision(Action.NOTHING, Reason.STILL_OUTSIDE)
    for minute in range(301, 323):  # the silent one was taken away
        observation = RoomObservation(T0 + minute * MINUTE_MS, LIMIT, [probe(4.0, minute, "back")])
        state, decision = judge(Condition.HIGH, state, observation)
    assert decision.reason == Reason.BACK_INSIDE or state.severity is None


def test_a_long_silence_while_waiting_proves_nothing_about_the_time_between() -> None:
    state, decisions = run([8.0] * 20 + [None] * 120)
    assert actions(decisions) == []
    state, decisions = run([8.0] * 30, state=state, start=140)
    assert actions(decisions) == []
    assert state.since == T0 + 140 * MINUTE_MS


def test_new_limits_start_the_delay_anew() -> None:
    state, _ = run([8.0] * 30)
    changed = replace(LIMIT, version=2, safe_high=7.5, valid_from=T0 + 29 * MINUTE_MS + 1)
    state, decisions = run([8.0] * 30, limit=changed, state=state, start=30)
    assert actions(decisions) == []
    _, decisions = run([8.0] * 2, limit=changed, state=state, start=60)
    assert actions(decisions) == [Action.ACTIVATE]


def test_limits_that_went_away_or_no_longer_apply_resolve_the_alert() -> None:
    state, _ = run([8.0] * 31)
    _, decisions = run([8.0], limit=None, state=state, start=31)
    assert decisions == [Decision(Action.RESOLVE, Reason.LIMITS_CHANGED)]
    wider = replace(LIMIT, version=2, safe_high=10.0)
    _, decisions = run([8.0], limit=wider, state=state, start=31)
    assert decisions == [Decision(Action.RESOLVE, Reason.LIMITS_CHANGED)]


def test_limits_that_still_do_not_hold_keep_the_alert_without_a_second_activation() -> None:
    state, _ = run([8.0] * 31)
    narrower = replace(LIMIT, version=2, safe_high=6.0)
    state, decisions = run([8.0] * 60, limit=narrower, state=state, start=31)
    assert actions(decisions) == []
    assert isinstance(state.evidence, BoundEvidence)
    assert state.evidence.bound == 6.0


def test_limits_are_never_applied_to_the_time_before_them() -> None:
    later = replace(LIMIT, valid_from=T0 + HOUR_MS)
    _, decisions = run([8.0] * 60, limit=later)
    assert {d.reason for d in decisions} == {Reason.NOT_IN_FORCE}


def test_a_narrow_band_still_has_an_inside() -> None:
    narrow = replace(LIMIT, safe_low=0.0, safe_high=1.0, hysteresis=2.0)
    state, _ = run([1.5] * 31, limit=narrow)
    _, decisions = run([0.7] * 21, limit=narrow, state=state, start=31)
    assert actions(decisions) == [Action.RESOLVE]


def test_an_empty_room_is_left_in_peace() -> None:
    state, _ = run([8.0] * 31)
    observation = RoomObservation(T0 + 31 * MINUTE_MS, LIMIT, [probe(8.0, 31)], empty=True)
    assert judge(Condition.HIGH, state, observation)[1] == Decision(Action.RESOLVE, Reason.ROOM_EMPTY)
    assert judge(Condition.HIGH, ConditionState(), observation)[1].action == Action.NOTHING


def test_a_room_is_silent_when_every_probe_is() -> None:
    quiet = ProbeObservation(
        3.0, T0, "door", quiet=quiet_after(MINUTE_MS), quiet_after=quiet_after(MINUTE_MS)
    )
    talking = ProbeObservation(3.0, T0, "back", quiet=0, quiet_after=quiet_after(MINUTE_MS))
    state, decision = judge(
        Condition.SILENT, ConditionState(), RoomObservation(T0 + HOUR_MS, None, [quiet, talking])
    )
    assert decision.action == Action.NOTHING
    state, decision = judge(
        Condition.SILENT, ConditionState(), RoomObservation(T0 + HOUR_MS, None, [quiet, quiet])
    )
    assert decision == Decision(Action.ACTIVATE, Reason.QUIET, Severity.WARNING)
    assert (
        judge(Condition.SILENT, state, RoomObservation(T0 + HOUR_MS, None, [quiet, quiet]))[1].action
        == Action.NOTHING
    )
    _, decision = judge(Condition.SILENT, state, RoomObservation(T0 + HOUR_MS, None, [quiet, talking]))
    assert decision == Decision(Action.RESOLVE, Reason.HEARD_AGAIN)


def test_a_probe_that_speaks_once_an_hour_is_not_silent_after_ten_minutes() -> None:
    assert quiet_after(MINUTE_MS) == 10 * MINUTE_MS
    assert quiet_after(50 * MINUTE_MS) == 150 * MINUTE_MS
    assert quiet_after(None) == HOUR_MS


def test_one_long_pause_is_forgotten_again() -> None:
    interval = learn_interval(MINUTE_MS, 5 * HOUR_MS)
    assert interval == 10 * MINUTE_MS
    for _ in range(30):
        interval = learn_interval(interval, MINUTE_MS)
    assert interval == MINUTE_MS


def test_a_slow_device_is_learnt_in_a_few_steps() -> None:
    interval = 10_000
    for _ in range(5):
        interval = learn_interval(interval, 50 * MINUTE_MS)
    assert interval == 50 * MINUTE_MS


VALUES = st.lists(st.one_of(st.none(), st.floats(-5, 20).map(lambda v: round(v, 1))), max_size=150)
CONDITIONS = st.sampled_from([Condition.HIGH, Condition.LOW])


@given(
    st.permutations([probe(8.1, 0, "door"), probe(8.1, 0, "back"), probe(3.0, 1, "middle"), probe(9.0, 2)])
)
def test_the_order_of_probes_says_nothing(probes: list[ProbeObservation]) -> None:
    observation = RoomObservation(T0 + 3 * MINUTE_MS, LIMIT, probes)
    expected = judge(Condition.HIGH, ConditionState(), observation._replace(probes=sorted(probes)))
    assert judge(Condition.HIGH, ConditionState(), observation) == expected


@given(VALUES, CONDITIONS)
def test_nothing_is_raised_below_its_delay(values: list[float | None], condition: Condition) -> None:
    _, decisions = run(values, condition=condition)
    for minute, decision in enumerate(decisions):
        if decision.action in (Action.ACTIVATE, Action.ESCALATE):
            delay = 30 if decision.severity == Severity.WARNING else 10
            assert minute >= delay
            bound = {"high": (7.0, 12.0), "low": (2.5, 0.0)}[condition][
                decision.severity == Severity.CRITICAL
            ]
            heard = [v for v in values[: minute + 1] if v is not None]
            outside = [v for v in heard if (v > bound if condition == Condition.HIGH else v < bound)]
            assert len(outside) > delay / 2, "at least every second minute of the delay was seen outside"


@given(VALUES, CONDITIONS)
def test_activation_and_end_alternate_and_escalation_comes_once_between(
    values: list[float | None], condition: Condition
) -> None:
    _, decisions = run(values, condition=condition)
    severity: Severity | None = None
    for decision in decisions:
        if decision.action == Action.ACTIVATE:
            assert severity is None
            severity = decision.severity
        elif decision.action == Action.ESCALATE:
            assert severity == Severity.WARNING
            severity = Severity.CRITICAL
        elif decision.action == Action.RESOLVE:
            assert severity is not None
            severity = None


@given(st.lists(st.floats(7.1, 11.9), min_size=31, max_size=60), st.lists(st.floats(6.51, 11.9), max_size=60))
def test_one_breach_is_told_exactly_once_however_it_wavers_inside_the_hysteresis(
    breach: list[float], wavering: list[float]
) -> None:
    _, decisions = run([*breach, *wavering])
    assert actions(decisions) == [Action.ACTIVATE]


@pytest.mark.parametrize("condition", list(Condition))
def test_every_condition_answers_an_empty_observation(condition: Condition) -> None:
    assert judge(condition, ConditionState(), RoomObservation(T0, None, []))[1].action == Action.NOTHING
