"""When a service counts as hung, failing or ended."""

from core.overview.service_progress import PartProgress, ServiceProgress, ServiceTrouble, progress_state

NOW = 1000.0


def report(
    *parts: PartProgress, ended: bool = False, running: bool | None = True, started_at: float = 0.0
) -> ServiceProgress:
    named = {str(number): part for number, part in enumerate(parts)}
    return ServiceProgress("box:1:2", "", started_at, ended, named, running)


def trouble(progress: ServiceProgress) -> tuple[ServiceTrouble | None, float]:
    state = progress_state(progress, NOW, 60.0)
    return state.trouble, state.age_s


def test_a_service_whose_loops_come_round_and_work_has_no_trouble() -> None:
    assert trouble(report(PartProgress(NOW - 1, NOW - 2), PartProgress(NOW - 60, NOW - 60))) == (None, 60)


def test_one_loop_that_stands_still_is_enough() -> None:
    assert trouble(report(PartProgress(NOW, NOW), PartProgress(NOW - 61, NOW))) == (ServiceTrouble.HUNG, 61)


def test_a_loop_that_comes_round_and_does_no_work_fails_and_says_why() -> None:
    state = progress_state(report(PartProgress(NOW, NOW - 61, "disk full")), NOW, 60.0)
    assert state == (ServiceTrouble.FAILING, 61, "disk full", False)


def test_a_service_that_waits_for_another_program_is_not_at_fault() -> None:
    away = PartProgress(NOW, NOW - 900, "connection refused", True)
    state = progress_state(report(away), NOW, 60.0)
    assert state == (None, 900, "connection refused", True)
    assert trouble(report(away, PartProgress(NOW, NOW - 61, "bug"))) == (ServiceTrouble.FAILING, 61)


def test_a_process_that_has_not_come_to_its_loops_is_judged_from_its_start() -> None:
    assert trouble(report(started_at=NOW - 59)) == (None, 0)
    assert trouble(report(started_at=NOW - 61)) == (ServiceTrouble.HUNG, 61)


def test_a_process_that_is_gone_has_a_moment_to_come_back() -> None:
    assert trouble(report(PartProgress(NOW - 5, NOW - 5), running=False)) == (None, 5)
    assert trouble(report(PartProgress(NOW - 61, NOW - 61), running=False)) == (ServiceTrouble.ENDED, 61)


def test_one_that_was_stopped_in_order_is_ended_at_once() -> None:
    assert trouble(report(PartProgress(NOW - 5, NOW - 5), ended=True)) == (ServiceTrouble.ENDED, 5)


def test_of_a_process_in_another_container_only_its_report_counts() -> None:
    assert trouble(report(PartProgress(NOW, NOW), running=None)) == (None, 0)
    assert trouble(report(PartProgress(NOW - 61, NOW), running=None)) == (ServiceTrouble.HUNG, 61)
