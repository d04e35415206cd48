"""The pages while the history outside is away: every room is seen, only curves wait."""

from dataclasses import replace
from typing import cast

import pytest
from starlette.testclient import TestClient

from core.readings.history_url import VICTORIAMETRICS, HistoryAddress
from core.readings.manual_readings import NewManualReading
from store.history.sqlite import SqliteHistory
from store.history.victoria import VictoriaHistory
from store.readings import manual_readings
from tests.support.machines import free_port
from tests.web import scene as scenes
from tests.web.scene import PASSWORD, Scene


@pytest.fixture
def client(scene: Scene, now: int) -> TestClient:
    away = VictoriaHistory(
        scene.dbs.history, HistoryAddress(VICTORIAMETRICS, f"http://127.0.0.1:{free_port()}"), ""
    )
    app = scenes.app(replace(scene, history=cast(SqliteHistory, away)), lambda: now)
    made = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    assert (
        made.post("/login", data={"username": "admin", "password": PASSWORD, "next": "/"}).status_code == 303
    )
    return made


def test_every_page_of_a_keeper_opens(client: TestClient, scene: Scene, now: int) -> None:
    room = scene.rooms["3号库"]
    scene.say("3号库-door", now, battery=40.0)
    with scene.dbs.journal.write() as tx:
        manual_readings.put(
            tx,
            now,
            NewManualReading(
                person=scene.people["admin"], room=room, spot="door", values={"temperature": 4.5}
            ),
        )
    rooms = [f"/rooms/{number}" for number in scene.rooms.values()]
    for page in (
        "/",
        "/?part=board",
        *rooms,
        "/patrol",
        "/devices/one?device=3号库-door",
        "/alerts",
        "/stock",
    ):
        assert client.get(page).status_code == 200, page


def test_the_curve_says_that_it_waits(client: TestClient, scene: Scene) -> None:
    answer = client.get(f"/rooms/{next(iter(scene.rooms.values()))}/curve")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
