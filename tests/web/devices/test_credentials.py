"""A technician gives a device its login on the page, and takes it back."""

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from api.security import hash_password
from core.devices.credentials import is_password
from core.devices.families import FAMILY_BY_ID
from core.devices.setting_lines import BrokerServer
from core.people.people import NewPerson, Role
from store.devices import credentials
from store.people.people import add_person
from tests.web import scene as scenes
from tests.web.scene import PASSWORD, Scene
from web.base.localizer import Localizer
from web.base.request_context import CredentialSettings
from web.devices.credential_view import family_choices

NOW = 1_768_331_986_000
SignIn = Callable[[str], TestClient]
NEW = {"name": "probe-7", "family": "coldshed", "at": "", "topics": ""}


def server(seen_as: str) -> BrokerServer:
    return BrokerServer(seen_as, 1883)


@pytest.fixture
def technician(scene: Scene) -> Iterator[TestClient]:
    with scene.dbs.records.write() as tx:
        hashed = hash_password(PASSWORD)
        add_person(tx, NOW, NewPerson(name="小李", role=Role.TECHNICIAN, username="li", password_hash=hashed))
    broker = CredentialSettings(server, frozenset({"coldshed-service"}))
    app = scenes.app(scene, lambda: NOW, logins=broker)
    with TestClient(app, base_url="http://192.168.1.20", follow_redirects=False) as client:
        assert (
            client.post("/login", data={"username": "li", "password": PASSWORD, "next": "/"}).status_code
            == 303
        )
        yield client


def _active(scene: Scene) -> list[credentials.Credential]:
    with scene.dbs.records.read() as tx:
        return credentials.active(tx)


def _password(html: str) -> str:
    return html.split('class="code secret">')[1].split("<")[0]


def test_a_login_is_shown_once_with_what_to_type_and_who_gave_it(
    scene: Scene, technician: TestClient
) -> None:
    assert "/devices/logins" in technician.get("/devices").text
    answer = technician.post("/devices/logins/new", data=NEW)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    password = _password(answer.text)
    (kept,) = _active(scene)
    assert is_password(password, kept.password)
    for wanted in ("192.168.1.20", "1883", "probe-7", "coldshed/v1/probe-7/readings", "<svg"):
        assert wanted in answer.text
    shown = technician.get("/devices/logins").text
    assert "probe-7" in shown
    assert "小李" in shown
    assert password not in shown
    assert password not in technician.get("/devices/logins/one?name=probe-7").text


def test_pressed_twice_it_ends_nobodys_login(scene: Scene, technician: TestClient) -> None:
    password = _password(technician.post("/devices/logins/new", data=NEW).text)
    again = technician.post("/devices/logins/new", data=NEW)
    assert again.status_code == 409
    assert "已经有登录了" in again.text
    assert is_password(password, _active(scene)[0].password)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": "a b"}, "登录名不行"),
        ({"name": "coldshed-service"}, "系统自己用的"),
        ({"family": "other"}, "写明它发到哪个主题"),
        ({"family": "other", "topics": "#"}, "不能整个给一个"),
        ({"family": "sparkplug"}, "组/节点"),
        ({"family": "esphome", "at": "tele"}, "不能整个给一个"),
        ({"family": "nonsense"}, "没有这种设备"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_given(
    scene: Scene, technician: TestClient, typed: dict[str, str], sentence: str
) -> None:
    answer = technician.post("/devices/logins/new", data=NEW | typed)
    assert answer.status_code == 409
    assert sentence in answer.text
    assert _active(scene) == []


def test_settings_are_in_the_words_of_the_firmware(technician: TestClient) -> None:
    tasmota = technician.post("/devices/logins/new", data=NEW | {"name": "th1", "family": "tasmota"}).text
    assert "Backlog MqttHost 192.168.1.20; MqttPort 1883; MqttUser th1;" in tasmota
    esphome = technician.post("/devices/logins/new", data=NEW | {"name": "room3", "family": "esphome"}).text
    assert "topic_prefix: &#39;room3&#39;" in esphome


def test_a_dtu_gets_the_topics_that_were_typed(scene: Scene, technician: TestClient) -> None:
    typed = {"name": "usr", "family": "other", "topics": "usr/gw01/report\r\n\r\n /snow/up/1 "}
    assert technician.post("/devices/logins/new", data=NEW | typed).status_code == 200
    assert _active(scene)[0].topics == ("usr/gw01/report", "/snow/up/1")
    assert "/snow/up/1" in technician.get("/devices/logins/one?name=usr").text


def test_a_new_password_ends_the_old_one_and_taking_back_ends_both(
    scene: Scene, technician: TestClient
) -> None:
    old = _password(technician.post("/devices/logins/new", data=NEW).text)
    new = _password(technician.post("/devices/logins/renew", data={"name": "probe-7"}).text)
    (kept,) = _active(scene)
    assert is_password(new, kept.password)
    assert not is_password(old, kept.password)
    for _ in range(2):
        answer = technician.post("/devices/logins/revoke", data={"name": "probe-7"})
        assert answer.headers["location"] == "/devices/logins?done=revoke"
    assert _active(scene) == []
    assert technician.get("/devices/logins/one?name=probe-7").status_code == 404
    assert technician.post("/devices/logins/renew", data={"name": "probe-7"}).status_code == 404


def test_a_keeper_and_a_clerk_give_no_logins(scene: Scene, signed_in: SignIn) -> None:
    for who in ("keeper", "clerk"):
        client = signed_in(who)
        assert "/devices/logins" not in client.get("/devices").text
        assert client.get("/devices/logins").status_code == 403
        assert client.post("/devices/logins/new", data=NEW).status_code == 403
    assert _active(scene) == []


def test_where_the_broker_is_not_ours_it_says_so(signed_in: SignIn) -> None:
    admin = signed_in("admin")
    assert "不归这里管" in admin.get("/devices/logins").text
    assert admin.post("/devices/logins/new", data=NEW).status_code == 409


def test_every_kind_of_device_can_be_chosen_and_the_common_ones_come_first() -> None:
    offered = [family for family, _, _ in family_choices(Localizer("zh"))]
    assert set(offered) == set(FAMILY_BY_ID)
    assert {"coldshed", "esphome", "tasmota", "shelly", "zigbee2mqtt"} == set(offered[:5])
