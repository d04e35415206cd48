"""Rules by the API: made, tried, changed, taken away, and by whom."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.house import House

RULE: dict[str, Any] = {
    "name": "north", "topics": ["farm/{device}/up"],
    "values": [{"path": "t1", "metric": "temperature", "scale": 0.1}],
}  # fmt: skip
PATH = "/api/v1/rules"


@pytest.fixture
def technician(client: TestClient, house: House) -> dict[str, str]:
    return house.head("technician")


def test_a_rule_is_made_once_changed_switched_and_deleted(
    client: TestClient, technician: dict[str, str]
) -> None:
    head = technician | {"Idempotency-Key": "rule-1"}
    made = [client.post(PATH, json={"rule": RULE}, headers=head) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    ident = made[0].json()["id"]
    assert made[1].json()["id"] == ident
    assert [answer["name"] for answer in client.get(PATH, headers=technician).json()["items"]] == ["north"]
    answer = client.patch(f"{PATH}/{ident}", json={"active": False}, headers=technician)
    assert answer.json()["active"] is False
    changed = {"rule": RULE | {"name": "south"}}
    assert client.patch(f"{PATH}/{ident}", json=changed, headers=technician).json()["name"] == "south"
    assert client.get(f"{PATH}/{ident}", headers=technician).json()["rule"]["name"] == "south"
    assert client.delete(f"{PATH}/{ident}", headers=technician).json() == {"id": ident}
    assert client.get(f"{PATH}/{ident}", headers=technician).status_code == 404


def test_a_rule_is_tried_without_being_kept(client: TestClient, technician: dict[str, str]) -> None:
    body = {"rule": RULE, "topic": "farm/box7/up", "payload": '{"t1": 34}'}
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
    [({"topics": ["#"]}, "bad-rule"), ({"values": []}, "bad-rule"),
     ({"values": [{"path": "a..["}]}, "bad-path"),
     ({"nonsense": 1}, "bad-rule"), ({"body": "family", "family": "none", "as_topic": "a"}, "bad-rule")],
)  # fmt: skip
def test_a_wrong_rule_is_refused_with_a_sentence(
    client: TestClient, technician: dict[str, str], wrong: dict[str, Any], reason: str
) -> None:
    answer = client.post(PATH, json={"rule": RULE | wrong}, headers=technician)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{reason}")
    assert answer.json()["detail"]


@pytest.mark.parametrize("who", ["keeper", "clerk", "viewer"])
def test_who_only_keeps_or_looks_makes_no_rules(client: TestClient, house: House, who: str) -> None:
    if who in house.tokens:
        assert client.get(PATH, headers=house.head(who)).status_code == 403
        assert client.post(PATH, json={"rule": RULE}, headers=house.head(who)).status_code == 403
    assert client.get(PATH).status_code == 401


def test_a_client_of_the_old_address_still_works(client: TestClient, technician: dict[str, str]) -> None:
    old = "/api/v1/recipes"
    made = client.post(old, json={"recipe": RULE}, headers=technician | {"Idempotency-Key": "old-1"})
    assert made.status_code == 201
    assert made.json()["recipe"]["name"] == "north"
    assert made.headers["deprecation"] == "true"
    address = f"{old}/{made.json()['id']}"
    answer = client.patch(address, json={"recipe": RULE | {"name": "south"}}, headers=technician)
    assert answer.json()["recipe"]["name"] == "south"
    assert [rule["recipe"]["name"] for rule in client.get(old, headers=technician).json()["items"]] == [
        "south"
    ]
    tried = {"recipe": RULE, "topic": "farm/box7/up", "payload": '{"t1": 34}'}
    assert client.post(f"{old}/try", json=tried, headers=technician).json()["kind"] == "read"
    assert client.delete(address, headers=technician).json() == {"id": made.json()["id"]}
    assert client.get(old).status_code == 401


def test_the_old_address_keeps_the_old_problem_types_and_is_not_described(
    client: TestClient, technician: dict[str, str]
) -> None:
    answer = client.post("/api/v1/recipes", json={"recipe": RULE | {"values": []}}, headers=technician)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-recipe")
    missing = client.get("/api/v1/recipes/77", headers=technician)
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/no-such-recipe")
    assert not any("recipes" in path for path in client.get("/openapi.json").json().get("paths", {}))
