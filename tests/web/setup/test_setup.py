from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from core.people.people import NewPerson, Role
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.people.federation import add_federation, cooperatives, federation, villages
from store.people.people import add_person, people
from store.people.tables import tokens
from store.rooms.limits import current
from store.rooms.places import rooms
from store.rooms.stock_on_hand import contents
from tests.support.routes import share_routes
from web.app import install
from web.base.request_context import PageSettings

NOW = 1_768_331_986_000
HOUSE = {
    "name": "万宝山联村经济发展联合社",
    "signature": "万宝山联合社",
    "unit": "jin",
    "village": ["交口村", "古池村", ""],
    "code": ["141182999201", "", ""],
    "coop": ["交口种植合作社", "", ""],
    "site": "古池库区",
    "cold": "2",
    "sheds": "1",
}
REST = {
    "step": "all",
    "cold-0-name": "1号库",
    "cold-0-holds": "potato_table",
    "cold-0-tonnes": "38",
    "cold-0-owner": "1",
    "cold-1-holds": "empty",
    "sheds-0-holds": "oyster/fruiting",
    "person": "任师傅",
    "phone": "138 0000 5678",
    "username": "ren",
    "password": "土豆要放好2026",
    "again": "土豆要放好2026",
}


@pytest.fixture
def wishes() -> list[str]:
    return []


@pytest.fixture
def client(dbs: Databases, wishes: list[str]) -> Iterator[TestClient]:
    app = create_app(dbs, SqliteHistory(dbs.history), now=lambda: NOW)
    install(app, PageSettings(start_demo=lambda: wishes.append("demo")))
    with TestClient(share_routes(app, "pages"), follow_redirects=False) as made:
        yield made


def test_the_first_look_asks_demo_or_for_real(client: TestClient) -> None:
    assert client.get("/").headers["location"] == "/begin"
    assert client.get("/login").headers["location"] == "/begin"
    html = client.get("/begin").text
    assert "先看演示" in html
    assert "正式开始" in html


def test_the_demo_is_started_by_the_wiring(client: TestClient, wishes: list[str]) -> None:
    answer = client.post("/begin/demo")
    assert answer.headers["location"] == "/begin?demo=1"
    assert wishes == ["demo"]
    assert "正在准备演示" in client.get("/begin?demo=1").text


def test_whoever_asked_for_the_demo_sees_it_without_a_password(dbs: Databases, client: TestClient) -> None:
    client.post("/begin/demo")
    with dbs.records.write() as tx:
        add_federation(tx, NOW, "万宝山(演示)", "万宝山演示", demo=True)
        admin = add_person(
            tx, NOW, NewPerson(name="管理员(演示)", role=Role.ADMIN, username="admin", password_hash="x")
        )
    cookies = dict(client.cookies)
    client.cookies.clear()
    assert client.get("/begin?demo=1").headers["location"] == "/"
    assert client.get("/").headers["location"].startswith("/login")
    client.cookies.update(cookies)
    assert client.get("/begin?demo=1").headers["location"] == "/"
    assert client.get("/").status_code == 200
    with dbs.records.read() as tx:
        assert [row.person for row in tx.execute(tokens.select())] == [admin]


def test_a_key_for_the_demo_opens_nothing_real(dbs: Databases, client: TestClient) -> None:
    client.post("/begin/demo")
    with dbs.records.write() as tx:
        add_federation(tx, NOW, "万宝山", "万宝山联合社")
        add_person(tx, NOW, NewPerson(name="任师傅", role=Role.ADMIN, username="admin", password_hash="x"))
    client.get("/begin?demo=1")
    assert client.get("/").headers["location"].startswith("/login")


def test_everything_is_made_at_once_and_one_is_signed_in(client: TestClient, dbs: Databases) -> None:
    step = client.post("/begin/real", data=HOUSE | {"step": "rooms"})
    assert step.status_code == 200
    assert 'value="1号棚"' in step.text
    with dbs.records.read() as tx:
        assert federation(tx) is None
    answer = client.post("/begin/real", data=HOUSE | REST)
    assert answer.headers["location"] == "/"
    board = client.get("/")
    assert board.status_code == 200
    assert "土豆38吨" in board.text
    with dbs.records.read() as tx:
        assert [village.name for village in villages(tx)] == ["交口村", "古池村"]
        assert [coop.name for coop in cooperatives(tx)] == ["交口种植合作社", "古池村合作社"]
        first, second, shed = rooms(tx)
        assert contents(tx) == {first.id: [("potato_table", 38_000_000)]}
        assert second.empty_since == NOW
        assert current(tx, shed.id)
        assert [(person.role, person.phone) for person in people(tx)] == [(Role.ADMIN, "13800005678")]


def test_it_is_begun_once_however_often_the_button_is_pressed(client: TestClient, dbs: Databases) -> None:
    client.post("/begin/real", data=HOUSE | REST)
    again = client.post("/begin/real", data=HOUSE | REST | {"username": "thief"})
    assert again.headers["location"] == "/login"
    with dbs.records.read() as tx:
        assert len(people(tx)) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "请填联合社的名字"),
        ({"village": ["", "", ""]}, "至少填一个村"),
        ({"village": ["交口村", "交口村", ""]}, "有两个村同名"),
        ({"code": ["12", "", ""]}, "区划代码要12位数字"),
        ({"cold": "0", "sheds": "0"}, "至少要有一个库或一个棚"),
        ({"password": "short", "again": "short"}, "密码至少8个字"),
        ({"again": "另一个密码2026"}, "两次密码不一样"),
        ({"username": ""}, "请填用户名"),
        ({"cold-0-tonnes": "很多"}, "1号库的吨数不对"),
        ({"cold-1-name": "1号库"}, "有两个库同名"),
        ({"phone": "abc"}, "电话号码不对"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    client: TestClient, dbs: Databases, change: dict[str, object], sentence: str
) -> None:
    answer = client.post("/begin/real", data=HOUSE | REST | change)
    assert answer.status_code in (409, 422)
    assert sentence in answer.text
    assert "土豆要放好2026" not in answer.text
    with dbs.records.read() as tx:
        assert federation(tx) is None
        assert people(tx) == []
        assert rooms(tx) == []


def test_where_an_administrator_is_known_only_they_may_begin(client: TestClient, dbs: Databases) -> None:
    with dbs.records.write() as tx:
        add_person(tx, NOW, NewPerson(name="管理员", role=Role.ADMIN, username="admin", password_hash="x"))
    assert client.get("/begin").headers["location"].startswith("/login")
    assert client.post("/begin/real", data=HOUSE | REST).status_code == 303
    with dbs.records.read() as tx:
        assert federation(tx) is None


def test_there_is_no_second_beginning(client: TestClient) -> None:
    client.post("/begin/real", data=HOUSE | REST)
    for path in ("/begin", "/begin/real"):
        assert client.get(path).headers["location"] == "/"
    assert client.post("/begin/demo").headers["location"] == "/"
