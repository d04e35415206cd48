"""Goods through the API: whose they are, where they go, and what is refused."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api.times import iso
from core.times import DAY_MS
from tests.api.house import House

SignedIn = Callable[[str], TestClient]


def _lot(house: House, owner: str, room: str = "3号库", produce: str = "potato_table") -> dict[str, object]:
    return {
        "produce": produce,
        "cooperative": house.cooperatives[owner],
        "room": house.rooms[room],
        "kg": 1500,
    }


def test_goods_come_in_are_sold_and_moved(signed_in: SignedIn, house: House) -> None:
    keeper, room, other = signed_in("keeper"), house.rooms["3号库"], house.rooms["6号库"]
    query = {**_lot(house, "alice"), "variety": "青薯9号", "bags": 40, "at": iso(house.now - DAY_MS)}
    made = keeper.post("/api/v1/lots", json=query)
    assert made.status_code == 201
    lot = made.json()
    assert (lot["kg"], lot["rooms"], lot["name"]) == (1500, [{"room": room, "kg": 1500}], "土豆")
    assert (lot["cooperative"]["name"], lot["warnings"]) == ("alice合作社", [])

    sold = keeper.post(
        "/api/v1/movements", json={"lot": lot["id"], "kind": "issue", "kg": 250.5, "reason": "王老板"}
    )
    assert sold.status_code == 201
    line = sold.json()
    assert (line["kg"], line["from_room"], line["to_room"], line["by"]) == (
        250.5,
        room,
        None,
        house.people["keeper"],
    )
    moved = keeper.post(
        "/api/v1/movements", json={"lot": lot["id"], "kind": "transfer", "kg": 1000, "room": other}
    )
    assert (moved.status_code, moved.json()["to_room"]) == (201, other)

    left = keeper.get(f"/api/v1/lots/{lot['id']}").json()
    assert (left["kg"], {place["room"]: place["kg"] for place in left["rooms"]}) == (
        1249.5,
        {room: 249.5, other: 1000},
    )
    ledger = keeper.get("/api/v1/movements", params={"lot": lot["id"]}).json()["items"]
    assert [line["kind"] for line in ledger] == ["transfer", "issue", "receive"]
    assert ledger[-1]["at"] == iso(house.now - DAY_MS)
    stock = keeper.get("/api/v1/stock", params={"room": other}).json()["items"]
    assert [(line["kg"], line["variety"], line["since"]) for line in stock] == [
        (1000, "青薯9号", iso(house.now - DAY_MS))
    ]
    tile = next(r for r in keeper.get("/api/v1/rooms").json()["items"] if r["id"] == room)
    assert tile["contents"] == [{"produce": "potato_table", "name": "土豆", "kg": 249.5}]
    assert tile["limit"]["produce"] == ["potato_table"]


def test_what_cannot_lie_together_is_refused_with_a_sentence(signed_in: SignedIn, house: House) -> None:
    keeper = signed_in("keeper")
    assert keeper.post("/api/v1/lots", json=_lot(house, "alice")).status_code == 201
    refused = keeper.post("/api/v1/lots", json=_lot(house, "bob", produce="sweetpotato"))
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/no-common-range"
    assert "红薯" in refused.json()["detail"]
    assert keeper.get("/api/v1/lots").json()["items"][0]["produce"] == "potato_table"


def test_more_than_lies_there_cannot_leave(signed_in: SignedIn, house: House) -> None:
    keeper = signed_in("keeper")
    lot = keeper.post("/api/v1/lots", json=_lot(house, "alice")).json()["id"]
    refused = keeper.post("/api/v1/movements", json={"lot": lot, "kind": "issue", "kg": 1500.001})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-enough")
    assert keeper.get(f"/api/v1/lots/{lot}").json()["kg"] == 1500


def test_a_wrong_entry_is_taken_back_and_stays_in_the_books(signed_in: SignedIn, house: House) -> None:
    keeper = signed_in("keeper")
    lot = keeper.post("/api/v1/lots", json=_lot(house, "alice")).json()["id"]
    line = keeper.post("/api/v1/movements", json={"lot": lot, "kind": "issue", "kg": 1500}).json()["id"]
    back = keeper.post(f"/api/v1/movements/{line}/correct", json={"reason": "多记了一个零"})
    assert (back.status_code, back.json()["reverses"], back.json()["kind"]) == (201, line, "correct")
    assert keeper.get(f"/api/v1/lots/{lot}").json()["kg"] == 1500
    assert keeper.post("/api/v1/movements/999/correct", json={"reason": "x"}).status_code == 404


def test_each_cooperative_sees_and_writes_only_its_own(signed_in: SignedIn, house: House) -> None:
    alice, bob, keeper = signed_in("alice"), signed_in("bob"), signed_in("keeper")
    own = alice.post("/api/v1/lots", json={**_lot(house, "alice"), "cooperative": None}).json()
    assert own["cooperative"]["id"] == house.cooperatives["alice"]
    theirs = keeper.post("/api/v1/lots", json=_lot(house, "bob")).json()

    for path in ("/api/v1/lots", "/api/v1/stock", "/api/v1/movements"):
        key = "id" if path.endswith("lots") else "lot"
        assert [row[key] for row in alice.get(path).json()["items"]] == [own["id"]], path
        assert [row[key] for row in bob.get(path).json()["items"]] == [theirs["id"]], path
        assert len(keeper.get(path).json()["items"]) == 2, path
    for path in ("/api/v1/lots", "/api/v1/stock"):
        query = {"cooperative": house.cooperatives["bob"]}
        assert alice.get(path, params=query).json()["items"] == []
    assert alice.get("/api/v1/movements", params={"lot": theirs["id"]}).json()["items"] == []

    assert alice.get(f"/api/v1/lots/{theirs['id']}").status_code == 404
    sold = alice.post("/api/v1/movements", json={"lot": theirs["id"], "kind": "issue", "kg": 1})
    assert sold.status_code == 404
    line = keeper.get("/api/v1/movements", params={"lot": theirs["id"]}).json()["items"][0]["id"]
    for hidden in (line, 999):  # what is somebody else's and what is nowhere sound the same
        answer = alice.post(f"/api/v1/movements/{hidden}/correct", json={"reason": "x"})
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-movement")
    body = alice.post("/api/v1/lots", json=_lot(house, "bob"))
    assert (body.status_code, body.json()["type"]) == (403, "/problems/not-yours")
    assert keeper.get(f"/api/v1/lots/{theirs['id']}").json()["kg"] == 1500


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"produce": "unicorn"}, 404),
        ({"room": 99}, 404),
        ({"cooperative": 99}, 404),
        ({"kg": 0}, 422),
        ({"kg": float(10**12)}, 422),
        ({"kg": "many"}, 422),
        ({"at": "2026-01-15T12:00:00Z"}, 409),
        ({"at": "last week"}, 422),
        ({"cooperative": None}, 422),
    ],
)
def test_a_lot_that_cannot_be_is_refused(
    signed_in: SignedIn, house: House, changed: dict[str, object], status: int
) -> None:
    answer = signed_in("keeper").post("/api/v1/lots", json={**_lot(house, "alice"), **changed})
    assert answer.status_code == status, answer.text
    assert signed_in("keeper").get("/api/v1/lots").json()["items"] == []


def test_too_much_for_a_room_is_taken_in_with_a_warning(signed_in: SignedIn, house: House) -> None:
    with house.dbs.records.write() as tx:
        tx.exec_driver_sql("UPDATE rooms SET capacity_grams = 1000000")
    made = signed_in("keeper").post(
        "/api/v1/lots", json=_lot(house, "alice"), headers={"Accept-Language": "en"}
    )
    assert made.status_code == 201
    assert [warning["kind"] for warning in made.json()["warnings"]] == ["too_full"]


def test_limits_are_set_by_hand_and_given_back_to_the_goods(signed_in: SignedIn, house: House) -> None:
    manager, room = signed_in("manager"), house.rooms["3号库"]
    signed_in("keeper").post("/api/v1/lots", json=_lot(house, "alice"))
    path = f"/api/v1/limits?room={room}"
    limits = manager.get(path).json()
    assert (limits["from"], {limit["origin"] for limit in limits["items"]}) == ("contents", {"contents"})
    body = {"metric": "temperature", "safe_low": 3, "safe_high": 6, "hard_low": 1, "hard_high": 9}
    put = manager.put(path, json={"limits": [body], "reason": "试运行"})
    assert put.status_code == 200
    assert put.json()["from"] == "hand"
    assert [(lim["safe_low"], lim["class"], lim["reason"]) for lim in put.json()["items"]] == [
        (3, "air", "试运行")
    ]
    assert put.json()["items"][0]["version"] == limits["items"][0]["version"] + 1
    back = manager.delete(path).json()
    assert (back["from"], {limit["origin"] for limit in back["items"]}) == ("contents", {"contents"})
    assert manager.get("/api/v1/limits?room=99").status_code == 404


def test_the_catalogue_says_how_sure_it_is(signed_in: SignedIn) -> None:
    limits = {row["id"]: row for row in signed_in("viewer").get("/api/v1/produce").json()["items"]}
    potato = limits["potato_table"]
    assert (potato["name"], potato["temp_safe"]) == ("土豆", {"low": 2.5, "high": 7.0})
    assert potato["confidence"] in "SMDX"
    assert potato["sources"]
    assert all(source["text"] for source in potato["sources"])


def test_a_lot_that_comes_in_between_two_pages_shows_none_twice(signed_in: SignedIn, house: House) -> None:
    clerk = signed_in("alice")
    made = [clerk.post("/api/v1/lots", json=_lot(house, "alice")).json()["id"] for _ in range(3)]
    first = clerk.get("/api/v1/lots", params={"limit": 2}).json()
    clerk.post("/api/v1/lots", json=_lot(house, "alice"))
    second = clerk.get("/api/v1/lots", params={"limit": 2, "cursor": first["next"]}).json()
    assert [lot["id"] for lot in first["items"] + second["items"]] == made[::-1]
