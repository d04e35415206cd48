"""抄表 through the API."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api.times import iso
from core.times import DAY_MS, HOUR_MS
from tests.api.house import House

SignedIn = Callable[[str], TestClient]


def test_a_typed_reading_comes_back_as_a_reading_of_its_room(signed_in: SignedIn, house: House) -> None:
    body = {"room": house.rooms["3号库"], "temperature": 3.4, "humidity": 91}
    answer = signed_in("keeper").post("/api/v1/readings", json=body)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["spot"], made["temperature"], made["by"]["name"]) == ("door", 3.4, "keeper")
    assert (made["probe"], made["difference"]) == (4.0, 0.6)
    latest = signed_in("viewer").get("/api/v1/readings/latest", params={"room": body["room"]}).json()
    typed = [row for row in latest["items"] if row["flags"] == ["person"]]
    assert {(row["device"], row["position"], row["room"], row["class"]) for row in typed} == {
        (f"person:{body['room']}", "door", body["room"], "air")
    }
    devices = signed_in("viewer").get("/api/v1/devices").json()["items"]
    assert not any(row["id"].startswith("person:") for row in devices)
    listed = signed_in("viewer").get("/api/v1/readings/by-hand").json()
    assert listed["items"] == [made]


def test_a_phone_that_asks_again_types_once(signed_in: SignedIn, house: House) -> None:
    keeper, key = signed_in("keeper"), {"Idempotency-Key": "tap"}
    body = {"room": house.rooms["3号库"], "temperature": 3.4}
    first = keeper.post("/api/v1/readings", json=body, headers=key)
    again = keeper.post("/api/v1/readings", json=body, headers=key)
    assert (first.content, again.headers["Idempotency-Replayed"]) == (again.content, "true")
    other = keeper.post("/api/v1/readings", json={**body, "temperature": 3.5}, headers=key)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")
    assert len(keeper.get("/api/v1/readings/by-hand").json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"temperature": 3.4, "room": 99}, 404, "no-such-room"),
        ({}, 409, "no-value"),
        ({"temperature": 85}, 409, "impossible-value"),
        ({"temperature": 3.4, "spot": "roof"}, 422, "invalid-request"),
        ({"temperature": 3.4, "at": "2027-01-14T03:19:46Z"}, 409, "in-the-future"),
        ({"temperature": 3.4, "at": "2025-01-14T03:19:46Z"}, 409, "too-long-ago"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    signed_in: SignedIn, house: House, body: dict[str, object], status: int, kind: str
) -> None:
    answer = signed_in("keeper").post("/api/v1/readings", json={"room": house.rooms["3号库"], **body})
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert answer.json()["detail"]
    in_english = signed_in("keeper").post(
        "/api/v1/readings",
        json={"room": house.rooms["3号库"], **body},
        headers={"Accept-Language": "en"},
    )
    assert in_english.json()["detail"].isascii()


def test_only_who_keeps_rooms_may_type(signed_in: SignedIn, house: House) -> None:
    body = {"room": house.rooms["3号库"], "temperature": 3.4}
    for who, status in (("viewer", 403), ("alice", 403), ("technician", 201)):
        assert signed_in(who).post("/api/v1/readings", json=body).status_code == status


def test_the_list_narrows_and_goes_on(signed_in: SignedIn, house: House) -> None:
    keeper = signed_in("keeper")
    for ago, room in ((0, "3号库"), (1, "6号库"), (2, "3号库")):
        at = iso(house.now - ago * DAY_MS)
        body = {"room": house.rooms[room], "temperature": 3.0 + ago, "at": at}
        assert keeper.post("/api/v1/readings", json=body).status_code == 201

    def values(**query: object) -> list[float]:
        answer = keeper.get("/api/v1/readings/by-hand", params=query).json()
        return [row["temperature"] for row in answer["items"]]

    assert values() == [5.0, 4.0, 3.0]
    assert values(room=house.rooms["6号库"]) == [4.0]
    assert values(start=iso(house.now - HOUR_MS)) == [3.0]
    page = keeper.get("/api/v1/readings/by-hand", params={"limit": 2}).json()
    assert len(page["items"]) == 2
    assert values(cursor=page["next"]) == [3.0]


def test_a_room_without_probes_says_what_a_person_read(signed_in: SignedIn, house: House) -> None:
    house.now += 3 * HOUR_MS
    house.beat()
    room = house.rooms["6号库"]
    signed_in("keeper").post("/api/v1/readings", json={"room": room, "temperature": 9.5})
    answer = signed_in("viewer").get(f"/api/v1/rooms/{room}").json()
    assert answer["by_hand"] == {"value": 9.5, "spot": "door", "at": iso(house.now)}
    assert answer["temperature"] is None
    curve = signed_in("viewer").get(
        f"/api/v1/rooms/{room}/history",
        params={"position": "person", "end": iso(house.now + 1000)},
    )
    assert curve.status_code == 200
