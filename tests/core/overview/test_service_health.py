"""The one decision: a service is judged by its own report and by the work that waits for it."""

import pytest

from core.overview.service_health import (
    RECORDER_HOLDS_S,
    SERVICES,
    ServiceState,
    WaitingWork,
    service_states,
    troubled,
)
from core.overview.service_progress import PartProgress, ServiceProgress, ServiceTrouble
from core.overview.service_texts import SERVICE_EFFECTS, SERVICE_NAMES, TROUBLE_TEXTS, UNSENT, trouble_text

NOW = 1000.0


def report(
    alive_s: float = 0, idle_s: float = 0, *, outside: bool = False, ended: bool = False
) -> ServiceProgress:
    part = PartProgress(NOW - alive_s, NOW - idle_s, "away" if idle_s else "", outside)
    return ServiceProgress("box/boot:1:1", "", 0.0, ended, {"loop": part}, True)


def state_of(
    name: str, reports: dict[str, ServiceProgress] | None = None, waiting: WaitingWork | None = None
) -> ServiceState:
    states = service_states(reports or {}, waiting or WaitingWork(), NOW)
    return next(state for state in states if state.service == name)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_hangs_is_in_trouble_whatever_its_work_says(name: str) -> None:
    assert state_of(name, {name: report(alive_s=61)}).trouble == ServiceTrouble.HUNG
    assert state_of(name, {name: report()}).trouble is None


def test_an_engine_that_says_it_works_and_judges_nothing_is_in_trouble() -> None:
    state = state_of("alerts", {"alerts": report()}, WaitingWork(unjudged=61))
    assert (state.trouble, state.age_s, state.unsent) == (ServiceTrouble.BEHIND, 61, False)
    assert state_of("alerts", {"alerts": report()}, WaitingWork(unjudged=60)).trouble is None


def test_texts_that_are_due_and_not_sent_are_the_alerts_trouble() -> None:
    state = state_of("alerts", {"alerts": report()}, WaitingWork(unjudged=1, unsent=90))
    assert (state.trouble, state.age_s, trouble_text(state)) == (ServiceTrouble.BEHIND, 90, UNSENT)


def test_a_service_without_a_report_is_judged_by_its_work() -> None:
    state = state_of("record", {}, WaitingWork(unrecorded=61))
    assert (state.trouble, state.is_known) == (ServiceTrouble.BEHIND, False)
    assert state_of("record").trouble is None


def test_a_recorder_that_gathers_readings_is_behind_only_when_it_holds_them_too_long() -> None:
    reports = {"record": report()}
    for age_s, trouble in ((61, None), (RECORDER_HOLDS_S + 61, ServiceTrouble.BEHIND)):
        assert state_of("record", reports, WaitingWork(unrecorded=age_s)).trouble == trouble


def test_a_recorder_that_waits_for_its_store_is_not_in_trouble_and_says_so() -> None:
    state = state_of("record", {"record": report(idle_s=900, outside=True)}, WaitingWork(unrecorded=900))
    assert (state.trouble, state.waits_for_outside, state.why) == (None, True, "away")
    assert "外面" in trouble_text(state)


def test_a_supervisor_is_in_trouble_if_it_hangs_and_not_if_it_has_ended() -> None:
    assert state_of("up", {"up": report(alive_s=61)}).trouble == ServiceTrouble.HUNG
    assert state_of("up", {"up": report(alive_s=61, ended=True)}).trouble is None
    assert [state.service for state in service_states({}, WaitingWork(), NOW)] == list(SERVICES)


def test_the_most_urgent_comes_first() -> None:
    reports = {name: report(alive_s=61) for name in ("web", "record", "alerts")}
    names = [state.service for state in troubled(service_states(reports, WaitingWork(), NOW))]
    assert names == ["alerts", "record", "web"]


def test_every_service_and_trouble_has_its_words() -> None:
    assert set(TROUBLE_TEXTS) == set(ServiceTrouble)
    assert SERVICE_NAMES.keys() == SERVICE_EFFECTS.keys() >= {*SERVICES, "up"}
