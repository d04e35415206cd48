"""Notifications through the API: what was sent to whom, and whether it went out."""

import pytest

from core.times import MINUTE_MS
from tests.api.scene import API, Callers


@pytest.fixture(scope="module", autouse=True)
def rung(callers: Callers) -> None:
    """A test message to those on duty; the outbox is not running, so it stays queued."""
    answer = callers("keeper").post(f"{API}/checks/ring")
    assert (answer.status_code, answer.json()["texts"]) == (200, 1)
    assert answer.json()["people"] == [{"id": callers.house.people["keeper"], "name": "keeper"}]


def test_a_queued_message_is_shown_with_its_text_and_no_attempt(callers: Callers) -> None:
    row = callers("viewer").get(f"{API}/notifications").json()["items"][0]
    assert (row["kind"], row["status"], row["channel"], row["alert"]) == ("trial", "queued", "pretend", None)
    assert (row["attempts"], row["sent_at"], row["error"]) == (0, None, None)
    assert row["person"] == callers.house.people["keeper"]
    assert row["text"]
    assert {"dedup_key", "next_try_at"}.isdisjoint(row), "how it is kept is not for callers"


@pytest.mark.parametrize(("status", "count"), [("queued", 1), ("sent", 0), ("failed", 0), ("dropped", 0)])
def test_the_list_narrows_by_status(callers: Callers, status: str, count: int) -> None:
    rows = callers("viewer").get(f"{API}/notifications", params={"status": status}).json()["items"]
    assert len(rows) == count


def test_an_alert_that_is_not_there_has_no_messages(callers: Callers) -> None:
    assert callers("viewer").get(f"{API}/notifications", params={"alert": 99}).json()["items"] == []


def test_nobody_is_rung_again_within_five_minutes(callers: Callers) -> None:
    assert callers("technician").post(f"{API}/checks/ring").json()["texts"] == 0
    callers.house.now += 6 * MINUTE_MS
    key = {"Idempotency-Key": "ring-1"}
    for _ in range(2):
        assert callers("keeper").post(f"{API}/checks/ring", headers=key).json()["texts"] == 1
    rows = callers("viewer").get(f"{API}/notifications").json()["items"]
    assert len(rows) == 2, "the second request with the key sent nothing"
