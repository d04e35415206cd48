"""The loops of the alerting process: they go on whatever happens, and say so."""

import contextlib
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from alerts import service
from alerts.channels.contract import InboundMessage
from alerts.service import AlertService
from core.errors import SendError, StoreError
from core.times import DAY_MS, MINUTE_MS
from store.journal import journal
from store.overview import system_issues
from store.tables import changes
from tests.alerts.village import KEEPER, Phones, Village


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


class Running:
    def __init__(self, made: AlertService) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=made.run, args=(self.stop,))

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(timeout=10)
        assert not self.thread.is_alive()


def noted(village: Village) -> list[str]:
    with village.dbs.records.read() as tx:
        return [problem.name for problem in system_issues.open_issues(tx)]


def test_it_judges_sends_hears_and_reports_how_far_it_is(village: Village) -> None:
    phones = Phones()
    with Running(AlertService(village.dbs, phones, now=lambda: village.clock)):
        village.minutes(None, 32, a=8.0)
        wait_until(lambda: phones.to(KEEPER) != [])
        phones.answer(KEEPER, "1", village.clock)
        wait_until(lambda: any("记下了" in text for text in phones.to(KEEPER)))

        def reported() -> bool:
            village.clock += 5000
            with village.dbs.journal.read() as tx:
                return journal.reported_offsets(tx).get("engine") == journal.last_seq(tx)

        wait_until(reported)


def test_a_network_that_hangs_does_not_hold_up_the_judging(village: Village) -> None:
    hanging = threading.Event()

    class Slow(Phones):
        def send(self, phone: str, text: str, dedup_key: str) -> str:
            hanging.wait(20)
            return super().send(phone, text, dedup_key)

    phones = Slow()
    made = AlertService(village.dbs, phones, now=lambda: village.clock)
    with Running(made):
        village.minutes(None, 32, a=8.0)
        wait_until(lambda: made.engine.saved_offset >= 64)
        village.minutes(None, 32, a=8.0)
        wait_until(lambda: made.engine.saved_offset >= 128)
        hanging.set()
        wait_until(lambda: phones.to(KEEPER) != [])


def test_a_store_that_fails_is_a_problem_until_it_works_again(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "REST_S", (0.01,))
    made = AlertService(village.dbs, Phones(), now=lambda: village.clock)
    works, failing = made.engine.step, threading.Event()
    failing.set()

    def step(now: int) -> int:
        if failing.is_set():
            raise StoreError("disk full")
        return works(now)

    monkeypatch.setattr(made.engine, "step", step)
    with Running(made):
        wait_until(lambda: noted(village) == ["alerts.engine"])
        failing.clear()
        wait_until(lambda: noted(village) == [])


def test_answers_that_cannot_be_asked_for_are_a_problem(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ASK_EVERY_S", 0.01)
    deaf = threading.Event()
    deaf.set()

    class Deaf(Phones):
        def receive(self, after: str | None) -> list[InboundMessage]:
            if deaf.is_set():
                raise SendError("no network", retry=True)
            return super().receive(after)

    with Running(AlertService(village.dbs, Deaf(), now=lambda: village.clock)):
        wait_until(lambda: noted(village) == ["alerts.answers"])
        deaf.clear()
        wait_until(lambda: noted(village) == [])


def test_a_listener_that_says_nothing_is_one_problem_about_us(village: Village) -> None:
    village.minutes(None, 3, a=5.0)
    with Running(AlertService(village.dbs, Phones(), now=lambda: village.clock)):
        village.clock += 2 * MINUTE_MS
        wait_until(lambda: noted(village) == ["alerts.heartbeat"])

        def back() -> bool:
            village.minutes(None, 1, a=5.0)
            return noted(village) == []

        wait_until(back)


def test_what_a_killed_process_could_not_do_does_not_stay_on_the_page(village: Village) -> None:
    with village.dbs.records.write() as tx:
        for name in ("alerts.sending", "alerts.engine", "alerts.nobody_to_tell.1", "recorder"):
            system_issues.note(tx, name, "broken", village.clock)
    with Running(AlertService(village.dbs, Phones(), now=lambda: village.clock)):
        wait_until(lambda: noted(village) == ["alerts.nobody_to_tell.1", "recorder"])


def test_that_it_is_over_is_said_again_until_it_can_be_written(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = AlertService(village.dbs, Phones(), now=lambda: village.clock)
    made._record_state("engine", True, "disk full")

    def full(*_: object) -> None:
        raise StoreError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(system_issues, "clear", full)
        with contextlib.suppress(StoreError):
            made._record_state("engine", False, "")
    assert noted(village) == ["alerts.engine"]
    made._record_state("engine", False, "")
    assert noted(village) == []


def test_the_records_are_trimmed_every_hour(village: Village) -> None:
    def oldest() -> int:
        with village.dbs.records.read() as tx:
            return int(tx.execute(select(func.min(changes.c.seq))).scalar() or 0)

    with Running(AlertService(village.dbs, Phones(), now=lambda: village.clock)):
        assert oldest() == 1
        village.clock += 8 * DAY_MS
        wait_until(lambda: oldest() > 1)
