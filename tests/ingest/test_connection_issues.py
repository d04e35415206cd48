"""Faults of the connection on the page: those that pass by themselves wait, the others are there at once."""

from contextlib import contextmanager
from typing import Any

import pytest

from core.errors import StoreError
from ingest.connection_fault import (
    CRASHED,
    LOGIN_REFUSED,
    NO_ANSWER,
    SUBSCRIPTION,
    TAKEN_OVER,
    ConnectionFault,
)
from ingest.connection_issues import PATIENCE, ConnectionIssues
from store.database import Databases
from store.overview import system_issues

LOGIN = ConnectionFault(LOGIN_REFUSED, "refused")
AWAY = ConnectionFault("broker.unreachable", "hub: timed out")


@pytest.fixture
def issues(dbs: Databases) -> ConnectionIssues:
    return ConnectionIssues(dbs, lambda: 1000)


def shown(dbs: Databases) -> dict[str, str]:
    with dbs.records.read() as tx:
        return {issue.name: issue.text for issue in system_issues.open_issues(tx)}


def test_a_fault_that_a_person_must_mend_is_shown_at_once(dbs: Databases, issues: ConnectionIssues) -> None:
    issues.report(LOGIN)
    assert shown(dbs) == {"broker.login": "refused"}


def test_a_refused_login_is_known_until_something_else_happens(issues: ConnectionIssues) -> None:
    assert not issues.is_login_refused
    for ending in (lambda: issues.report(AWAY), lambda: issues.on_connected(is_refused_topics=False)):
        issues.report(LOGIN)
        assert issues.is_login_refused
        ending()
        assert not issues.is_login_refused


def test_a_broker_that_restarts_is_shown_only_when_it_lasts(dbs: Databases, issues: ConnectionIssues) -> None:
    for _ in range(PATIENCE - 1):
        issues.report(AWAY)
    assert shown(dbs) == {}
    issues.report(AWAY)
    assert shown(dbs) == {"broker.unreachable": "hub: timed out"}


def test_another_fault_between_begins_the_count_anew(dbs: Databases, issues: ConnectionIssues) -> None:
    for fault in (AWAY, AWAY, ConnectionFault(NO_ANSWER, "silent"), AWAY, AWAY):
        issues.report(fault)
    assert shown(dbs) == {}


def test_the_next_fault_takes_the_place_of_the_one_before(dbs: Databases, issues: ConnectionIssues) -> None:
    issues.report(LOGIN)
    issues.report(ConnectionFault("broker.certificate_expired", "expired"))
    assert set(shown(dbs)) == {"broker.certificate_expired"}


@pytest.mark.parametrize("word", [TAKEN_OVER, SUBSCRIPTION])
def test_a_fault_of_a_working_connection_stays_beside_others(
    dbs: Databases, issues: ConnectionIssues, word: str
) -> None:
    issues.report(ConnectionFault(word, "text"))
    issues.report(LOGIN)
    assert set(shown(dbs)) == {word, "broker.login"}


def test_a_new_connection_ends_its_faults_but_not_a_crash(dbs: Databases, issues: ConnectionIssues) -> None:
    issues.report_crash(ValueError("odd"))
    issues.report(LOGIN)
    issues.on_connected(is_refused_topics=False)
    assert shown(dbs) == {CRASHED: "ValueError: odd"}
    issues.clear()
    assert shown(dbs) == {}


def test_a_connection_that_is_refused_topics_clears_nothing(dbs: Databases, issues: ConnectionIssues) -> None:
    issues.report(ConnectionFault(SUBSCRIPTION, "refused"))
    issues.on_connected(is_refused_topics=True)
    assert set(shown(dbs)) == {SUBSCRIPTION}


def test_what_an_earlier_process_left_is_cleared_and_other_issues_are_not(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        system_issues.note(tx, "broker.login", "old", 1)
        system_issues.note(tx, "history_away", "of the recorder", 1)
    ConnectionIssues(dbs, lambda: 1000).on_connected(is_refused_topics=False)
    assert set(shown(dbs)) == {"history_away"}


def test_the_same_text_is_logged_once(issues: ConnectionIssues, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        issues.report(AWAY)
    assert [record.message for record in caplog.records] == ["hub: timed out"]
    issues.on_connected(is_refused_topics=False)
    issues.report(AWAY)
    assert len(caplog.records) == 2


def test_a_database_that_is_away_does_not_end_the_listener_and_is_tried_again(
    dbs: Databases,
    issues: ConnectionIssues,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    @contextmanager
    def refuse() -> Any:
        raise StoreError("away")
        yield

    with monkeypatch.context() as broken:
        broken.setattr(dbs.records, "write", refuse)
        issues.report(LOGIN)
        issues.clear()
    assert "away" in caplog.text
    issues.report(LOGIN)
    assert set(shown(dbs)) == {"broker.login"}
