"""The pages of the pre-opening check as functions: each press counts once, nothing is half done."""

from collections.abc import Iterable

import pytest
from sqlalchemy import Connection

from api.problems import Problem
from core.errors import SendError
from core.people.people import Person
from core.times import DAY_MS
from store.patrols.pre_opening_checks import PreOpeningCheck, stored_checks
from tests.web.builders import NOW, form
from tests.web.scene import Scene
from tests.web.visits import html_of, visit
from web.base.request_context import PageRequest
from web.patrols.pre_opening_check_pages import (
    MOST,
    create_check,
    create_contact_check,
    list_checks,
    show_check,
    show_check_form,
    show_contact_check,
)

KEY = "k" * 16


def checks_of(scene: Scene) -> list[PreOpeningCheck]:
    with scene.dbs.records.read() as tx:
        return stored_checks(tx)


def with_ring(page: PageRequest, rung: list[tuple[list[str], str]]) -> PageRequest:
    def ring(tx: Connection, now: int, people: Iterable[Person], key: str) -> int:
        rung.append(([person.name for person in people], key))
        return 1

    page.context.ring = ring
    return page


def test_a_check_of_a_room_that_does_not_exist_is_not_made(scene: Scene) -> None:
    with pytest.raises(Problem) as missing:
        create_check(visit(scene), form(room="99", key=KEY))
    assert missing.value.status == 404
    assert checks_of(scene) == []


def test_pressed_twice_it_is_one_check_with_one_address(scene: Scene) -> None:
    first, second = (create_check(visit(scene), form(room="3", key=KEY)) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert [(check.room, check.by) for check in checks_of(scene)] == [(3, scene.people["keeper"])]


def test_without_a_room_the_whole_house_is_checked(scene: Scene) -> None:
    create_check(visit(scene), form(key=KEY))
    (check,) = checks_of(scene)
    assert check.room is None
    assert {"6号库", "3号库"} <= {str(line.facts.get("room", "")) for line in check.lines}


def test_a_form_without_a_key_makes_no_check(scene: Scene) -> None:
    with pytest.raises(Problem) as refused:
        create_check(visit(scene), form(room="3"))
    assert refused.value.status == 400
    assert checks_of(scene) == []


def test_an_sms_provider_that_does_not_answer_is_a_finding_and_no_error(scene: Scene) -> None:
    def away() -> None:
        raise SendError("timed out", retry=True)

    page = visit(scene)
    page.context.credit = away
    create_check(page, form(key=KEY))
    assert "channel_away" in {line.code for line in checks_of(scene)[0].lines}


def test_a_check_that_does_not_exist_is_not_found(shared_scene: Scene) -> None:
    with pytest.raises(Problem) as missing:
        show_check(visit(shared_scene), 99)
    assert missing.value.status == 404


def test_the_form_for_a_room_that_does_not_exist_is_the_form_for_the_whole_house(shared_scene: Scene) -> None:
    page = visit(shared_scene)
    assert 'name="room"' in html_of(show_check_form(page, 3))
    assert html_of(show_check_form(page, 99)).count("3号库") == 0


def test_the_list_ends_after_the_latest_checks(scene: Scene) -> None:
    for number in range(MOST + 3):
        create_check(visit(scene, now=NOW + number), form(room="3", key=f"{KEY}{number}"))
    html = html_of(list_checks(visit(scene)))
    assert f'href="/checks/{MOST + 3}"' in html
    assert 'href="/checks/3"' not in html


def test_a_check_tells_the_time_it_was_made_and_not_the_time_it_is_read(scene: Scene) -> None:
    create_check(visit(scene), form(room="3", key=KEY))
    html = html_of(show_check(visit(scene, now=NOW + 30 * DAY_MS), 1))
    assert "1月14日 3:19" in html


# --- the contact check ------------------------------------------------------------------------------


def test_a_house_that_cannot_send_says_so_and_offers_no_button(scene: Scene) -> None:
    with pytest.raises(Problem) as refused:
        create_contact_check(visit(scene), form(key=KEY))
    assert refused.value.status == 503
    assert 'action="/checks/ring"' not in html_of(show_contact_check(visit(scene)))


def test_who_is_on_duty_soon_is_rung_once_however_often_it_is_pressed(scene: Scene) -> None:
    rung: list[tuple[list[str], str]] = []
    for _ in range(2):
        answer = create_contact_check(with_ring(visit(scene), rung), form(key=KEY))
        assert answer.headers["location"] == "/checks/ring"
    assert rung == [(["任师傅", "李师傅"], f"{scene.people['keeper']}:{KEY}")]


def test_who_only_looks_gets_no_button_to_ring(scene: Scene) -> None:
    html = {
        name: html_of(show_contact_check(with_ring(visit(scene, name), []))) for name in ("keeper", "clerk")
    }
    assert 'action="/checks/ring"' in html["keeper"]
    assert 'action="/checks/ring"' not in html["clerk"]
