import re
from collections.abc import Callable

from sqlalchemy import update
from starlette.testclient import TestClient

from core.times import MINUTE_MS
from store.alerts import alerts
from store.alerts.alert_events import events
from store.alerts.lifecycle import resolve
from store.people.tables import people
from store.rooms.places import room
from tests.web.scene import Scene, app

SignIn = Callable[[str], TestClient]


def key_of(html: str, alert: int, what: str) -> str:
    """The one-time key in the form of a button."""
    form = rf'action="/alerts/{alert}/{what}"><input type="hidden" name="key" value="([^"]+)"'
    match = re.search(form, html)
    assert match is not None
    return match[1]


def test_a_room_says_how_it_is_and_what_to_do_people_first(scene: Scene, signed_in: SignIn) -> None:
    html = signed_in("keeper").get(f"/rooms/{scene.rooms['3号库']}").text
    for text in ("危险 ↓要冻", "该在2.5到7度", "按 土豆38吨 管", "怎么办", "我去", "换下一个人", "冀张薯8号"):
        assert text in html
    assert html.index("先开门通风10分钟，两个人一起进") < html.index("关严门，堵门缝，开加温")
    assert 'href="tel:13800005678"' in html
    assert "小时到0度" in html


def test_going_is_said_once_and_shown(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    where = f"/rooms/{scene.rooms['3号库']}"
    with scene.dbs.records.read() as tx:
        ident = alerts.open_alerts(tx)[0].id
    pressed = {"next": where, "key": key_of(client.get(where).text, ident, "go")}
    for _ in range(2):
        assert client.post(f"/alerts/{ident}/go", data=pressed).headers["location"] == where
    with scene.dbs.records.read() as tx:
        acknowledged = [event for event in events(tx, ident) if event.kind == "acknowledged"]
    assert len(acknowledged) == 1
    assert "任师傅去了" in client.get(where).text
    assert "任师傅去了" in client.get("/").text
    assert "calls" not in client.get("/").text.split('id="room-3"')[0].rsplit("<a", 1)[-1]


def test_who_cannot_go_hands_it_to_the_next(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    with scene.dbs.records.read() as tx:
        ident = alerts.open_alerts(tx)[0].id
    pressed = {"key": key_of(client.get("/alerts").text, ident, "pass")}
    assert client.post(f"/alerts/{ident}/pass", data=pressed).status_code == 303
    with scene.dbs.records.read() as tx:
        assert events(tx, ident)[-1].kind == "passed_on"


def test_pressed_twice_nobody_else_is_asked(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    with scene.dbs.records.read() as tx:
        ident = alerts.open_alerts(tx)[0].id
    for page in ("/alerts", f"/rooms/{scene.rooms['3号库']}"):
        with scene.dbs.records.read() as tx:
            before = [event.kind for event in events(tx, ident)].count("passed_on")
        pressed = {"key": key_of(client.get(page).text, ident, "pass")}
        for _ in range(3):
            client.post(f"/alerts/{ident}/pass", data=pressed)
        with scene.dbs.records.read() as tx:
            after = [event.kind for event in events(tx, ident)].count("passed_on")
        assert after - before <= 1
        assert page != "/alerts" or after == 1
    assert client.post(f"/alerts/{ident}/pass", data={}).status_code == 400


def test_the_key_of_a_button_stays_while_nothing_happens(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    where = f"/rooms/{scene.rooms['3号库']}"
    with scene.dbs.records.read() as tx:
        ident = alerts.open_alerts(tx)[0].id
    first = key_of(client.get(where).text, ident, "pass")
    assert key_of(client.get(where).text, ident, "pass") == first
    client.post(f"/alerts/{ident}/pass", data={"key": first})
    assert key_of(client.get(where).text, ident, "pass") != first


def test_a_critical_alert_is_not_closed_without_cause_and_action(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    with scene.dbs.records.read() as tx:
        ident = alerts.open_alerts(tx)[0].id
    pressed = {"key": f"list-alert-{ident}-over"}
    answer = client.post(f"/alerts/{ident}/close", data=pressed | {"cause": "门没关严"})
    assert answer.status_code == 409
    assert "原因" in answer.text
    with scene.dbs.records.write() as tx:
        resolve(tx, alerts.open_alerts(tx)[0].activated_at, ident, "back_inside", 3.0)
    done = pressed | {"cause": "门没关严", "action": "关严了门"}
    assert client.post(f"/alerts/{ident}/close", data=done).status_code == 303
    assert client.post(f"/alerts/{ident}/close", data=done).status_code == 303
    assert "关严了门" in client.get("/alerts").text


def test_a_clerk_is_not_asked_to_go(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("clerk")
    assert "我去" not in client.get(f"/rooms/{scene.rooms['3号库']}").text
    with scene.dbs.records.read() as tx:
        ident = alerts.open_alerts(tx)[0].id
    assert client.post(f"/alerts/{ident}/go", data={"key": "room-alert-1"}).status_code == 403


def test_whom_to_telephone_stands_on_the_board_the_room_and_the_alerts(
    scene: Scene, signed_in: SignIn
) -> None:
    client = signed_in("keeper")
    room = f"/rooms/{scene.rooms['3号库']}"
    for page in ("/", room, "/alerts"):
        assert 'href="tel:13800005678"' in client.get(page).text
    with scene.dbs.records.write() as tx:
        tx.execute(update(people).where(people.c.id == scene.people["keeper"]).values(phone=None))
    for page in ("/", room, "/alerts"):
        html = client.get(page).text
        assert "tel:" not in html
        assert "没留电话" in html


def test_the_curve_has_its_gap_its_limits_and_its_alert(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    drawn = client.get(f"/rooms/{scene.rooms['3号库']}/curve?span=day").json()
    assert len(drawn["at"]) == len(drawn["mean"]) == len(drawn["low"]) > 50
    assert drawn["limits"][-1]["low"] == 2.5
    assert drawn["alerts"][0]["severity"] == "critical"
    assert drawn["lowest"] < 2
    gap = client.get(f"/rooms/{scene.rooms['2号库']}/curve").json()
    assert None in gap["mean"]


def test_a_room_or_a_span_that_is_none_is_said_to_be_none(signed_in: SignIn) -> None:
    client = signed_in("keeper")
    assert client.get("/rooms/999").status_code == 404
    assert client.get("/rooms/0").status_code == 422
    assert client.get("/rooms/1/curve?span=century").status_code == 422


def test_a_room_is_declared_empty_only_without_goods(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    full = scene.rooms["1号库"]
    answer = client.post(f"/rooms/{full}/use", data={"use": "empty"})
    assert answer.status_code == 409
    assert "账上还有" in answer.text
    shed = scene.rooms["8号棚"]
    assert client.post(f"/rooms/{shed}/use", data={"use": "empty"}).status_code == 303
    with scene.dbs.records.read() as tx:
        stored = room(tx, shed)
    assert stored is not None
    assert stored.empty_by == scene.people["keeper"]


def test_a_new_device_is_placed_with_two_choices(scene: Scene, signed_in: SignIn, now: int) -> None:
    scene.say("新探头", now - 1000, temperature=31.0)
    client = signed_in("keeper")
    assert "新探头" in client.get("/devices").text.split("放好的")[0]
    chosen = client.get(f"/devices/place?device=新探头&room={scene.rooms['5号库']}").text
    assert "5号库的哪里？" in chosen
    fields = {"device": "新探头", "position": "", "room": str(scene.rooms["5号库"]), "spot": "middle"}
    assert client.post("/devices/place", data=fields).status_code == 303
    assert "新探头" not in client.get("/devices").text.split("放好的")[0]
    answer = client.post("/devices/place", data=fields | {"spot": "roof"})
    assert answer.status_code == 409


def test_a_silent_probe_is_listed_first_with_how_long(scene: Scene, now: int) -> None:
    with TestClient(app(scene, lambda: now + 70 * MINUTE_MS)) as client:
        client.post("/login", data={"username": "keeper", "password": "土豆要放好2026"})
        first = client.get("/devices").text.split("<h2>")[1]
        assert first.startswith("哪里没数")
        assert "1小时10分没数" in first


def test_an_unreadable_message_says_what_to_do(scene: Scene, now: int) -> None:
    from store.decoding import rejected

    with scene.dbs.journal.write() as tx:
        rejected.add_rejected(tx, now, "tele/x/SENSOR", "not_json", "at 3", b"<script>alert(1)</script>")
    reasons = {"not_json": "内容不是JSON，读不懂。请检查设备的发送格式。"}
    with TestClient(app(scene, lambda: now, reasons=reasons)) as client:
        client.post("/login", data={"username": "admin", "password": "土豆要放好2026"})
        html = client.get("/rejected").text
    assert "内容不是JSON" in html
    assert "<script>alert" not in html
