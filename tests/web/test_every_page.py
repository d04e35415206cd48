"""What holds for every page: both languages whole, names never markup, a phone number only for whom it is."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest
from fastapi.responses import Response
from sqlalchemy import Table, update

from api.problems import Problem
from core.patrols.patrols import NewPatrol
from core.people.people import NewPerson, Role
from core.readings.calibrations import NewCalibration
from i18n.language import Lang
from store.catalogue import produce
from store.database import Databases
from store.devices import device_names, ice_baths
from store.history.sqlite import SqliteHistory
from store.overview import system_issues
from store.patrols import patrols, pre_opening_checks
from store.people import federation
from store.people.people import add_person
from store.people.tables import cooperatives, federations, people, villages
from store.readings import calibrations
from store.rooms.tables import rooms, sites
from store.schema import create
from store.stock.tables import lots, movements
from tests.web.builders import NOW
from tests.web.scene import Scene
from tests.web.visits import html_of, visit
from web.alerts.alert_pages import list_alerts
from web.base.request_context import LANG_TAGS, PageRequest
from web.decoding.rejected_pages import list_rejected
from web.decoding.rule_pages import list_rules, show_rule_form
from web.devices.calibration_pages import show_calibration_form, show_calibration_record, show_ice_bath
from web.devices.credential_pages import list_credentials
from web.devices.device_list_pages import list_devices, show_placement_form
from web.devices.device_list_view import probe_key
from web.devices.device_pages import show_device, show_label, show_replacement
from web.notifications.roster_pages import show_roster, show_turn_form
from web.overview.board_pages import show_board
from web.overview.more_pages import show_more
from web.patrols.patrol_pages import list_doors, show_patrol_form, show_patrols
from web.patrols.pre_opening_check_pages import list_checks, show_check, show_check_form, show_contact_check
from web.people.login_pages import show_login
from web.people.people_pages import list_people, show_person, show_person_form
from web.readings.manual_reading_pages import show_reading_form
from web.rooms.add_room_pages import show_room_form
from web.rooms.room_pages import show_room
from web.stock.stock_pages import show_issue_form, show_receipt_form, show_stock

Page = Callable[[PageRequest], Response]
DOOR = probe_key("3号库-door", "")
PAGES: Mapping[str, Page] = {
    "board": show_board,
    "more": show_more,
    "login": show_login,
    "room in danger": lambda page: show_room(page, 3),
    "room without data": lambda page: show_room(page, 6),
    "empty room": lambda page: show_room(page, 5),
    "shed": lambda page: show_room(page, 11),
    "new room": show_room_form,
    "new shed": lambda page: show_room_form(page, "mushroom_shed"),
    "manual reading": lambda page: show_reading_form(page, 3),
    "alerts": list_alerts,
    "stock": show_stock,
    "receipt": show_receipt_form,
    "issue": show_issue_form,
    "devices": list_devices,
    "device": lambda page: show_device(page, "3号库-door"),
    "device label": lambda page: show_label(page, "3号库-door"),
    "placement": lambda page: show_placement_form(page, "new"),
    "replacement": lambda page: show_replacement(page, DOOR),
    "ice bath": show_ice_bath,
    "calibration": lambda page: show_calibration_form(page, DOOR),
    "calibration record": show_calibration_record,
    "logins": list_credentials,
    "rejected": list_rejected,
    "rules": list_rules,
    "new rule": show_rule_form,
    "patrols": show_patrols,
    "patrol": lambda page: show_patrol_form(page, 3),
    "doors": list_doors,
    "checks": list_checks,
    "check": lambda page: show_check(page, 1),
    "new check": show_check_form,
    "contact check": show_contact_check,
    "people": list_people,
    "person": lambda page: show_person(page, 2),
    "new person": show_person_form,
    "roster": show_roster,
    "new turns": show_turn_form,
}
HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")


def add_history(scene: Scene) -> None:
    """One row of what the winter night has not: a patrol, a check, a calibration, a bath."""
    keeper = scene.people["keeper"]
    results = pre_opening_checks.run_check(scene.dbs, NOW, missing=30_000)
    with scene.dbs.records.write() as tx:
        frosty = NewPatrol(room=2, by=keeper, spot="door", typed=None, wrong=("frost",), note="note")
        patrols.add(tx, NOW, frosty)
        pre_opening_checks.store_check(tx, NOW, keeper, None, results)
        calibrations.calibrate(
            tx,
            NOW,
            NewCalibration(
                device="2号库-door", position="", metric="temperature", offset=0.3, method="ice", by=keeper
            ),
        )
        ice_baths.put_in(tx, NOW, "2号库-back", "", keeper)
        device_names.rename(tx, NOW, "3号库-door", "name", keeper)


@pytest.fixture(scope="module")
def latin(shared_scene: Scene) -> Scene:
    """The night with every name of people, places and goods in Latin letters: Han left on an English page is
    ours. Devices and the catalogue keep their names."""
    name_all(shared_scene, "name")
    add_history(shared_scene)
    return shared_scene


NAMED: tuple[tuple[Table, str], ...] = (
    (federations, "name"),
    (federations, "signature"),
    (villages, "name"),
    (cooperatives, "name"),
    (sites, "name"),
    (rooms, "name"),
    (people, "name"),
    (lots, "variety"),
    (lots, "note"),
    (movements, "reason"),
)


def name_all(scene: Scene, name: str) -> None:
    with scene.dbs.records.write() as tx:
        for table, column in NAMED:
            tx.execute(update(table).values({column: name}))


def han(html: str) -> list[str]:
    """Chinese that a reader meets: text, labels and hints, without the devices' own names."""
    named = re.sub(r"[0-9]号[库棚]-[a-z]+", "device", html)
    return HAN.findall(named.replace("中文", ""))


@pytest.mark.parametrize("name", PAGES)
def test_an_english_page_is_english_throughout(latin: Scene, name: str) -> None:
    html = html_of(PAGES[name](visit(latin, "admin", "en")))
    assert han(html) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_leaves_no_place_in_a_sentence_empty(latin: Scene, name: str, lang: Lang) -> None:
    html = html_of(PAGES[name](visit(latin, "admin", lang)))
    shown = re.sub(r"<[^>]*>", "", html)
    assert "%(" not in shown
    assert not re.search(r"\bNone\b(?! yet)", shown)
    assert f'lang="{LANG_TAGS[lang]}"' in html


EVIL = "<b onclick=x>\"'&"


@pytest.fixture(scope="module")
def evil(night: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The night with markup for every name that a person can type."""
    folder = tmp_path_factory.mktemp("evil") / "scene"
    shutil.copytree(night.dbs.data_dir, folder)
    dbs = Databases(folder)
    scene = replace(night, dbs=dbs, history=SqliteHistory(dbs.history))
    name_all(scene, EVIL)
    add_history(scene)
    with dbs.records.write() as tx:
        device_names.rename(tx, NOW, "3号库-door", EVIL, None)
        system_issues.note(tx, "disk", EVIL, NOW)
    yield scene
    dbs.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_name_is_never_markup(evil: Scene, name: str) -> None:
    html = html_of(PAGES[name](visit(evil, "admin")))
    assert "<b onclick" not in html
    assert '="' + EVIL not in html


@pytest.mark.parametrize("name", ["board", "alerts", "people", "roster", "stock", "patrols"])
def test_the_names_are_on_the_page_all_the_same(evil: Scene, name: str) -> None:
    assert "&lt;b onclick=x&gt;&#34;&#39;&amp;" in html_of(PAGES[name](visit(evil, "admin")))


def test_a_clerk_meets_no_other_cooperative_s_goods_on_any_page(scene: Scene) -> None:
    """Goods of others are counted in what a room holds; whose they are and which lot is not a clerk's."""
    own = scene.cooperatives["古池蔬菜合作社"]
    with scene.dbs.records.write() as tx:
        tx.execute(update(lots).where(lots.c.cooperative != own).values(variety="secret", note="secret"))
        tx.execute(update(movements).values(reason="secret"))
    page = visit(scene, "clerk")
    for name in ("board", "room in danger", "alerts", "stock", "receipt", "issue", "more"):
        assert "secret" not in html_of(PAGES[name](page)), name
    assert "secret" in html_of(show_stock(visit(scene, "keeper")))


def test_a_phone_number_is_on_a_page_only_for_whom_it_may_be_rung(shared_scene: Scene) -> None:
    for name in ("people", "roster", "more", "stock", "patrols", "contact check", "checks"):
        html = html_of(PAGES[name](visit(shared_scene, "clerk")))
        assert not re.search(r"1380000567[0-9]", html), name


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A federation as the first start leaves it: one village, no room, one administrator."""
    dbs = Databases(tmp_path_factory.mktemp("bare"))
    create(dbs)
    with dbs.records.write() as tx:
        federation.add_federation(tx, NOW, "古池村", "古池村")
        produce.seed(tx, NOW)
        federation.add_site(tx, NOW, "库区", federation.add_village(tx, NOW, "古池村"))
        admin = add_person(tx, NOW, NewPerson(name="周工", role=Role.ADMIN, username="a", password_hash="x"))
    yield Scene(dbs, SqliteHistory(dbs.history), {}, {"admin": admin}, {})
    dbs.close()


NOTHING_THERE = ("device", "device label", "replacement", "calibration", "manual reading", "patrol", "check",
                 "room in danger", "room without data", "empty room", "shed", "person")  # fmt: skip


@pytest.mark.parametrize("name", [name for name in PAGES if name not in NOTHING_THERE])
def test_a_page_can_be_shown_before_there_is_anything_to_show(bare: Scene, name: str) -> None:
    assert "</html>" in html_of(PAGES[name](visit(bare, "admin")))


@pytest.mark.parametrize("name", NOTHING_THERE)
def test_what_is_not_there_is_not_found_and_no_error(bare: Scene, name: str) -> None:
    with pytest.raises(Problem) as missing:
        PAGES[name](visit(bare, "admin"))
    assert missing.value.status == 404
