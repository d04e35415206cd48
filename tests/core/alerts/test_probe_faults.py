"""Stuck and implausible probes, minute by minute: when somebody is sent, and when it is over."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.alert_delays import HELD_AT_MOST
from core.alerts.alerts import Severity
from core.alerts.conditions.contract import AlertCondition, Scope
from core.alerts.conditions.implausible import DELAY, IMPLAUSIBLE
from core.alerts.conditions.probe_values import latest_value
from core.alerts.conditions.stuck import STUCK
from core.alerts.evidence import ProbeFaultEvidence
from core.alerts.judging import Action, ConditionState, ProbeObservation, Reason, RoomObservation
from core.times import HOUR_MS, MINUTE_MS

NOW = 1_760_000_040_000  # a full minute
WAIT_MINUTES = DELAY // MINUTE_MS
GOOD = ProbeObservation(4.0, NOW, "back")


def faulty(condition: AlertCondition, spot: str = "door", reported: float = 85.0) -> ProbeObservation:
    return ProbeObservation(4.0, NOW, spot, doubted=True, fault=condition.name, reported=reported)


@dataclass
class Watch:
    """Judges one condition again and again, as the engine does."""

    condition: AlertCondition
    state: ConditionState = field(default_factory=ConditionState)

    def judge(self, at: int, *probes: ProbeObservation, empty: bool = False) -> Action:
        self.state, decision = self.condition.judge(self.state, RoomObservation(at, None, probes, empty))
        return decision.action

    def minute(self, number: int, is_faulty: bool) -> Action:
        probe = faulty(self.condition) if is_faulty else GOOD
        return self.judge(NOW + number * MINUTE_MS, probe)


def expected_actions(minutes: list[bool], wait: int) -> list[Action]:
    """The slow and obvious answer: it is one fault as long as good values never last `wait` minutes."""
    actions, begun, last_fault, active = [], None, 0, False
    for number, is_faulty in enumerate(minutes):
        action = Action.NOTHING
        if is_faulty:
            begun, last_fault = number if begun is None else begun, number
            if not active and number - begun >= wait:
                action, active = Action.ACTIVATE, True
        elif begun is not None and number - last_fault >= wait:
            action = Action.RESOLVE if active else Action.NOTHING
            begun, active = None, False
        actions.append(action)
    return actions


spells = st.lists(st.tuples(st.booleans(), st.integers(1, 2 * WAIT_MINUTES)), max_size=8).map(
    lambda parts: [is_faulty for is_faulty, long in parts for _ in range(long)]
)


@given(spells)
def test_a_loose_contact_is_one_fault_until_it_holds_for_the_delay(minutes: list[bool]) -> None:
    watch = Watch(IMPLAUSIBLE)
    actions = [watch.minute(number, is_faulty) for number, is_faulty in enumerate(minutes)]
    assert actions == expected_actions(minutes, WAIT_MINUTES)


@given(st.lists(st.booleans(), max_size=30))
def test_a_value_that_stands_still_is_told_at_once_and_ends_at_once(minutes: list[bool]) -> None:
    watch = Watch(STUCK)
    actions = [watch.minute(number, is_faulty) for number, is_faulty in enumerate(minutes)]
    assert actions == expected_actions(minutes, 0)


@given(spells)
def test_a_room_declared_empty_never_has_a_fault(minutes: list[bool]) -> None:
    watch = Watch(IMPLAUSIBLE)
    for number, is_faulty in enumerate(minutes):
        watch.minute(number, is_faulty)
    was_active = watch.state.severity is not None
    action = watch.judge(NOW + len(minutes) * MINUTE_MS, faulty(IMPLAUSIBLE), empty=True)
    assert action == (Action.RESOLVE if was_active else Action.NOTHING)
    assert watch.state == ConditionState()


@pytest.mark.parametrize(("condition", "other"), [(IMPLAUSIBLE, STUCK), (STUCK, IMPLAUSIBLE)])
def test_a_fault_of_the_other_kind_raises_nothing(condition: AlertCondition, other: AlertCondition) -> None:
    watch = Watch(condition)
    for number in (0, WAIT_MINUTES, 2 * WAIT_MINUTES):
        assert watch.judge(NOW + number * MINUTE_MS, faulty(other)) == Action.NOTHING


def test_a_fault_is_a_warning_about_the_probe_and_names_what_it_reports() -> None:
    watch = Watch(STUCK)
    assert watch.judge(NOW + 61_000, faulty(STUCK, "pile", 3.9), faulty(STUCK, "back", 2.1), GOOD) == (
        Action.ACTIVATE
    )
    assert STUCK.scope == Scope.PROBE
    assert watch.state.severity == Severity.WARNING
    assert watch.state.evidence == ProbeFaultEvidence(2.1, "back", 2.1, NOW + MINUTE_MS, other_probes=1)


@given(st.lists(st.sampled_from(["fresh", "stale", "doubted", "empty"]), max_size=5))
def test_only_probes_that_still_show_the_room_count_as_others(others: list[str]) -> None:
    probes = {
        "fresh": GOOD,
        "stale": GOOD._replace(at=NOW - HOUR_MS - 1),
        "doubted": GOOD._replace(doubted=True),
        "empty": GOOD._replace(value=None),
    }
    watch = Watch(STUCK)
    watch.judge(NOW, faulty(STUCK), *(probes[kind] for kind in others))
    assert isinstance(watch.state.evidence, ProbeFaultEvidence)
    assert watch.state.evidence.other_probes == others.count("fresh")


@given(st.integers(0, 59))
def test_within_a_minute_there_is_nothing_new_to_save(second: int) -> None:
    watch = Watch(STUCK)
    watch.judge(NOW, faulty(STUCK))
    state = watch.state
    watch.judge(NOW + second * 1000, faulty(STUCK))
    assert watch.state == state


def test_a_room_whose_probes_were_taken_away_ends_its_fault_without_waiting() -> None:
    watch = Watch(IMPLAUSIBLE)
    watch.minute(0, True)
    assert watch.minute(WAIT_MINUTES, True) == Action.ACTIVATE
    state, decision = IMPLAUSIBLE.judge(watch.state, RoomObservation(NOW, None, []))
    assert (decision.action, decision.reason) == (Action.RESOLVE, Reason.BELIEVED)
    assert state == ConditionState()


values = st.none() | st.floats(-30, 40)


@given(st.lists(st.tuples(values, st.integers(0, 10**6)), max_size=6, unique_by=lambda row: row[1]))
def test_the_value_at_the_end_is_the_latest_that_can_be_true(rows: list[tuple[float | None, int]]) -> None:
    probes = [ProbeObservation(value, at, "door") for value, at in rows]
    believable = [(at, value) for value, at in rows if value is not None]
    assert latest_value(probes) == (max(believable)[1] if believable else None)


@pytest.mark.parametrize(("others", "told_at"), [((GOOD,), None), ((), HELD_AT_MOST // MINUTE_MS)])
def test_one_wrong_value_of_a_slow_probe_proves_nothing_while_others_show_the_room(
    others: tuple[ProbeObservation, ...], told_at: int | None
) -> None:
    """85.0 at its start, the next report after an hour."""
    watch, activated_at = Watch(IMPLAUSIBLE), None
    for minute in range(60):
        now = NOW + minute * MINUTE_MS
        held = faulty(IMPLAUSIBLE)._replace(quiet=minute * MINUTE_MS)
        fresh = [other._replace(at=now) for other in others]
        if watch.judge(now, held, *fresh) == Action.ACTIVATE:
            activated_at = minute
    assert activated_at == told_at


def test_the_second_wrong_value_behind_the_delay_proves_it() -> None:
    watch, activated_at = Watch(IMPLAUSIBLE), None
    for minute in range(40):
        now = NOW + minute * MINUTE_MS
        held = faulty(IMPLAUSIBLE)._replace(quiet=minute % WAIT_MINUTES * MINUTE_MS)
        if watch.judge(now, held, GOOD._replace(at=now)) == Action.ACTIVATE:
            activated_at = minute
    assert activated_at == WAIT_MINUTES
