"""The first start as functions: who may do it, and what a form that fails leaves behind."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import func, select

from api.context import ApiContext
from api.problems import Problem
from api.security import COOKIE
from core.people.people import NewPerson, Person, Role
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.live import Hub
from store.people.federation import add_federation, federation
from store.people.people import add_person, people, person
from store.people.tables import cooperatives, tokens, villages
from store.rooms.places import rooms
from store.rooms.tables import rooms as room_table
from store.stock.tables import lots
from tests.web.builders import NOW, ZH
from tests.web.visits import html_of
from web.base.forms import SubmittedForm
from web.base.request_context import PageRequest, PageSettings
from web.setup.setup_pages import ASKED, create_setup, show_choice, show_setup_form, start_demo

STATE = "demo_key"
HOUSE: dict[str, Any] = {
    "name": "万宝山联合社",
    "unit": "jin",
    "village": ["交口村", "古池村"],
    "code": ["141182999201", ""],
    "coop": ["", "古池蔬菜合作社"],
    "cold": "2",
    "sheds": "1",
    "step": "all",
    "cold-0-holds": "potato_table",
    "cold-0-tonnes": "38",
    "cold-0-owner": "1",
    "cold-1-holds": "empty",
    "sheds-0-holds": "oyster/fruiting",
    "person": "周工",
    "username": "admin",
    "password": "12345678",
    "again": "12345678",
}


def no_demo() -> None:
    raise AssertionError("nobody asked for the demo")


def filled(**fields: Any) -> SubmittedForm:
    sent = {**HOUSE, **fields}
    return SubmittedForm(
        {name: value if isinstance(value, list) else [value] for name, value in sent.items()}
    )


class Browser:
    """One browser at a server; `state` outlives its requests."""

    def __init__(self, dbs: Databases, demo: Callable[[], None] | None = no_demo) -> None:
        self.dbs, self.demo = dbs, demo
        self.state = SimpleNamespace()

    def page(self, who: int | None = None, cookie: str = "") -> PageRequest:
        headers = [(b"cookie", f"{ASKED}={cookie}".encode("latin-1"))] if cookie else []
        app = SimpleNamespace(state=self.state)
        scope = {"type": "http", "method": "POST", "path": "/begin", "query_string": b"", "headers": headers}
        with self.dbs.records.read() as tx:
            current = federation(tx)
            reader: Person | None = person(tx, who) if who else None
        context = ApiContext(
            self.dbs, SqliteHistory(self.dbs.history), Hub(self.dbs, lambda: NOW), lambda: NOW
        )
        settings = PageSettings(start_demo=self.demo)
        return PageRequest(Request({**scope, "app": app}), context, settings, reader, current, ZH, NOW)

    def send(self, who: int | None = None, /, **fields: Any) -> Response:
        return create_setup(self.page(who), filled(**fields))


@pytest.fixture
def browser(dbs: Databases) -> Browser:
    return Browser(dbs)


def new_admin(dbs: Databases) -> int:
    with dbs.records.write() as tx:
        account = NewPerson(name="周工", role=Role.ADMIN, username="first", password_hash="x")
        return add_person(tx, NOW, account)


def count_of(dbs: Databases, table: Any) -> int:
    with dbs.records.read() as tx:
        return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def nothing_is_stored(dbs: Databases) -> bool:
    with dbs.records.read() as tx:
        empty = federation(tx) is None and not people(tx)
    return empty and not any(
        count_of(dbs, table) for table in (villages, cooperatives, room_table, lots, tokens)
    )


# --- the real one -----------------------------------------------------------------------------------


def test_a_whole_form_stores_everything_and_signs_the_administrator_in(browser: Browser) -> None:
    answer = browser.send()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["set-cookie"].startswith(f"{COOKIE}=")
    with browser.dbs.records.read() as tx:
        assert [room.name for room in rooms(tx)] == ["1号库", "2号库", "1号棚"]
        assert [row.username for row in people(tx)] == ["admin"]
    assert count_of(browser.dbs, lots) == 1


def test_the_first_step_alone_stores_nothing_and_shows_the_second(browser: Browser) -> None:
    answer = browser.send(step="")
    assert answer.status_code == 200
    assert 'name="cold-1-holds"' in html_of(answer)
    assert nothing_is_stored(browser.dbs)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "请填联合社的名字"),
        ({"village": ["", ""]}, "至少填一个村"),
        ({"code": ["12", ""]}, "区划代码要12位数字"),
        ({"cold": "0", "sheds": "0"}, "至少要有一个库或一个棚"),
        ({"cold-1-name": "1号库"}, "有两个库同名"),
        ({"cold-0-tonnes": "lots"}, "吨数不对"),
        ({"person": ""}, "请填您的姓名"),
    ],
)
def test_a_form_with_an_error_says_it_keeps_what_was_typed_and_stores_nothing(
    browser: Browser, fields: dict[str, Any], sentence: str
) -> None:
    answer = browser.send(**fields)
    assert answer.status_code == 422
    assert sentence in html_of(answer)
    assert "古池蔬菜合作社" in html_of(answer)
    assert nothing_is_stored(browser.dbs)


@pytest.mark.parametrize(
    "fields",
    [
        {"phone": "not a number"},
        {"cold-0-holds": "unicorn"},
        {"sheds-0-holds": "potato_table/flowering"},
        {"cold-0-holds": "oyster/fruiting"},
        {"cold-0-tonnes": "0"},
    ],
)
def test_what_the_store_refuses_leaves_no_half_of_a_federation(
    browser: Browser, fields: dict[str, Any]
) -> None:
    answer = browser.send(**fields)
    assert answer.status_code in (409, 422)
    assert nothing_is_stored(browser.dbs)


def test_an_owner_that_was_made_up_is_the_last_cooperative(browser: Browser) -> None:
    assert browser.send(**{"cold-0-owner": "99"}).status_code == 303
    with browser.dbs.records.read() as tx:
        owner = tx.execute(select(lots.c.cooperative)).scalar_one()
        assert owner == max(tx.execute(select(cooperatives.c.id)).scalars())


def test_a_signature_that_was_left_out_is_the_start_of_the_name(browser: Browser) -> None:
    browser.send(name="万宝山联村经济发展联合社总社")
    with browser.dbs.records.read() as tx:
        stored = federation(tx)
    assert stored is not None
    assert stored.signature == "万宝山联村经济发展联合社"


def test_a_second_form_changes_nothing_and_leads_to_the_login(browser: Browser) -> None:
    browser.send()
    answer = browser.send(name="another", username="intruder")
    assert answer.headers["location"] == "/login"
    assert "set-cookie" not in answer.headers
    with browser.dbs.records.read() as tx:
        assert [row.username for row in people(tx)] == ["admin"]


def test_of_two_forms_at_once_the_second_stores_nothing(browser: Browser) -> None:
    opened_before = browser.page()
    browser.send()
    with pytest.raises(Problem) as refused:
        create_setup(opened_before, filled())
    assert refused.value.status == 401
    with browser.dbs.records.read() as tx:
        (admin,) = people(tx)
    answer = create_setup(replace(opened_before, person=admin), filled())
    assert answer.headers["location"] == "/login"
    assert count_of(browser.dbs, room_table) == 3


def test_where_an_administrator_exists_nobody_else_sets_the_house_up(browser: Browser) -> None:
    admin = new_admin(browser.dbs)
    for show in (show_choice, start_demo, lambda page: create_setup(page, filled())):
        with pytest.raises(Problem) as refused:
            show(browser.page())
        assert refused.value.status == 401
    answer = browser.send(admin, person="", username="", password="", again="")
    assert (answer.status_code, "set-cookie" in answer.headers) == (303, False)
    with browser.dbs.records.read() as tx:
        assert [row.id for row in people(tx)] == [admin]


def test_the_form_always_has_a_row_for_one_more_village(browser: Browser) -> None:
    assert html_of(show_setup_form(browser.page())).count('name="village"') == 3
    many = browser.send(step="", village=[f"{number}村" for number in range(5)], code=[""] * 5, coop=[""] * 5)
    assert html_of(many).count('name="village"') == 6


# --- the demo ---------------------------------------------------------------------------------------


def made_demo(dbs: Databases, *, demo: bool = True) -> None:
    with dbs.records.write() as tx:
        add_federation(tx, NOW, "演示", "演示", demo=demo)
        add_person(tx, NOW, NewPerson(name="周工", role=Role.ADMIN, username="admin", password_hash="x"))


def test_a_process_that_cannot_make_the_demo_says_so(dbs: Databases) -> None:
    with pytest.raises(Problem) as refused:
        start_demo(Browser(dbs, None).page())
    assert refused.value.status == 503


def test_where_a_federation_exists_no_demo_is_made(browser: Browser) -> None:
    browser.send()
    assert start_demo(browser.page()).headers["location"] == "/"


def start(dbs: Databases) -> tuple[Browser, str]:
    """A browser that pressed the button, and the key in its cookie."""
    browser = Browser(dbs, lambda: made_demo(dbs))
    answer = start_demo(browser.page())
    assert answer.headers["location"] == "/begin?demo=1"
    return browser, getattr(browser.state, STATE)


def test_the_browser_that_pressed_the_button_is_signed_in_once(dbs: Databases) -> None:
    browser, key = start(dbs)
    first, second = (show_choice(browser.page(cookie=key)) for _ in range(2))
    assert any(value.startswith(f"{COOKIE}=") for value in first.headers.getlist("set-cookie"))
    assert "set-cookie" not in second.headers, "the key works once"


@pytest.mark.parametrize("cookie", ["", "guess", "é", "\xff" * 40])
def test_another_browser_is_not_signed_in(dbs: Databases, cookie: str) -> None:
    browser, _ = start(dbs)
    answer = show_choice(browser.page(cookie=cookie))
    assert (answer.headers["location"], "set-cookie" in answer.headers) == ("/", False)
    assert count_of(dbs, tokens) == 0


def test_without_a_key_an_empty_cookie_opens_nothing(dbs: Databases) -> None:
    made_demo(dbs)
    assert "set-cookie" not in show_choice(Browser(dbs).page()).headers


def test_the_key_of_the_demo_does_not_open_a_real_federation(dbs: Databases) -> None:
    browser = Browser(dbs, lambda: made_demo(dbs, demo=False))
    start_demo(browser.page())
    answer = show_choice(browser.page(cookie=getattr(browser.state, STATE)))
    assert "set-cookie" not in answer.headers
    assert count_of(dbs, tokens) == 0
