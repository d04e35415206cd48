"""歇库 and 开库 through the API."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from api.times import iso
from core.stock.new_entries import NewLot
from store.stock.ledger import receive
from tests.api.house import House

SignedIn = Callable[[str], TestClient]


def test_a_room_rests_and_is_opened_for_something(signed_in: SignedIn, house: House) -> None:
    keeper, room = signed_in("keeper"), house.rooms["3号库"]
    made = keeper.post(f"/api/v1/rooms/{room}/rest").json()
    assert (made["resting_since"], made["empty_since"]) == (iso(house.now), iso(house.now))
    listed = next(row for row in keeper.get("/api/v1/rooms").json()["items"] if row["id"] == room)
    assert (listed["state"], listed["resting_since"]) == ("resting", iso(house.now))
    opened = keeper.post(f"/api/v1/rooms/{room}/open", json={"use": "potato_table"}).json()
    assert opened == {"room": room, "resting_since": None, "empty_since": None, "use": "potato_table"}
    assert keeper.get(f"/api/v1/rooms/{room}").json()["state"] == "ok"


def test_without_a_use_it_waits_empty(signed_in: SignedIn, house: House) -> None:
    keeper, room = signed_in("keeper"), house.rooms["3号库"]
    keeper.post(f"/api/v1/rooms/{room}/rest")
    assert keeper.post(f"/api/v1/rooms/{room}/open").json()["empty_since"] == iso(house.now)


def test_goods_a_room_that_is_not_there_and_strangers_are_refused(signed_in: SignedIn, house: House) -> None:
    room = house.rooms["3号库"]
    with house.dbs.records.write() as tx:
        owner = house.cooperatives["alice"]
        receive(
            tx, house.now, NewLot(produce="potato_table", cooperative=owner, room=room, grams=10**6, by=None)
        )
    answer = signed_in("keeper").post(f"/api/v1/rooms/{room}/rest")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-empty")
    assert signed_in("keeper").post("/api/v1/rooms/99/rest").status_code == 404
    assert signed_in("viewer").post(f"/api/v1/rooms/{room}/open").status_code == 403
    assert signed_in("alice").post(f"/api/v1/rooms/{room}/rest").status_code == 403
