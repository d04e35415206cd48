"""巡库 through the API."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api.times import iso
from core.errors import StoreError
from core.times import DAY_MS, HOUR_MS
from store.patrols import patrols
from store.readings.manual_readings import typed
from store.rooms.places import close_for_season, declare_empty
from tests.api.house import House

SignedIn = Callable[[str], TestClient]


def patrol_body(house: House, **more: object) -> dict[str, object]:
    return {"room": house.rooms["3号库"], "temperature": 3.4, "wrong": ["drip"], "note": "顶上", **more}


def counts(house: House) -> tuple[int, int]:
    """Rounds, readings by hand."""
    with house.dbs.records.read() as tx:
        rounds = len(patrols.patrols(tx))
    with house.dbs.journal.read() as tx:
        return rounds, len(typed(tx))


def test_a_round_is_written_down_with_its_reading(signed_in: SignedIn, house: House) -> None:
    made = signed_in("keeper").post("/api/v1/patrols", json=patrol_body(house)).json()
    assert (made["temperature"], made["wrong"], made["by"]["name"]) == (3.4, ["drip"], "keeper")
    read = signed_in("viewer").get("/api/v1/readings/by-hand").json()["items"]
    assert [(row["id"], row["temperature"], row["at"]) for row in read] == [
        (made["reading"], 3.4, made["at"])
    ]
    assert signed_in("viewer").get("/api/v1/patrols").json()["items"] == [made]


def test_a_phone_that_asks_again_writes_one_round_and_one_reading(signed_in: SignedIn, house: House) -> None:
    keeper, key = signed_in("keeper"), {"Idempotency-Key": "tap"}
    first = keeper.post("/api/v1/patrols", json=patrol_body(house), headers=key)
    house.now += 60_000
    again = keeper.post("/api/v1/patrols", json=patrol_body(house), headers=key)
    assert (first.status_code, first.content) == (201, again.content)
    assert counts(house) == (1, 1)
    other = keeper.post("/api/v1/patrols", json=patrol_body(house, wrong=[]), headers=key)
    assert other.status_code == 409
    assert counts(house) == (1, 1)


def test_a_key_of_a_round_without_a_reading_leaves_none_behind(signed_in: SignedIn, house: House) -> None:
    keeper, key = signed_in("keeper"), {"Idempotency-Key": "tap"}
    keeper.post("/api/v1/patrols", json=patrol_body(house, temperature=None), headers=key)
    other = keeper.post("/api/v1/patrols", json=patrol_body(house), headers=key)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")
    assert counts(house) == (1, 0)


def test_killed_between_reading_and_round_the_phone_asks_again_and_both_are_there_once(
    signed_in: SignedIn, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper, key = signed_in("keeper"), {"Idempotency-Key": "tap"}

    def dies(*_: object, **__: object) -> None:
        raise StoreError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(patrols, "add", dies)
        assert keeper.post("/api/v1/patrols", json=patrol_body(house), headers=key).status_code == 503
    assert counts(house) == (0, 1)
    began = house.now
    house.now += 5 * 60_000
    made = keeper.post("/api/v1/patrols", json=patrol_body(house), headers=key)
    assert made.status_code == 201
    assert counts(house) == (1, 1)
    assert made.json()["at"] == iso(began), "the round was when the thermometer was read"


def test_a_room_without_a_thermometer_is_only_looked_at(signed_in: SignedIn, house: House) -> None:
    made = signed_in("keeper").post("/api/v1/patrols", json=patrol_body(house, temperature=None)).json()
    assert (made["temperature"], made["reading"]) == (None, None)
    assert counts(house) == (1, 0)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"room": 99}, 404),
        ({"temperature": 85}, 409),
        ({"wrong": ["roof"]}, 422),
        ({"note": "长" * 301}, 422),
    ],
)
def test_what_cannot_be_leaves_neither_round_nor_reading(
    signed_in: SignedIn, house: House, more: dict[str, object], status: int
) -> None:
    assert signed_in("keeper").post("/api/v1/patrols", json=patrol_body(house, **more)).status_code == status
    assert counts(house) == (0, 0)
    assert signed_in("viewer").post("/api/v1/patrols", json=patrol_body(house)).status_code == 403


def test_a_day_says_who_was_where_and_which_rooms_nobody_saw(signed_in: SignedIn, house: House) -> None:
    keeper = signed_in("keeper")  # it is 11:19 in Shanghai
    morning = iso(house.now - 3 * HOUR_MS)
    keeper.post("/api/v1/patrols", json=patrol_body(house, at=morning))
    with house.dbs.records.write() as tx:
        declare_empty(tx, house.now, house.rooms["6号库"], None)
    day = keeper.get("/api/v1/patrols/day").json()
    assert day["day"] == "2026-01-14"
    rounds_by_room = {row["room"]["name"]: (len(row["morning"]), row["missing"]) for row in day["rooms"]}
    assert rounds_by_room == {"3号库": (1, []), "1号棚": (0, ["morning"])}
    with house.dbs.records.write() as tx:
        close_for_season(tx, house.now, house.rooms["1号棚"], None)
    day = keeper.get("/api/v1/patrols/day").json()
    assert [row["room"]["name"] for row in day["rooms"]] == ["3号库"]
    ahead = keeper.get("/api/v1/patrols/day", params={"day": "2026-01-16"}).json()
    assert ahead["rooms"] == []


def test_rounds_are_listed_by_room_and_time(signed_in: SignedIn, house: House) -> None:
    keeper = signed_in("keeper")
    for ago, room in ((0, "3号库"), (2, "6号库")):
        at = iso(house.now - ago * DAY_MS)
        keeper.post("/api/v1/patrols", json=patrol_body(house, room=house.rooms[room], at=at))

    def listed(**query: object) -> int:
        return len(keeper.get("/api/v1/patrols", params=query).json()["items"])

    assert (listed(), listed(room=house.rooms["6号库"]), listed(start=iso(house.now - DAY_MS))) == (2, 1, 1)
