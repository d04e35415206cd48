from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from store.people.federation import add_site
from store.rooms.limits import current
from store.rooms.places import Room, rooms
from tests.web.scene import Scene

NOW = 1_768_331_986_000
SignIn = Callable[[str], TestClient]
NEW = {
    "key": "key-of-a-form",
    "site": "1",
    "kind": "cold_room",
    "name": "7号库",
    "capacity": "45.5",
    "holds": "potato_table",
    "other": "",
}


def added(scene: Scene) -> list[Room]:
    with scene.dbs.records.read() as tx:
        return sorted(rooms(tx), key=lambda place: place.id)[14:]


def test_a_room_is_added_once_with_its_limits(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    assert "7号库" in admin.get("/rooms/new").text
    for _ in range(2):
        answer = admin.post("/rooms/new", data=NEW)
        assert answer.status_code == 303
    (made,) = added(scene)
    assert answer.headers["location"] == f"/rooms/{made.id}"
    assert (made.name, made.capacity_grams, made.use) == ("7号库", 45_500_000, "potato_table")
    with scene.dbs.records.read() as tx:
        assert current(tx, made.id)
    assert "7号库" in admin.get(f"/rooms/{made.id}").text


def test_where_there_are_several_sites_one_is_chosen(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    with scene.dbs.records.write() as tx:
        second = add_site(tx, NOW, "交口库区")
    page = admin.get("/rooms/new")
    assert page.status_code == 200
    assert "交口库区" in page.text
    assert "请选库区" in admin.post("/rooms/new", data=NEW | {"site": ""}).text
    assert admin.post("/rooms/new", data=NEW | {"site": str(second), "name": "1号库"}).status_code == 303
    (made,) = [place for place in added(scene) if place.site == second]
    assert made.name == "1号库"


def test_a_shed_an_empty_room_and_an_undecided_one(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    assert "平菇出菇" in admin.get("/rooms/new?kind=mushroom_shed").text
    for number, change in enumerate(
        (
            {"kind": "mushroom_shed", "name": "9号棚", "holds": "oyster/fruiting", "capacity": ""},
            {"name": "8号库", "holds": "empty", "capacity": "30吨"},
            {"name": "9号库", "holds": "none"},
        )
    ):
        assert (
            admin.post("/rooms/new", data=NEW | change | {"key": f"form-number-{number}"}).status_code == 303
        )
    shed, empty, open_yet = added(scene)
    assert shed.use == "oyster/fruiting"
    assert (empty.empty_since, empty.empty_by) == (NOW, scene.people["admin"])
    assert (open_yet.use, open_yet.empty_since) == (None, None)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "名字没填"),
        ({"name": "1号库"}, "已经有叫1号库的了"),
        ({"name": "长" * 21}, "名字太长了"),
        ({"capacity": "很多"}, "不是一个数"),
        ({"capacity": "0"}, "wrong-capacity"),
        ({"site": ""}, "请选库区"),
        ({"site": "9"}, "没有这个库区"),
        ({"holds": ""}, "请选现在装的"),
        ({"holds": "oyster/fruiting"}, "请选现在装的"),
        ({"other": "gold"}, "品类表里没有这个"),
        ({"kind": "barn"}, "请选是冷库还是菇棚"),
    ],
)
def test_what_is_wrong_is_said_and_no_room_is_made(
    scene: Scene, signed_in: SignIn, change: dict[str, str], sentence: str
) -> None:
    answer = signed_in("admin").post("/rooms/new", data=NEW | change)
    assert answer.status_code in (409, 422)
    assert sentence in answer.text
    assert added(scene) == []


def test_a_keeper_adds_no_room(scene: Scene, signed_in: SignIn) -> None:
    keeper = signed_in("keeper")
    assert "/rooms/new" not in keeper.get("/more").text
    assert keeper.get("/rooms/new").status_code == 403
    assert keeper.post("/rooms/new", data=NEW).status_code == 403
    assert added(scene) == []
