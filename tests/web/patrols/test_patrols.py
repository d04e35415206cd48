"""巡库 on the pages."""

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from core.patrols.patrols import NewPatrol
from core.readings.manual_readings import NewManualReading
from core.times import DAY_MS, HOUR_MS
from store.patrols import patrols
from store.readings import manual_readings
from store.rooms.places import close_for_season
from tests.web.conftest import NOW
from tests.web.scene import PASSWORD, Scene

SignIn = Callable[[str], TestClient]
WAITED = {"waited": ""}


def key_of(html: str) -> str:
    match = re.search(r'name="key" value="([^"]+)"', html)
    assert match
    return match[1]


def counts(scene: Scene) -> tuple[int, int]:
    with scene.dbs.records.read() as tx:
        rounds = len(patrols.patrols(tx))
    with scene.dbs.journal.read() as tx:
        return rounds, len(manual_readings.typed(tx))


def test_the_qr_on_the_door_leads_through_the_login_to_the_rooms_round(
    scene: Scene, guest: TestClient
) -> None:
    where = f"/rooms/{scene.rooms['3号库']}/patrol"
    answer = guest.get(where)
    assert answer.status_code == 303
    login = guest.get(answer.headers["location"])
    following = re.search(r'name="next" value="([^"]+)"', login.text)
    assert following
    entered = guest.post("/login", data={"username": "keeper", "password": PASSWORD, "next": following[1]})
    assert entered.headers["location"] == where
    assert "3号库 巡库" in guest.get(where).text


def test_a_number_and_one_tap_is_a_round_in_which_all_is_well(scene: Scene, signed_in: SignIn) -> None:
    client, where = signed_in("keeper"), f"/rooms/{scene.rooms['3号库']}/patrol"
    fields = {"key": key_of(client.get(where).text), "spot": "door", "temperature": "1.0", **WAITED}
    answer = client.post(where, data=fields)
    assert answer.status_code == 303
    html = client.get(answer.headers["location"]).text
    assert "3号库记下了：1.0度，探头1.2度，高0.2度，都正常" in html
    assert "上午还没巡" in html
    assert f'href="{where}">3号库</a></li>' not in html, "it is not due any more"
    assert counts(scene) == (1, 1)


def test_sent_again_by_a_poor_network_it_is_one_round(scene: Scene, signed_in: SignIn) -> None:
    client, where = signed_in("keeper"), f"/rooms/{scene.rooms['3号库']}/patrol"
    fields = {"key": key_of(client.get(where).text), "temperature": "1.0", "drip": "wrong", **WAITED}
    first = client.post(where, data=fields)
    again = client.post(where, data={**fields, "waited": "31"})
    assert first.headers["location"] == again.headers["location"]
    assert counts(scene) == (1, 1)
    changed = client.post(where, data={**fields, "door": "wrong"})
    assert changed.status_code == 409
    assert "已经记过了" in changed.text
    assert counts(scene) == (1, 1)


def test_without_a_thermometer_only_the_ticks_are_written(scene: Scene, signed_in: SignIn) -> None:
    client, where = signed_in("keeper"), f"/rooms/{scene.rooms['1号棚']}/patrol"
    key = key_of(client.get(where).text)
    refused = client.post(where, data={"key": key, "door": "wrong", "note": "门缝大"})
    assert refused.status_code == 422
    assert "没表，只记打勾的" in refused.text
    assert 'name="door" value="wrong" checked' in refused.text
    assert 'value="门缝大"' in refused.text
    done = client.post(where, data={"key": key, "door": "wrong", "note": "门缝大", "no_dial": "yes"})
    assert "没看表，门有问题" in client.get(done.headers["location"]).text
    assert counts(scene) == (1, 0)
    used = client.post(where, data={"key": key, "temperature": "3.4"})
    assert used.status_code == 409
    assert counts(scene) == (1, 0), "the used form leaves no reading behind"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"temperature": "八"}, "“八”不是数"),
        ({"temperature": "85"}, "再看一眼表"),
        ({"temperature": "3", "note": "长" * 301}, "字太多了"),
        ({"temperature": "3", "at": "2027-01-01T08:00"}, "时间还没到"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    scene: Scene, signed_in: SignIn, fields: dict[str, str], sentence: str
) -> None:
    client, where = signed_in("keeper"), f"/rooms/{scene.rooms['3号库']}/patrol"
    answer = client.post(where, data={"key": key_of(client.get(where).text), **fields})
    assert answer.status_code in (409, 422)
    assert sentence in answer.text
    assert counts(scene) == (0, 0)


def test_a_day_shows_who_was_where_and_what_was_missed(scene: Scene, signed_in: SignIn) -> None:
    keeper = scene.people["keeper"]
    yesterday = NOW - DAY_MS + 6 * HOUR_MS  # 9:19 in Fenyang
    with scene.dbs.journal.write() as tx:
        values = {"temperature": 2.0}
        typed = manual_readings.put(
            tx,
            NOW,
            NewManualReading(
                person=keeper, room=scene.rooms["1号库"], spot="door", values=values, at=yesterday
            ),
        ).reading
    with scene.dbs.records.write() as tx:
        patrols.add(
            tx,
            NOW,
            NewPatrol(
                room=scene.rooms["1号库"],
                by=keeper,
                spot="door",
                typed=typed,
                wrong=["drip", "pests"],
                note="顶上",
            ),
        )
        close_for_season(tx, NOW - 3 * DAY_MS, scene.rooms["5号库"], keeper)
    client = signed_in("keeper")
    html = client.get("/patrol?day=2026-01-13").text
    row = html.split(">1号库</a></th>")[1].split("</tr>")[0]
    for text in ("9:19 2.0度", "任师傅", "滴水、异味/鼠有问题", "顶上", "没巡"):
        assert text in row
    assert "5号库" not in html, "it rests"
    assert "漏了25次" in html, "13 rooms twice a day, one round made"
    assert "前一天" in html
    today = client.get("/patrol").text
    assert "漏了" not in today, "at three in the morning nobody is late"
    assert client.get("/patrol?day=nonsense").status_code == 200


def test_every_door_has_its_qr_on_a_sheet_of_its_own(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    html = client.get("/doors").text
    assert html.count("<svg") == len(scene.rooms)
    assert f"http://testserver/rooms/{scene.rooms['3号库']}/patrol" in html
    assert "手机打不开" not in html
    local = client.get("/doors", headers={"Host": "127.0.0.1:8000"})
    assert "手机打不开" in local.text


def test_the_menu_has_rounds_for_who_makes_them(scene: Scene, signed_in: SignIn) -> None:
    nav = re.findall(r"<nav class=\"nav\".*?</nav>", signed_in("keeper").get("/").text, re.DOTALL)[0]
    assert re.findall(r">(\w+)</a>", nav) == ["看库", "入库", "出库", "巡库", "我的"]
    nav = re.findall(r"<nav class=\"nav\".*?</nav>", signed_in("clerk").get("/").text, re.DOTALL)[0]
    assert "巡库" not in nav
    assert signed_in("clerk").get(f"/rooms/{scene.rooms['3号库']}/patrol").status_code == 403


def test_a_room_rests_and_is_opened_on_its_page(scene: Scene, signed_in: SignIn) -> None:
    client, room = signed_in("keeper"), scene.rooms["5号库"]
    assert "歇库" in client.get(f"/rooms/{room}").text
    for _ in range(2):
        assert client.post(f"/rooms/{room}/rest").status_code == 303
    board = client.get("/").text
    tile = board.split(f'id="room-{room}"')[1].split("</a>")[0]
    assert "歇库" in tile
    assert "任师傅1月14日歇的" in tile
    html = client.get(f"/rooms/{room}").text
    assert "开库前体检" in html
    client.post(f"/rooms/{room}/open", data={"use": "potato_table"})
    assert "歇库</b>" not in client.get(f"/rooms/{room}").text
    full = scene.rooms["3号库"]
    refused = client.post(f"/rooms/{full}/rest")
    assert refused.status_code == 409
    assert "3号库里账上还有76,000斤" in refused.text
