"""Devices, replacements and calibrations through the API."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api.times import iso
from core.rooms.places import NewPlacement
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.alerts.engine_state import StoredProbe, save_probes
from store.devices import devices
from store.journal.series import all_series
from store.rooms import places
from tests.api.house import House

SignedIn = Callable[[str], TestClient]
API = "/api/v1"
ICE = {"device": "coldroom-3", "position": "door", "reference": 0, "measured": 0.3, "method": "ice"}


def latest(client: TestClient, position: str = "door") -> dict[str, float]:
    rows = client.get(f"{API}/readings/latest", params={"device": "coldroom-3"}).json()["items"]
    return next(row for row in rows if (row["position"], row["metric"]) == (position, "temperature"))


def test_a_calibration_is_seen_in_every_answer_and_the_raw_value_stays(
    signed_in: SignedIn, house: House
) -> None:
    client = signed_in("technician")
    room = house.rooms["3号库"]
    query = {"start": iso(house.now - DAY_MS), "end": iso(house.now + 1), "position": "door"}
    before = client.get(f"{API}/rooms/{room}/history", params=query).json()["points"]
    made = client.post(f"{API}/calibrations", json={**ICE, "reference": 5, "measured": 3})
    assert made.status_code == 201
    assert (made.json()["offset"], made.json()["valid_from"]) == (2.0, iso(house.now - house.now % HOUR_MS))
    assert (latest(client)["value"], latest(client)["raw"]) == (6.0, 4.0)
    assert latest(client, "back")["value"] == 4.5
    device = client.get(f"{API}/devices/coldroom-3").json()
    assert {(row["value"], row["raw"]) for row in device["readings"] if row["position"] == "door"} >= {
        (6.0, 4.0),
        (91, 91),
    }
    shown = client.get(f"{API}/rooms/{room}").json()
    assert (shown["temperature"], shown["spot"]) == (6.0, "door")
    after = client.get(f"{API}/rooms/{room}/history", params=query).json()["points"]
    hour = iso(house.now - house.now % HOUR_MS)
    assert [point["mean"] for point in after] == pytest.approx(
        [point["mean"] + (2.0 if point["at"] >= hour else 0.0) for point in before]
    )
    own = client.get(f"{API}/devices/coldroom-3/history", params=query).json()["points"]
    assert [point["mean"] for point in own] == pytest.approx([point["mean"] for point in after])


def test_a_calibration_is_written_once_and_all_are_kept(signed_in: SignedIn, house: House) -> None:
    client = signed_in("technician")
    head = {"Idempotency-Key": "one"}
    first = client.post(f"{API}/calibrations", json=ICE, headers=head)
    again = client.post(f"{API}/calibrations", json=ICE, headers=head)
    assert first.json() == again.json()
    due = iso(house.now + 365 * DAY_MS)
    body = {**ICE, "offset": 0.1, "method": "laboratory", "certificate": "JL-1", "due_at": due}
    assert client.post(f"{API}/calibrations", json=body).status_code == 201
    rows = client.get(f"{API}/calibrations", params={"device": "coldroom-3"}).json()["items"]
    assert [(row["offset"], row["certificate"], row["by"]) for row in rows] == [
        (0.1, "JL-1", house.people["technician"]),
        (-0.3, "", house.people["technician"]),
    ]
    assert latest(client)["value"] == 4.1
    assert client.get(f"{API}/devices/coldroom-3").json()["calibration_due"] == due


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"device": "nobody"}, 404, "no-such-series"),
        ({"metric": "co2"}, 404, "no-such-series"),
        ({"reference": None}, 422, "no-offset"),
        ({"measured": 50}, 409, "offset_too_large"),
        ({"done_at": "2027-01-01T00:00:00Z"}, 409, "in_the_future"),
        ({"due_at": "2020-01-01T00:00:00Z"}, 409, "due_before_done"),
    ],
)
def test_what_makes_no_sense_is_a_problem(
    signed_in: SignedIn, change: dict[str, object], status: int, kind: str
) -> None:
    client = signed_in("technician")
    answer = client.post(f"{API}/calibrations", json={**ICE, **change})
    assert answer.status_code == status
    assert answer.json()["type"].endswith(kind.replace("_", "-"))
    assert client.get(f"{API}/calibrations").json()["items"] == []


def test_a_device_is_replaced_probe_by_probe_and_the_room_goes_on(signed_in: SignedIn, house: House) -> None:
    client = signed_in("technician")
    for position in ("door", "back", "pile"):
        house.say("coldroom-9", "temperature", 4.2, position)
    house.say("single", "temperature", 4.2)
    answer = client.post(f"{API}/devices/coldroom-3/replace", json={"new": "single"})
    assert (answer.status_code, answer.json()["type"].split("/")[-1]) == (409, "which-probe")
    head = {"Idempotency-Key": "swap"}
    for _ in range(2):
        answer = client.post(f"{API}/devices/coldroom-3/replace", json={"new": "coldroom-9"}, headers=head)
        assert answer.status_code == 200
    made = {(row["position"], row["spot"]) for row in answer.json()["placements"]}
    assert made == {("door", "door"), ("back", "back"), ("pile", "pile")}
    standing = client.get(f"{API}/placements", params={"room": house.rooms["3号库"]}).json()["items"]
    assert {row["device"] for row in standing} == {"coldroom-9"}
    before = {"room": house.rooms["3号库"], "at": iso(house.now - MINUTE_MS)}
    stood = client.get(f"{API}/placements", params=before).json()["items"]
    assert {row["device"] for row in stood} == {"coldroom-3"}
    assert client.post(f"{API}/devices/coldroom-3/replace", json={"new": "single"}).status_code == 409
    assert client.post(f"{API}/devices/coldroom-9/replace", json={"new": "nobody"}).status_code == 404


def test_one_probe_of_a_device_is_replaced_by_another_device(signed_in: SignedIn, house: House) -> None:
    client = signed_in("technician")
    body = {"new": "unplaced/probe", "position": "back"}
    answer = client.post(f"{API}/devices/coldroom-3/replace", json=body)
    assert answer.json()["placements"][0]["spot"] == "back"
    shown = client.get(f"{API}/devices/unplaced/probe").json()
    assert shown["room"] == house.rooms["3号库"]
    assert client.get(f"{API}/devices/coldroom-3").json()["room"] == house.rooms["3号库"]


def test_a_probe_is_taken_away_once(signed_in: SignedIn, house: House) -> None:
    client = signed_in("technician")
    answer = client.post(f"{API}/placements/end", json={"device": "coldroom-6"})
    assert (answer.status_code, answer.json()["valid_to"]) == (200, iso(house.now))
    assert client.get(f"{API}/devices/coldroom-3").json()["room"] is not None
    assert client.post(f"{API}/placements/end", json={"device": "coldroom-6"}).status_code == 404


def test_a_device_with_a_slash_is_renamed(signed_in: SignedIn, house: House) -> None:
    client = signed_in("technician")
    answer = client.put(f"{API}/devices/unplaced/probe/name", json={"name": "备用一号"})
    assert (answer.status_code, answer.json()["name"]) == (200, "备用一号")
    names = {row["id"]: row["name"] for row in client.get(f"{API}/devices").json()["items"]}
    assert names["unplaced/probe"] == "备用一号"
    assert (
        client.put(f"{API}/devices/unplaced/probe/name", json={"name": ""}).json()["name"] == "unplaced/probe"
    )
    assert client.put(f"{API}/devices/nobody/name", json={"name": "x"}).status_code == 404


def test_online_is_what_the_device_says_and_what_its_interval_says(signed_in: SignedIn, house: House) -> None:
    client = signed_in("viewer")

    def online() -> tuple[object, object]:
        shown = client.get(f"{API}/devices/coldroom-3").json()
        return shown["online"], shown["interval_s"]

    assert online() == (None, None)
    with house.dbs.journal.read() as tx:
        number = next(row.id for row in all_series(tx).values() if row.device == "coldroom-3")
    with house.dbs.records.write() as tx:
        save_probes(tx, [StoredProbe(number, house.now, 4.0, False, 0, 5 * MINUTE_MS)])
    assert online() == (True, 300)
    house.now += 14 * MINUTE_MS
    assert online() == (True, 300)
    house.now += 2 * MINUTE_MS
    assert online() == (False, 300)
    house.say("coldroom-3", "temperature", 4.0, "door")
    assert online() == (True, 300)
    with house.dbs.journal.write() as tx:
        devices.record_availability(tx, house.now, "coldroom-3", "coldshed", False)
    assert online() == (False, 300)


def test_a_device_that_was_placed_before_it_spoke_is_in_no_list_yet(
    signed_in: SignedIn, house: House
) -> None:
    with house.dbs.records.write() as tx:
        places.place(
            tx, house.now, NewPlacement(device="never", position="", room=house.rooms["6号库"], spot="back")
        )
    rows = signed_in("viewer").get(f"{API}/devices").json()["items"]
    assert "never" not in {row["id"] for row in rows}
    assert "coldroom-6" not in {row["id"] for row in rows}


def test_who_may_only_look_changes_nothing(signed_in: SignedIn) -> None:
    client = signed_in("viewer")
    assert client.post(f"{API}/calibrations", json=ICE).status_code == 403
    assert client.post(f"{API}/devices/coldroom-3/replace", json={"new": "unplaced/probe"}).status_code == 403
    assert client.post(f"{API}/placements/end", json={"device": "coldroom-6"}).status_code == 403
    assert client.put(f"{API}/devices/coldroom-3/name", json={"name": "x"}).status_code == 403
    assert client.get(f"{API}/calibrations").status_code == 200


def test_the_record_is_exported(signed_in: SignedIn, house: House) -> None:
    answer = signed_in("manager").get(f"{API}/export/calibrations", params={"format": "xlsx"})
    assert answer.status_code == 200
    assert house.exported[-1][0] == "calibrations"
