"""抄表 on the pages."""

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from core.readings.manual_readings import NewManualReading
from core.times import HOUR_MS, MINUTE_MS
from record.recorder import Recorder
from store.readings.manual_readings import put, typed
from tests.web.conftest import NOW
from tests.web.scene import Scene

SignIn = Callable[[str], TestClient]


def key_of(html: str) -> str:
    match = re.search(r'name="key" value="([^"]+)"', html)
    assert match
    return match[1]


def type_in(client: TestClient, room: int, **fields: str) -> object:
    key = key_of(client.get(f"/rooms/{room}/read").text)
    return client.post(f"/rooms/{room}/read", data={"key": key, "spot": "door", **fields})


def count(scene: Scene) -> int:
    with scene.dbs.journal.read() as tx:
        return len(typed(tx))


def record(scene: Scene) -> None:
    recorder = Recorder(scene.dbs, scene.history, now=lambda: NOW)
    while recorder.step():
        pass


def test_a_number_and_one_tap_write_it_down_beside_the_probe(scene: Scene, signed_in: SignIn) -> None:
    client, room = signed_in("keeper"), scene.rooms["3号库"]
    key = key_of(client.get(f"/rooms/{room}/read").text)
    fields = {"key": key, "spot": "door", "temperature": "零下0.4", "waited": ""}
    answer = client.post(f"/rooms/{room}/read", data=fields)
    assert answer.status_code == 303
    html = client.get(answer.headers["location"]).text
    assert "记下了：门边零下0.4度（探头1.2度，高1.6度）" in html
    assert "任师傅" in html


def test_pressed_twice_or_sent_again_after_a_wait_it_is_written_once(scene: Scene, signed_in: SignIn) -> None:
    client, where = signed_in("keeper"), f"/rooms/{scene.rooms['3号库']}/read"
    fields = {"key": key_of(client.get(where).text), "spot": "door", "temperature": "3.4", "waited": ""}
    first = client.post(where, data=fields)
    again = client.post(where, data={**fields, "waited": "95"})
    assert first.headers["location"] == again.headers["location"]
    assert count(scene) == 1
    other = client.post(where, data={**fields, "temperature": "3.5"})
    assert other.status_code == 409
    assert "已经记过了" in other.text
    assert key_of(other.text) != fields["key"], "the next press is a new one"


def test_what_waited_for_the_network_is_kept_at_the_time_it_was_typed(
    scene: Scene, signed_in: SignIn
) -> None:
    client, where = signed_in("keeper"), f"/rooms/{scene.rooms['3号库']}/read"
    key = key_of(client.get(where).text)
    client.post(where, data={"key": key, "spot": "door", "temperature": "3.4", "waited": "300"})
    with scene.dbs.journal.read() as tx:
        assert typed(tx)[0].at == NOW - 300_000


def test_the_paper_book_is_typed_in_by_the_clock_of_the_site(scene: Scene, signed_in: SignIn) -> None:
    client, where = signed_in("keeper"), f"/rooms/{scene.rooms['3号库']}/read"
    fields = {"key": key_of(client.get(where).text), "spot": "back", "temperature": "3.4"}
    client.post(where, data={**fields, "at": "2026-01-13T20:00"})
    with scene.dbs.journal.read() as tx:
        stored = typed(tx)[0]
    assert (stored.at, stored.spot) == (1_768_305_600_000, "back")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "请填表上的数"),
        ({"temperature": "三"}, "“三”不是数"),
        ({"temperature": "85"}, "再看一眼表"),
        ({"temperature": "3.4", "at": "昨天"}, "时间写不对"),
        ({"temperature": "3.4", "at": "2027-01-01T08:00"}, "时间还没到"),
        ({"temperature": "3.4", "at": "0001-01-01T00:00"}, "最多补记31天"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    scene: Scene, signed_in: SignIn, fields: dict[str, str], sentence: str
) -> None:
    client = signed_in("keeper")
    answer = type_in(client, scene.rooms["3号库"], humidity="91", **fields) if fields else None
    if answer is None:
        answer = type_in(client, scene.rooms["3号库"])
    assert answer.status_code in (409, 422)  # type: ignore[attr-defined]
    html = answer.text  # type: ignore[attr-defined]
    assert sentence in html
    if fields:
        assert 'value="91"' in html
    assert count(scene) == 0


def test_only_who_keeps_rooms_sees_the_form(scene: Scene, signed_in: SignIn) -> None:
    client, room = signed_in("clerk"), scene.rooms["3号库"]
    assert client.get(f"/rooms/{room}/read").status_code == 403
    assert f"/rooms/{room}/read" not in client.get(f"/rooms/{room}").text


def test_a_room_that_is_not_there_has_no_thermometer(signed_in: SignIn) -> None:
    assert signed_in("keeper").get("/rooms/999/read").status_code == 404


def test_a_silent_room_is_called_dangerous_by_what_a_person_read(scene: Scene, signed_in: SignIn) -> None:
    client, room = signed_in("keeper"), scene.rooms["6号库"]
    html = client.get(f"/rooms/{room}").text
    assert "去看表，抄数" in html
    assert type_in(client, room, temperature="9.5").status_code == 303  # type: ignore[attr-defined]
    tile = client.get("/").text.split(f'id="room-{room}"')[0].rsplit("<a", 1)[-1]
    assert "danger" in tile
    assert "blind" in tile
    assert "人工3:19是9.5度" in client.get("/").text
    assert "危险 ↑太热" in client.get(f"/rooms/{room}").text


def test_a_good_value_is_small_on_a_tile_without_data(scene: Scene, signed_in: SignIn) -> None:
    client, room = signed_in("keeper"), scene.rooms["6号库"]
    type_in(client, room, temperature="3.9")
    html = client.get("/").text
    assert "人工3:19是3.9度" in html
    assert "no_data" in html.split(f'id="room-{room}"')[0].rsplit("<a", 1)[-1]


def test_a_probe_that_is_off_for_long_is_named_with_how_to_find_out(scene: Scene, signed_in: SignIn) -> None:
    room = scene.rooms["1号库"]
    for ago in (2, 14, 28):
        at = NOW - ago * HOUR_MS
        scene.say("1号库-door", at, temperature=3.0)
        with scene.dbs.journal.write() as tx:
            values = {"temperature": 2.1}
            put(
                tx,
                NOW,
                NewManualReading(person=scene.people["keeper"], room=room, spot="door", values=values, at=at),
            )
    record(scene)
    html = signed_in("keeper").get(f"/rooms/{room}").text
    assert "门边的探头一直比表高0.9度" in html
    assert "冰水" in html


def test_the_chart_marks_what_a_person_read_and_where_no_probe_spoke(scene: Scene, signed_in: SignIn) -> None:
    room = scene.rooms["6号库"]
    for ago in (30 * MINUTE_MS, 5 * HOUR_MS):
        with scene.dbs.journal.write() as tx:
            values = {"temperature": 9.5}
            put(tx, NOW, NewManualReading(person=1, room=room, spot="door", values=values, at=NOW - ago))
    record(scene)
    client = signed_in("keeper")
    drawn = client.get(f"/rooms/{room}/curve").json()
    assert [(mark["value"], mark["gap"]) for mark in drawn["by_hand"]] == [(9.5, False), (9.5, True)]
    assert max(value for value in drawn["high"] if value is not None) < 9
    month = client.get(f"/rooms/{room}/curve?span=month").json()
    assert [mark["gap"] for mark in month["by_hand"]] == [True]
    assert client.get(f"/rooms/{room}/curve?place=core").json()["by_hand"] == []


def test_what_people_read_is_no_new_device(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    type_in(client, scene.rooms["3号库"], temperature="3.4")
    assert "person:" not in client.get("/devices").text
