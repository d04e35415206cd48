from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from api.security import hash_password
from core.people.people import NewPerson, Role
from store.people.people import add_person, by_phone, people, person
from tests.web.scene import PASSWORD, Scene
from web.people.people_view import masked

NOW = 1_768_331_986_000
SignIn = Callable[[str], TestClient]
NEW = {
    "key": "key-of-a-form",
    "name": "孙师傅",
    "phone": "139 0000 1234",
    "role": "keeper",
    "language": "zh",
    "cooperative": "",
    "village": "",
    "username": "",
    "password": "",
    "again": "",
}
ACCOUNT = {"username": "sun", "password": "库门要关严2026", "again": "库门要关严2026"}


@pytest.fixture
def manager(scene: Scene, signed_in: SignIn) -> TestClient:
    """One who manages, and is no administrator."""
    with scene.dbs.records.write() as tx:
        add_person(
            tx,
            NOW,
            NewPerson(
                name="赵主任", role=Role.MANAGER, username="zhao", password_hash=hash_password(PASSWORD)
            ),
        )
    return signed_in("zhao")


def test_a_number_is_masked_for_who_may_not_see_it(signed_in: SignIn) -> None:
    html = signed_in("clerk").get("/people").text
    assert "138****5678" in html
    assert "13800005678" not in html
    assert "/people/new" not in html
    assert masked("119") == "***"
    assert masked(None) == ""


def test_an_administrator_sees_numbers_and_adds_a_person_once(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    assert "13800005678" in admin.get("/people").text
    assert admin.get("/people/new").status_code == 200
    for _ in range(2):
        answer = admin.post("/people/new", data=NEW | ACCOUNT)
        assert answer.headers["location"] == "/people?done=add"
    assert "人加好了" in admin.get("/people?done=add").text
    with scene.dbs.records.read() as tx:
        assert [someone.name for someone in people(tx)].count("孙师傅") == 1
        stored = by_phone(tx, "13900001234")
    assert stored is not None
    assert (stored.role, stored.username) == (Role.KEEPER, "sun")
    answer = admin.post("/login", data={"username": "sun", "password": ACCOUNT["password"], "next": "/"})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "名字没填"),
        ({"name": "长" * 41}, "名字太长了"),
        ({"phone": "abc"}, "电话号码不对"),
        ({"phone": "13800005678"}, "已经是任师傅的号码"),
        ({"phone": ""}, "手机号和用户名至少填一样"),
        ({"role": ""}, "请选他做什么"),
        ({"role": "king"}, "没有这种角色"),
        ({"role": "clerk"}, "记账员要选是哪个合作社的"),
        ({"village": "999"}, "没有这个村"),
        (ACCOUNT | {"username": "keeper"}, "用户名keeper已经有人用了"),
        (ACCOUNT | {"username": ""}, "请填用户名"),
        (ACCOUNT | {"password": "short", "again": "short"}, "密码至少8个字"),
        (ACCOUNT | {"again": "不一样的2026密码"}, "两次密码不一样"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nobody_is_added(
    scene: Scene, signed_in: SignIn, change: dict[str, str], sentence: str
) -> None:
    answer = signed_in("admin").post("/people/new", data=NEW | change)
    assert answer.status_code in (409, 422)
    assert sentence in answer.text
    assert 'id="wrong-' in answer.text
    assert 'id="wrong-form"' not in answer.text
    assert ACCOUNT["password"] not in answer.text
    with scene.dbs.records.read() as tx:
        assert len(people(tx)) == 5


@pytest.mark.parametrize("username", ["keeper", "clerk"])
def test_others_may_not_manage_people(scene: Scene, signed_in: SignIn, username: str) -> None:
    client = signed_in(username)
    for path in ("/people/new", f"/people/{scene.people['li']}"):
        assert client.get(path).status_code == 403
    assert client.post("/people/new", data=NEW).status_code == 403
    answer = client.post(f"/people/{scene.people['li']}/active", data={"key": "12345678", "active": "no"})
    assert answer.status_code == 403


def test_a_manager_neither_makes_nor_changes_an_administrator(scene: Scene, manager: TestClient) -> None:
    answer = manager.post("/people/new", data=NEW | {"role": "admin"})
    assert answer.status_code == 422
    assert "只有管理员能加管理员" in answer.text
    admin = scene.people["admin"]
    assert manager.get(f"/people/{admin}").status_code == 403
    assert manager.post(f"/people/{admin}/password", data=ACCOUNT | {"key": "12345678"}).status_code == 403
    assert manager.post("/people/new", data=NEW).status_code == 303


def test_a_new_password_counts_and_the_old_one_no_more(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    keeper = f"/people/{scene.people['keeper']}"
    fields = {"key": "a-form-of-its-own", "password": "新的密码2026春", "again": "新的密码2026春"}
    for _ in range(2):
        assert admin.post(f"{keeper}/password", data=fields).headers["location"] == f"{keeper}?done=password"
    other = admin.post(
        f"{keeper}/password", data=fields | {"password": "另外的密码2026", "again": "另外的密码2026"}
    )
    assert other.status_code == 409
    assert admin.post("/login", data={"username": "keeper", "password": PASSWORD}).status_code != 303
    good = {"username": "keeper", "password": "新的密码2026春"}
    assert admin.post("/login", data=good).status_code == 303


def test_one_without_a_user_name_gets_one_with_the_password(scene: Scene, signed_in: SignIn) -> None:
    admin, li = signed_in("admin"), scene.people["li"]
    fields = ACCOUNT | {"key": "a-form-of-its-own", "username": "keeper"}
    assert "已经有人用了" in admin.post(f"/people/{li}/password", data=fields).text
    assert "请填用户名" in admin.post(f"/people/{li}/password", data=fields | {"username": ""}).text
    assert admin.post(f"/people/{li}/password", data=fields | {"username": "li"}).status_code == 303
    with scene.dbs.records.read() as tx:
        stored = person(tx, li)
    assert stored is not None
    assert stored.username == "li"


def test_one_on_duty_is_switched_off_only_when_that_is_known(scene: Scene, signed_in: SignIn) -> None:
    admin, li = signed_in("admin"), scene.people["li"]
    off = {"key": "a-form-of-its-own", "active": "no"}
    answer = admin.post(f"/people/{li}/active", data=off)
    assert answer.status_code == 409
    assert "还排着1次班" in answer.text
    for _ in range(2):
        assert admin.post(f"/people/{li}/active", data=off | {"sure": "yes"}).status_code == 303
    with scene.dbs.records.read() as tx:
        assert by_phone(tx, "13800005679") is None
    assert "离岗" in admin.get("/people").text
    assert (
        admin.post(f"/people/{li}/active", data={"key": "another-form", "active": "yes"}).status_code == 303
    )
    with scene.dbs.records.read() as tx:
        assert by_phone(tx, "13800005679") is not None


def test_nobody_switches_themselves_off(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    answer = admin.post(
        f"/people/{scene.people['admin']}/active", data={"key": "a-form-of-its-own", "active": "no"}
    )
    assert answer.status_code == 409
    assert "不能把自己设为离岗" in answer.text
    assert admin.get("/people/999").status_code == 404
