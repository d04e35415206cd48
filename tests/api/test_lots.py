"""Lots through the API: who may write for whom, and what the answer says."""

from typing import Any

import pytest

from api.times import iso
from core.times import DAY_MS
from tests.api.scene import API, Callers


def body(callers: Callers, owner: str = "alice", **more: object) -> dict[str, Any]:
    cooperative = callers.house.cooperatives[owner]
    return {"produce": "potato_table", "cooperative": cooperative, "room": 1, "kg": 2.5, **more}


def test_a_lot_says_what_is_left_of_it_and_where(callers: Callers) -> None:
    harvested: dict[str, Any] = {"harvested_on": "2025-10-02", "bags": 40, "variety": "青薯9号"}
    made = callers("keeper").post(f"{API}/lots", json=body(callers, **harvested)).json()
    assert (made["kg"], made["rooms"], made["warnings"]) == (2.5, [{"room": 1, "kg": 2.5}], [])
    assert {name: made[name] for name in harvested} == harvested
    assert made["created_at"] == iso(callers.house.now)
    assert (made["name"], made["cooperative"]["name"]) == ("土豆", "alice合作社")
    move = {"lot": made["id"], "kind": "issue", "kg": 2.5}
    assert callers("keeper").post(f"{API}/movements", json=move).status_code == 201
    left = callers("keeper").get(f"{API}/lots/{made['id']}").json()
    assert (left["kg"], left["rooms"]) == (0.0, []), "a used-up lot stays in the books"


def test_a_clerk_may_leave_the_owner_out_and_a_keeper_may_not(callers: Callers) -> None:
    without = {name: value for name, value in body(callers).items() if name != "cooperative"}
    made = callers("alice").post(f"{API}/lots", json=without)
    assert made.json()["cooperative"]["id"] == callers.house.cooperatives["alice"]
    refused = callers("keeper").post(f"{API}/lots", json=without)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/cooperative-needed")


def test_a_clerk_cannot_write_for_another_cooperative(callers: Callers) -> None:
    answer = callers("alice").post(f"{API}/lots", json=body(callers, "bob"))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-yours")


def test_a_clerk_sees_only_their_own_lots_whatever_they_ask(callers: Callers) -> None:
    own, other = callers.house.cooperatives["alice"], callers.house.cooperatives["bob"]
    lots = callers("alice").get(f"{API}/lots").json()["items"]
    assert {lot["cooperative"]["id"] for lot in lots} == {own}
    assert callers("alice").get(f"{API}/lots", params={"cooperative": own}).json()["items"] == lots
    assert callers("alice").get(f"{API}/lots", params={"cooperative": other}).json() == {
        "items": [],
        "next": None,
    }
    theirs = callers("keeper").get(f"{API}/lots", params={"cooperative": other}).json()["items"][0]
    hidden = callers("alice").get(f"{API}/lots/{theirs['id']}")
    nowhere = callers("alice").get(f"{API}/lots/999999")
    assert hidden.status_code == nowhere.status_code == 404
    assert hidden.json()["detail"] == nowhere.json()["detail"], "both sound the same"


def test_goods_that_came_in_tomorrow_or_that_clash_are_refused(callers: Callers) -> None:
    late = callers("keeper").post(f"{API}/lots", json=body(callers, at=iso(callers.house.now + DAY_MS)))
    assert late.status_code == 409
    clash = callers("keeper").post(f"{API}/lots", json=body(callers, produce="apple"))
    assert clash.status_code in (404, 409)
    english = callers("keeper").post(
        f"{API}/lots", json=body(callers, produce="unicorn"), headers={"Accept-Language": "en"}
    )
    assert (english.status_code, english.headers["content-language"]) == (404, "en")
    assert english.json()["detail"].isascii()


@pytest.mark.parametrize("kg", [0.0004, 0.001, 1_000.0005])
def test_a_weight_is_kept_in_whole_grams_and_never_as_nothing(callers: Callers, kg: float) -> None:
    made = callers("keeper").post(f"{API}/lots", json=body(callers, kg=kg)).json()
    assert made["kg"] == max(0.001, round(kg, 3))


def test_the_same_key_receives_once(callers: Callers) -> None:
    key = {"Idempotency-Key": "lot-1"}
    first = callers("keeper").post(f"{API}/lots", json=body(callers), headers=key)
    again = callers("keeper").post(f"{API}/lots", json=body(callers), headers=key)
    assert (first.json()["id"], again.headers["Idempotency-Replayed"]) == (again.json()["id"], "true")
    other = callers("keeper").post(f"{API}/lots", json=body(callers, kg=3), headers=key)
    assert other.json()["type"] == "/problems/idempotency-conflict"
    elsewhere = callers("alice").post(f"{API}/lots", json=body(callers), headers=key)
    assert elsewhere.json()["id"] != first.json()["id"], "a key is a person's own"


def test_the_stock_list_goes_by_room_and_owner(callers: Callers) -> None:
    own = callers.house.cooperatives["alice"]
    whole = callers("keeper").get(f"{API}/stock").json()["items"]
    assert {line["room"] for line in whole} == {1}
    assert callers("keeper").get(f"{API}/stock", params={"room": 2}).json()["items"] == []
    alices = [line for line in whole if line["cooperative"]["id"] == own]
    assert callers("alice").get(f"{API}/stock").json()["items"] == alices
    assert callers("keeper").get(f"{API}/stock", params={"cooperative": own}).json()["items"] == alices
    other = callers.house.cooperatives["bob"]
    assert callers("alice").get(f"{API}/stock", params={"cooperative": other}).json()["items"] == []
