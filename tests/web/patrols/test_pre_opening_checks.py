"""开库前体检 on the pages."""

import re
from collections.abc import Callable

from starlette.testclient import TestClient

from core.overview.check_results import CheckResult, CheckVerdict
from store.notifications import notifications
from store.patrols.pre_opening_checks import store_check, stored_checks
from tests.web.conftest import NOW
from tests.web.scene import Scene

SignIn = Callable[[str], TestClient]


def key_of(html: str) -> str:
    match = re.search(r'name="key" value="([^"]+)"', html)
    assert match
    return match[1]


def test_one_tap_finds_what_is_not_ready_and_what_to_do(scene: Scene, signed_in: SignIn) -> None:
    client, room = signed_in("keeper"), scene.rooms["6号库"]
    html = client.get(f"/checks/new?room={room}").text
    assert "6号库" in html
    pressed = {"key": key_of(html), "room": str(room)}
    answers = [client.post("/checks", data=pressed) for _ in range(2)]
    assert answers[0].status_code == 303
    assert answers[0].headers["location"] == answers[1].headers["location"], "pressed twice it is one check"
    html = client.get(answers[0].headers["location"]).text
    for text in (
        "坏",
        "6号库门边 2小时没数",
        "看电、看信号，换电池或换探头",
        "6号库的门边、最里、堆里从没校过",
        "任师傅",
    ):
        assert text in html
    assert html.index("探头</span>") < html.index("磁盘</span>"), "what is in trouble comes first"
    assert "签字" in html
    with scene.dbs.records.read() as tx:
        assert len(stored_checks(tx)) == 1


def test_checks_of_before_are_listed_with_who_and_how_they_went(scene: Scene, signed_in: SignIn) -> None:
    with scene.dbs.records.write() as tx:
        good = store_check(
            tx, NOW, scene.people["keeper"], None, [CheckResult("clocks_right", CheckVerdict.OK)]
        )
    client = signed_in("keeper")
    html = client.get("/checks").text
    assert f'href="/checks/{good}"' in html
    assert "全部库棚" in html
    assert "任师傅" in html
    assert "都好" in client.get(f"/checks/{good}").text
    assert client.get("/checks/999").status_code == 404
    assert client.post("/checks", data={"key": "k" * 20, "room": "999"}).status_code == 404


def test_only_who_keeps_rooms_makes_a_check(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("clerk")
    assert client.get("/checks/new").status_code == 403
    assert client.post("/checks", data={"key": "k" * 20}).status_code == 403
    assert client.get("/checks").status_code == 200


def test_who_answered_the_trial_text_shows(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    html = client.get("/checks/ring").text
    assert html.count("没试过") == 2
    for _ in range(2):
        assert client.post("/checks/ring", data={"key": key_of(html)}).status_code == 303
    with scene.dbs.records.write() as tx:
        assert [notification.kind for notification in notifications.notifications(tx)].count("trial") == 2
        phone = "13800005678"
        notifications.keep_inbound(
            tx, channel="pretend", external_id="1", phone=phone, text="1", at=NOW, effect="trial_heard"
        )
    html = client.get("/checks/ring").text
    assert "回了" in html.split("任师傅")[1].split("</li>")[0]
    assert "还没回" in html.split("李师傅")[1].split("</li>")[0]
