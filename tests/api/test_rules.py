"""Rules by the API: made, tried, changed, taken away, and by whom."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.house import House

RULE: dict[str, Any] = {
    "name": "north", "topics": ["farm/{device}/up"],
    "values": [{"path": "t1", "metric": "temperature", "scale": 0.1}],
}  # fmt: skip
PATH = "/api/v1/recipes"


@pytest.fixture
def technician(client: TestClient, house: House) -> dict[str, str]:
    return house.head("technician")


def test_a_rule_is_made_once_changed_switched_and_deleted(
    client: TestClient, technician: dict[str, str]
) -> None:
    head = technician | {"Idempotency-Key": "rule-1"}
    made = [client.post(PATH, json={"recipe": RULE}, headers=head) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    ident = made[0].json()["id"]
    assert made[1].json()["id"] == ident
    assert [answer["name"] for answer in client.get(PATH, headers=technician).json()["items"]] == ["north"]
    answer = client.patch(f"{PATH}/{ident}", json={"active": False}, headers=technician)
    assert answer.json()["active"] is False
    changed = {"recipe": RULE | {"name": "south"}}
    assert client.patch(f"{PATH}/{ident}", json=changed, headers=technician).json()["name"] == "south"
    assert client.get(f"{PATH}/{ident}", headers=technician).json()["recipe"]["name"] == "south"
    assert client.delete(f"{PATH}/{ident}", headers=technician).json() == {"id": ident}
    assert client.get(f"{PATH}/{ident}", headers=technician).status_code == 404


def test_a_rule_is_tried_without_being_kept(client: TestClient, technician: dict[str, str]) -> None:
    body = {"recipe": RULE, "topic": "farm/box7/up", "payload": '{"t1": 34}'}
    tried = client.post(f"{PATH}/try", json=body, headers=technician).json()
    assert (tried["kind"], tried["readings"][0]["device"], tried["readings"][0]["value"]) == (
        "read",
        "box7",
        3.4,
    )
    body = {"topic": "dtu/1/up", "payload_base64": "AQMEAXL/TpoQ"}
    tried = client.post(f"{PATH}/try", json=body, headers=technician).json()
    assert (tried["reader"], tried["refused"], tried["devices"]) == ("DTU", "needs_map", ["1"])
    assert client.get(PATH, headers=technician).json()["items"] == []


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [({"topics": ["#"]}, "bad-recipe"), ({"values": []}, "bad-recipe"),
     ({"values": [{"path": "a..["}]}, "bad-path"),
     ({"nonsense": 1}, "bad-recipe"), ({"body": "family", "family": "none", "as_topic": "a"}, "bad-recipe")],
)  # fmt: skip
def test_a_wrong_rule_is_refused_with_a_sentence(
    client: TestClient, technician: dict[str, str], wrong: dict[str, Any], reason: str
) -> None:
    answer = client.post(PATH, json={"recipe": RULE | wrong}, headers=technician)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{reason}")
    assert answer.json()["detail"]


@pytest.mark.parametrize("who", ["keeper", "clerk", "viewer"])
def test_who_only_keeps_or_looks_makes_no_rules(client: TestClient, house: House, who: str) -> None:
    if who in house.tokens:
        assert client.get(PATH, headers=house.head(who)).status_code == 403
        assert client.post(PATH, json={"recipe": RULE}, headers=house.head(who)).status_code == 403
    assert client.get(PATH).status_code == 401
