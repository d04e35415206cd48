"""Rooms, readings, devices and their curves through the API."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api.times import iso
from core.readings.readings import Flag
from core.rooms.limits import Limit
from core.times import DAY_MS, HOUR_MS
from store.rooms.limits import set_by_hand
from tests.api.house import House

SignedIn = Callable[[str], TestClient]


def _keep(house: House, low: float, high: float) -> None:
    room = house.rooms["3号库"]
    limit = Limit(room, 0, "temperature", "air", low, high, 0.5, 12.0, 1800, 600, 0.3, "hand")
    with house.dbs.records.write() as tx:
        set_by_hand(tx, house.now, room, [limit], house.people["manager"], "试试")


def test_the_worst_room_comes_first_with_why(signed_in: SignedIn, house: House) -> None:
    _keep(house, 2.5, 7.0)
    house.say("coldroom-3", "temperature", 0.2, "door")
    answer = signed_in("viewer").get("/api/v1/rooms").json()
    assert answer["next"] is None
    assert answer["items"][0]["name"] == "3号库"
    worst = answer["items"][0]
    assert (worst["state"], worst["temperature"], worst["spot"]) == ("danger", 0.2, "door")
    assert worst["verdict"] in ("freezing", "too_cold")
    assert worst["direction"] == "down"
    assert (worst["limit"]["safe_low"], worst["limit"]["origin"]) == (2.5, "hand")
    assert worst["humidity"] == 91
    assert worst["at"] == iso(house.now)
    assert worst["site"]["timezone"] == "Asia/Shanghai"


def test_a_room_shows_its_probes_and_no_old_value_as_now(signed_in: SignedIn, house: House) -> None:
    _keep(house, 2.5, 7.0)
    path = f"/api/v1/rooms/{house.rooms['3号库']}"
    now = signed_in("viewer").get(path).json()
    assert {(p["spot"], p["metric"], p["value"]) for p in now["probes"]} == {
        ("door", "temperature", 4.0),
        ("back", "temperature", 4.5),
        ("door", "humidity", 91),
    }
    assert (now["state"], now["temperature"], now["last"]) == ("ok", 4.0, None)
    house.now += 3 * HOUR_MS
    later = signed_in("viewer").get(path).json()
    assert (later["state"], later["temperature"], later["direction"]) == ("no_data", None, None)
    assert later["last"]["value"] in (4.0, 4.5)
    assert not any(probe["fresh"] for probe in later["probes"])


def test_a_room_that_is_not_there_is_a_problem(signed_in: SignedIn) -> None:
    answer = signed_in("viewer").get("/api/v1/rooms/99")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/no-such-room",
        "title": "Not Found",
        "status": 404,
        "detail": "没有这个东西",
        "instance": "/api/v1/rooms/99",
        "noun": "room",
        "id": 99,
    }


def test_a_rooms_curve_has_the_written_shape(signed_in: SignedIn, house: House) -> None:
    path = f"/api/v1/rooms/{house.rooms['3号库']}/history"
    query = {
        "metric": "temperature",
        "start": iso(house.now - HOUR_MS),
        "end": iso(house.now + 1),
        "points": 10,
    }
    answer = signed_in("viewer").get(path, params=query).json()
    assert set(answer) == {"metric", "unit", "step_s", "completeness", "points"}
    assert (answer["metric"], answer["unit"]) == ("temperature", "°C")
    assert sum(point["count"] for point in answer["points"]) == 10
    assert all(set(point) == {"at", "min", "mean", "max", "count"} for point in answer["points"])
    narrowed = signed_in("viewer").get(path, params={**query, "position": "door"}).json()
    assert narrowed["step_s"] is None
    assert [point["mean"] for point in narrowed["points"]] == [6.0, 5.5, 5.0, 4.5, 4.0]
    assert signed_in("viewer").get(path, params={**query, "class": "core"}).json()["points"] == []


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({"metric": "mood"}, "no-such-metric"),
        ({"start": "2026-01-14T00:00:00Z", "end": "2026-01-13T00:00:00Z"}, "empty-window"),
        ({"start": "yesterday"}, "invalid-request"),
        ({"start": "2026-01-14T00:00:00"}, "invalid-request"),
        ({"points": "0"}, "invalid-request"),
        ({"class": "attic"}, "invalid-request"),
    ],
)
def test_a_curve_that_makes_no_sense_is_refused(
    signed_in: SignedIn, house: House, query: dict[str, str], kind: str
) -> None:
    answer = signed_in("viewer").get(f"/api/v1/rooms/{house.rooms['3号库']}/history", params=query)
    assert answer.status_code == 422
    assert answer.json()["type"] == f"/problems/{kind}"


def test_a_time_may_be_given_with_the_offset_of_the_village(signed_in: SignedIn, house: House) -> None:
    path = f"/api/v1/rooms/{house.rooms['3号库']}/history"
    for start in ("2026-01-14T10:00:00+08:00", "2026-01-14T10:00:00%2B08:00"):
        answer = signed_in("viewer").get(f"{path}?start={start}&position=door")
        assert len(answer.json()["points"]) == 4


def test_the_newest_reading_of_a_probe_that_stands_nowhere_is_there_too(
    signed_in: SignedIn, house: House
) -> None:
    get = signed_in("viewer").get
    answer = {
        (r["device"], r["position"], r["metric"]): r for r in get("/api/v1/readings/latest").json()["items"]
    }
    assert len(answer) == 5
    assert answer["unplaced/probe", None, "temperature"] == {
        "device": "unplaced/probe",
        "position": None,
        "metric": "temperature",
        "value": 19.5,
        "raw": 19.5,
        "unit": "°C",
        "at": iso(house.now),
        "received_at": iso(house.now),
        "room": None,
        "flags": [],
        "spot": None,
        "class": None,
    }
    assert answer["coldroom-3", "door", "temperature"]["class"] == "air"
    of_room = get("/api/v1/readings/latest", params={"room": house.rooms["3号库"]}).json()["items"]
    assert {r["device"] for r in of_room} == {"coldroom-3"}
    of_device = get("/api/v1/readings/latest", params={"device": "unplaced/probe"}).json()["items"]
    assert [r["value"] for r in of_device] == [19.5]


def test_flags_are_words(signed_in: SignedIn, house: House) -> None:
    house.say("bad", "temperature", 85.0, flags=int(Flag.IMPLAUSIBLE | Flag.LATE))
    answer = signed_in("viewer").get("/api/v1/readings/latest", params={"device": "bad"}).json()["items"]
    assert answer[0]["flags"] == ["implausible", "late"]


def test_rejected_messages_are_shown_with_their_counts(signed_in: SignedIn) -> None:
    first = signed_in("technician").get("/api/v1/readings/rejected", params={"limit": 1}).json()
    assert first["counts"][0] == {
        "topic": "coldshed/v1/x/readings",
        "reason": "not_json",
        "count": 2,
        "last_at": "2026-01-14T03:19:46Z",
    }
    assert (first["items"][0]["payload"], first["items"][0]["payload_base64"]) == (None, "//4=")
    second = (
        signed_in("technician")
        .get("/api/v1/readings/rejected", params={"limit": 1, "cursor": first["next"]})
        .json()
    )
    assert second["items"][0]["payload"] == "hello"


def test_lists_are_paged_to_their_end(signed_in: SignedIn) -> None:
    collected, cursor = [], None
    for _ in range(5):
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = signed_in("viewer").get("/api/v1/readings/latest", params=query).json()
        collected += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(collected) == 5
    assert len({(r["device"], r["position"], r["metric"]) for r in collected}) == 5


def test_a_device_has_the_written_shape(signed_in: SignedIn, house: House) -> None:
    answer = signed_in("viewer").get("/api/v1/devices").json()["items"]
    assert answer[0] == {
        "id": "coldroom-3",
        "family": "coldshed",
        "name": "coldroom-3",
        "room": house.rooms["3号库"],
        "online": None,
        "battery": 87,
        "last_seen": iso(house.now),
        "interval_s": None,
        "link": None,
        "calibration_due": None,
    }
    full = signed_in("viewer").get("/api/v1/devices/coldroom-3").json()
    assert len(full["readings"]) == 4
    assert full["first_seen"] == iso(house.now - 20 * 60_000)


def test_a_device_with_a_slash_in_its_name_has_its_curve(signed_in: SignedIn, house: House) -> None:
    query = {"start": iso(house.now - DAY_MS), "end": iso(house.now + 1)}
    for name in ("unplaced/probe", "unplaced%2Fprobe"):
        assert signed_in("viewer").get(f"/api/v1/devices/{name}").json()["id"] == "unplaced/probe"
        answer = signed_in("viewer").get(f"/api/v1/devices/{name}/history", params=query).json()
        assert [point["mean"] for point in answer["points"]] == [19.5]
    assert signed_in("viewer").get("/api/v1/devices/none/history").status_code == 404


def test_a_probe_is_put_in_a_room(signed_in: SignedIn, house: House) -> None:
    room = house.rooms["6号库"]
    query = {"device": "unplaced/probe", "room": room, "spot": "back"}
    made = signed_in("technician").post("/api/v1/placements", json=query)
    assert made.status_code == 201
    assert made.json() == {
        **query,
        "position": None,
        "class": "air",
        "valid_from": iso(house.now),
        "valid_to": None,
    }
    standing = signed_in("viewer").get("/api/v1/placements", params={"room": room}).json()["items"]
    assert {place["device"] for place in standing} == {"coldroom-6", "unplaced/probe"}
    shown = signed_in("viewer").get("/api/v1/devices/unplaced/probe").json()
    assert (shown["room"], shown["readings"][0]["spot"]) == (room, "back")
    assert signed_in("technician").post("/api/v1/placements", json={**query, "room": 99}).status_code == 404
