"""A technician forgets made-up devices on the page: chooses, sees how many and which, confirms."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from store.devices import devices, forgetting
from tests.web.conftest import NOW
from tests.web.scene import Scene
from web.devices import forget_pages


@pytest.fixture
def manager(signed_in: Callable[[str], TestClient]) -> TestClient:
    return signed_in("admin")


@pytest.fixture
def keeper(signed_in: Callable[[str], TestClient]) -> TestClient:
    return signed_in("keeper")


@pytest.fixture
def flooded(scene: Scene) -> Scene:
    with scene.dbs.journal.write() as tx:
        made_up = {f"x{number:03}": "zigbee2mqtt" for number in range(250)}
        devices.record_last_seen(tx, NOW, made_up, dict.fromkeys(made_up, "gateway-1"))
    return scene


def count(scene: Scene) -> int:
    with scene.dbs.journal.read() as tx:
        return sum(row.id.startswith("x") for row in devices.devices(tx))


def test_it_shows_how_many_and_which_before_anything_goes(flooded: Scene, manager: TestClient) -> None:
    assert "/devices/forget" in manager.get("/devices").text
    chosen = manager.get("/devices/forget?login=gateway-1").text
    assert "这250个会忘掉" in chosen
    assert "x000" in chosen
    assert "还有220个" in chosen
    assert count(flooded) == 250


def test_confirmed_they_are_gone(flooded: Scene, manager: TestClient) -> None:
    answer = manager.post("/devices/forget", data={"login": "gateway-1"})
    assert "忘掉了250个" in answer.text
    assert count(flooded) == 0


def test_long_work_goes_on_in_pieces_and_says_how_far_it_is(
    flooded: Scene, manager: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget_pages, "AT_ONCE_S", 0)
    monkeypatch.setattr(forgetting, "DEVICES_AT_ONCE", 100)
    answer = manager.post("/devices/forget", data={"login": "gateway-1"}).text
    assert "忘掉了100个，还剩150个" in answer
    assert 'name="login" value="gateway-1"' in answer
    answer = manager.post("/devices/forget", data={"login": "gateway-1", "done": "100"}).text
    assert "忘掉了200个，还剩50个" in answer


def test_what_stands_in_a_room_stays_and_the_page_says_why(scene: Scene, manager: TestClient) -> None:
    with scene.dbs.journal.read() as tx:
        placed = next(row.id for row in devices.devices(tx))
    page = manager.get(f"/devices/forget?device={placed}").text
    assert "没有能忘掉的设备" in page
    assert "放在库房里" in page


def test_nothing_chosen_is_refused_and_a_wrong_name_is_said(scene: Scene, manager: TestClient) -> None:
    assert manager.post("/devices/forget", data={}).status_code == 409
    assert "没有这个设备：nobody" in manager.get("/devices/forget?device=nobody").text


def test_a_keeper_may_not(scene: Scene, keeper: TestClient) -> None:
    assert keeper.get("/devices/forget").status_code == 403
    assert "/devices/forget" not in keeper.get("/devices").text


def test_thousands_of_new_devices_do_not_fill_the_list(flooded: Scene, manager: TestClient) -> None:
    for_each = {f"x{number:03}" for number in range(250)}
    for number, device in enumerate(sorted(for_each)):
        flooded.say(device, NOW - number, temperature=3)
    assert "还有150个没放的" in manager.get("/devices").text
