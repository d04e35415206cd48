"""System issues through the API: listed, and ended by hand if they are past."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from store.overview import system_issues
from tests.api.house import House

SignedIn = Callable[[str], TestClient]
ISSUES = "/api/v1/issues"


def note(house: House) -> None:
    with house.dbs.records.write() as tx:
        for name in ("history_missed", "box.disk_low"):
            system_issues.note(tx, name, "63", house.now)


def test_a_past_one_is_acknowledged_once_and_a_lasting_one_is_not(signed_in: SignedIn, house: House) -> None:
    note(house)
    client = signed_in("technician")
    assert {row["name"]: row["past"] for row in client.get(ISSUES).json()["items"]} == {
        "history_missed": True,
        "box.disk_low": False,
    }
    head = {"Idempotency-Key": "seen-1"}
    body = {"name": "history_missed"}
    answers = [client.post(f"{ISSUES}/acknowledge", json=body, headers=head) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert client.post(f"{ISSUES}/acknowledge", json=body).status_code == 404
    refused = client.post(f"{ISSUES}/acknowledge", json={"name": "box.disk_low"})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "not-past")
    assert [row["name"] for row in client.get(ISSUES).json()["items"]] == ["box.disk_low"]


def test_a_keeper_may_not(signed_in: SignedIn, house: House) -> None:
    client = signed_in("keeper")
    assert client.get(ISSUES).status_code == 403
    assert client.post(f"{ISSUES}/acknowledge", json={"name": "history_missed"}).status_code == 403
