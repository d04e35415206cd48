"""Placements through the API: one place per probe, now and in the past."""

from api.times import iso
from core.times import DAY_MS, HOUR_MS
from tests.api.scene import API, Callers


def placed(callers: Callers, device: str, **query: object) -> list[tuple[object, object]]:
    rows = callers("viewer").get(f"{API}/placements", params=query).json()["items"]
    return [(row["room"], row["spot"]) for row in rows if row["device"] == device]


def place(callers: Callers, device: str, room: int, spot: str = "door", **more: object) -> int:
    body = {"device": device, "room": room, "spot": spot, **more}
    return int(callers("technician").post(f"{API}/placements", json=body).status_code)


def test_a_probe_that_is_placed_again_leaves_its_old_place(callers: Callers) -> None:
    now = callers.house.now
    assert place(callers, "wanderer", 1, valid_from=iso(now - DAY_MS)) == 201
    assert place(callers, "wanderer", 2, "pile", valid_from=iso(now - HOUR_MS)) == 201
    assert placed(callers, "wanderer") == [(2, "pile")]
    assert placed(callers, "wanderer", at=iso(now - 2 * HOUR_MS)) == [(1, "door")]
    assert placed(callers, "wanderer", at=iso(now - 2 * DAY_MS)) == []
    assert placed(callers, "wanderer", room=1) == []


def test_two_probes_of_one_device_stand_apart(callers: Callers) -> None:
    assert place(callers, "twin", 1, "door", position="a") == 201
    assert place(callers, "twin", 1, "outside", position="b") == 201
    assert sorted(placed(callers, "twin")) == [(1, "door"), (1, "outside")]
    answer = callers("technician").post(f"{API}/placements/end", json={"device": "twin", "position": "a"})
    ended = answer.json()
    assert (ended["position"], ended["class"], ended["valid_to"]) == ("a", "air", iso(callers.house.now))
    assert placed(callers, "twin") == [(1, "outside")]


def test_a_probe_that_stands_nowhere_cannot_be_taken_away(callers: Callers) -> None:
    body = {"device": "twin", "position": "nothing"}
    answer = callers("technician").post(f"{API}/placements/end", json=body)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-such-placement")
    assert answer.json()["id"] == "twin nothing"


def test_the_class_follows_from_the_spot(callers: Callers) -> None:
    for spot, position_class in (
        ("middle", "air"),
        ("back", "air"),
        ("pile", "core"),
        ("outside", "outside"),
    ):
        body = {"device": f"at-{spot}", "room": 1, "spot": spot}
        answer = callers("technician").post(f"{API}/placements", json=body).json()
        assert (answer["class"], answer["position"], answer["valid_to"]) == (position_class, None, None)
