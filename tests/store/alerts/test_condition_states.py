"""A state that an earlier version stored goes on as if nothing had happened."""

from typing import Any

from core.alerts.conditions import judge
from core.alerts.evidence import BoundEvidence
from core.alerts.judging import Action, ConditionState, ProbeObservation, RoomObservation
from core.alerts.outside_time import OutsideTime
from core.alerts.reporting_interval import quiet_after
from core.times import MINUTE_MS
from store.alerts.engine_state import state_from_json, state_to_json
from tests.alerts.village import LIMIT

T = 1_768_320_000_000
WARM = BoundEvidence(8.0, "door", bound=7.0, worst=8.0, worst_at=T)


def stored(**changed: Any) -> dict[str, Any]:
    """As stored before delays counted readings."""
    state = {
        "version": 1,
        "since": T - 20 * MINUTE_MS,
        "hard_since": None,
        "severity": None,
        "judged_at": T,
        "evidence": WARM.to_json(),
    }
    return {**state, **changed}


def test_a_delay_that_was_running_keeps_the_time_that_has_passed() -> None:
    state = state_from_json(stored())
    assert state.outside == OutsideTime(20 * MINUTE_MS, T, True, T - 20 * MINUTE_MS)
    for minute in range(1, 11):
        now = T + minute * MINUTE_MS
        probe = ProbeObservation(8.0, now, "door", 0, quiet_after(MINUTE_MS))
        state, decision = judge("high", state, RoomObservation(now, LIMIT, [probe]))
    assert (decision.action, state.since) == (Action.ACTIVATE, T - 20 * MINUTE_MS)


def test_an_open_alert_stays_open_and_its_hard_delay_begins_anew() -> None:
    state = state_from_json(stored(severity="warning", hard_since=T - MINUTE_MS))
    assert (state.severity, state.outside, state.hard, state.repeats) == ("warning", None, None, 0)


def test_a_quiet_state_is_quiet() -> None:
    assert state_from_json(stored(since=None, evidence=None, version=4)) == ConditionState(
        version=4, judged_at=T
    )


def test_a_new_state_comes_back_as_it_was() -> None:
    timer = OutsideTime(5, T, True, T - 5, "door")
    state = ConditionState(2, T - 5, None, T, WARM, timer, timer, T - 9, 3)
    assert state_from_json(state_to_json(state)) == state
