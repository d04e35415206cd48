"""Whom the supervisor ends: what hangs, what works in vain, and never because it slept itself."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from coldshed.hang_watch import GAP_S, START_GRACE_S, AnswerWatch, HangWatch
from core.overview.service_progress import PartProgress, ServiceProgress

HUNG_S = 60.0


@dataclass
class Service:
    name: str = "alerts"
    started_at: float = 0.0
    pid: int | None = 7


class House:
    """A watch over one service, with a clock and reports that the test sets."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.reports: Mapping[str, ServiceProgress] | None = {}
        self.answers = AnswerWatch({"web": lambda: True, "broker": lambda: True}, 1)
        self.watch = HangWatch(lambda: self.reports, self.answers, HUNG_S)
        self.now = 0.0

    def report(self, *parts: PartProgress, pid: int = 7) -> None:
        named = {str(number): part for number, part in enumerate(parts)}
        self.reports = {self.service.name: ServiceProgress(f"box/boot:{pid}:1", "", 0, False, named, True)}

    def look(self, until: float) -> list[tuple[str, int]]:
        """Looks every two seconds. Returns the stalls: trouble, when."""
        stalls = []
        while self.now < until:
            self.now += 2
            stalls += [(str(s.trouble), int(self.now)) for s in self.watch.stalls([self.service], self.now)]
        return stalls


def test_one_that_reports_nothing_more_is_hung_after_a_minute() -> None:
    house = House(Service())
    house.report(PartProgress(100, 100))
    assert house.look(until=160) == []
    assert house.look(until=162) == [("hung", 162)]


def test_one_that_only_starts_gets_longer() -> None:
    house = House(Service())
    assert house.look(until=HUNG_S + START_GRACE_S) == []
    assert house.look(until=HUNG_S + START_GRACE_S + 2) == [("hung", 122)]


def test_a_report_of_the_process_before_counts_for_nothing() -> None:
    house = House(Service(started_at=500, pid=8))
    house.now = 500
    house.report(PartProgress(400, 400), pid=7)
    assert house.look(until=618) == []


def test_a_second_process_that_writes_to_the_same_file_kills_nobody() -> None:
    house = House(Service())
    house.report(PartProgress(100, 100))
    house.look(until=110)
    house.report(PartProgress(10, 10), pid=99)
    assert house.look(until=160) == []


def test_nobody_is_judged_by_the_time_in_which_the_supervisor_slept() -> None:
    house = House(Service())
    house.report(PartProgress(10, 10))
    house.look(until=12)
    house.now += 3600  # the machine was suspended
    assert house.look(until=3612 + HUNG_S) == []
    assert house.look(until=3612 + HUNG_S + 4) != []
    assert GAP_S < HUNG_S


def test_where_reports_cannot_be_written_nobody_is_killed_for_an_old_one() -> None:
    house = House(Service())
    house.reports = None
    assert house.look(until=1000) == []


@pytest.mark.parametrize("name", ["web", "broker"])
def test_a_server_that_answers_no_more_is_hung(name: str) -> None:
    house = House(Service(name))
    house.report(PartProgress(2000, 2000))
    house.answers.answered_at[name] = 100
    assert house.look(until=160) == []
    assert house.look(until=162) == [("hung", 162)]


def test_one_that_is_not_watched_is_left_alone() -> None:
    assert House(Service("simulate")).look(until=1000) == []
    assert House(Service(pid=None)).look(until=1000) == []


def test_one_that_works_in_vain_is_started_again_less_and_less_often() -> None:
    house = House(Service())
    stalls = []
    while house.now < 1000:
        house.report(PartProgress(house.now, 0, "disk full"))
        ended = house.look(until=house.now + 2)
        if ended:
            house.service.started_at = house.now
        stalls += ended
    assert stalls == [("failing", 62), ("failing", 184), ("failing", 426), ("failing", 908)]
    house.report(PartProgress(house.now, house.now))
    assert house.look(until=house.now + 2) == []  # it works, so the next failure counts from the beginning
    for _ in range(32):
        house.report(PartProgress(house.now, 1000, "disk full"))
        stalls += house.look(until=house.now + 2)
    assert stalls[-1] == ("failing", 1062)


def test_one_that_waits_for_another_program_is_left_alone() -> None:
    house = House(Service())
    while house.now < 1000:
        house.report(PartProgress(house.now, 0, "connection refused", True))
        assert house.look(until=house.now + 2) == []
