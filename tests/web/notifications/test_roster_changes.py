"""The roster's forms called as functions: what is refused, and which duties a form may replace."""

import re

import pytest
from fastapi.responses import Response
from hypothesis import given
from hypothesis import strategies as st

from api.problems import Problem
from core.notifications.duty_weeks import week_after, week_start
from core.times import DAY_MS
from store.notifications.roster import Duty, duties
from store.people import federation
from store.people.people import set_active
from store.rooms.places import sites
from tests.web.builders import NOW, ZONE, form
from tests.web.scene import Scene
from tests.web.visits import html_of, visit
from web.base.forms import SubmittedForm
from web.notifications.roster_pages import (
    STARTS,
    create_turns,
    show_roster,
    show_turn_form,
    show_week_form,
    update_week,
)
from web.notifications.roster_view import TURN_MOST, WEEKS_MOST

KEY = "k" * 16
NEXT = week_start(NOW, ZONE, 1)
FREE = week_start(NOW, ZONE, 3)


def planned(scene: Scene, start: int = 0) -> list[Duty]:
    with scene.dbs.records.read() as tx:
        return list(duties(tx, 1, start))


def turns(scene: Scene, *people: str, **fields: str) -> Response:
    sent: dict[str, str | list[str]] = {
        "site": "1",
        "first": "3",
        "weeks": "2",
        "key": KEY,
        "person": [str(scene.people[name]) for name in people],
    }
    return create_turns(visit(scene, "manager"), form(**{**sent, **fields}))


def week(scene: Scene, *, key: str = KEY, **fields: str) -> Response:
    return update_week(visit(scene, "manager"), form(site="1", start=str(FREE), key=key, **fields))


def hidden_field(response: Response, name: str) -> str:
    match = re.search(rf'name="{name}" value="([^"]*)"', html_of(response))
    assert match
    return match[1]


# --- turns ------------------------------------------------------------------------------------------


def test_the_people_take_turns_from_the_first_week_on(scene: Scene) -> None:
    assert turns(scene, "keeper", "li", weeks="3").headers["location"] == "/roster?done=turns"
    rows = planned(scene, FREE)
    names = {ident: name for name, ident in scene.people.items()}
    assert [names[row.person] for row in rows] == ["keeper", "li", "keeper"]
    assert rows[0].starts_at == FREE
    assert [row.ends_at for row in rows[:-1]] == [row.starts_at for row in rows[1:]], (
        "no hour without anybody"
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"person": ""}, "至少选一个人"),
        ({"person": "99"}, "这个人不能值班"),
        ({"weeks": "0"}, "排1到26周"),
        ({"weeks": "27"}, "排1到26周"),
        ({"weeks": "-3"}, "排1到26周"),
        ({"weeks": "many"}, "排1到26周"),
        ({"first": ""}, "请选从哪周开始"),
        ({"first": str(STARTS)}, "请选从哪周开始"),
        ({"site": "99"}, "请选库区"),
        ({"site": ""}, "请选库区"),
    ],
)
def test_what_is_wrong_with_turns_is_said_and_nobody_is_put_on_duty(
    scene: Scene, fields: dict[str, str], sentence: str
) -> None:
    before = planned(scene)
    answer = turns(scene, "keeper", **fields)
    assert answer.status_code == 422
    assert sentence in html_of(answer)
    assert planned(scene) == before


@pytest.mark.parametrize("name", ["clerk", "admin"])
def test_who_has_no_phone_is_not_put_on_duty(scene: Scene, name: str) -> None:
    answer = turns(scene, "keeper", name)
    assert answer.status_code == 422
    assert planned(scene, FREE) == []


def test_who_left_between_looking_and_pressing_is_not_put_on_duty(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        set_active(tx, NOW, scene.people["li"], False)
    assert turns(scene, "keeper", "li").status_code == 422


def test_weeks_that_are_taken_are_shown_before_they_are_replaced(scene: Scene) -> None:
    turns(scene, "keeper")
    before = planned(scene, FREE)
    refused = turns(scene, "li", key="second-key-0001")
    assert refused.status_code == 409
    assert "任师傅" in html_of(refused)
    assert planned(scene, FREE) == before
    sure = hidden_field(refused, "sure")
    assert turns(scene, "li", key="third-key-00001", sure=sure).status_code == 303
    assert {row.person for row in planned(scene, FREE)} == {scene.people["li"]}


def test_a_duty_that_nobody_was_shown_is_not_replaced(scene: Scene) -> None:
    turns(scene, "keeper", weeks="1")
    sure = hidden_field(turns(scene, "li", key="second-key-0001"), "sure")
    turns(scene, "manager", key="other-key-00001", first="4", weeks="1")
    assert turns(scene, "li", key="third-key-00001", sure=sure).status_code == 409
    assert scene.people["li"] not in {row.person for row in planned(scene, FREE)}


def test_the_same_form_sent_twice_puts_everybody_on_duty_once(scene: Scene) -> None:
    assert [turns(scene, "keeper").status_code for _ in range(2)] == [303, 303]
    assert len(planned(scene, FREE)) == 2


def test_this_week_begins_now_and_not_on_monday(scene: Scene) -> None:
    before = [row for row in planned(scene) if row.starts_at < NOW]
    sure = hidden_field(turns(scene, "manager", first="0", weeks="1"), "sure")
    assert turns(scene, "manager", first="0", weeks="1", sure=sure, key="second-key-0001").status_code == 303
    rows = planned(scene)
    assert {row.starts_at for row in rows if row.person == scene.people["manager"]} == {NOW}
    assert {row.starts_at for row in before} <= {row.starts_at for row in rows}, "what was is not rewritten"


def test_the_form_offers_the_first_week_without_anybody(scene: Scene) -> None:
    html = html_of(show_turn_form(visit(scene, "manager"), 1))
    chosen = re.search(r'<select[^>]*name="first".*?</select>', html, re.S)
    assert chosen
    assert re.findall(r'value="(\d+)" selected', chosen[0]) == ["2"], "next week is taken until Tuesday"


def test_the_form_has_no_more_rows_than_a_turn_can_have(scene: Scene) -> None:
    answer = turns(scene, *["keeper"] * 40, weeks="0")
    assert html_of(answer).count('name="person"') == TURN_MOST


def test_a_site_that_was_made_up_shows_the_first_one(scene: Scene) -> None:
    assert show_turn_form(visit(scene, "manager"), 99).status_code == 200


# --- one week ---------------------------------------------------------------------------------------


@given(st.integers(0, 2**53 - 1))
def test_a_week_that_was_made_up_is_not_found(shared_scene: Scene, start: int) -> None:
    with pytest.raises(Problem) as missing:
        show_week_form(visit(shared_scene, "manager"), 1, start)
    assert missing.value.status == 404


def test_a_week_that_is_over_and_a_site_that_is_none_are_not_found(shared_scene: Scene) -> None:
    page = visit(shared_scene, "manager")
    for site, start in ((1, week_start(NOW, ZONE, -1)), (99, FREE)):
        with pytest.raises(Problem) as missing:
            show_week_form(page, site, start)
        assert missing.value.status == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "请选谁来值班"),
        ({"person": "99"}, "这个人不能值班"),
        ({"person": "2", "second": "99"}, "这个人不能值班"),
        ({"person": "2", "second": "2"}, "两个人不能是同一个"),
    ],
)
def test_what_is_wrong_with_a_week_is_said_and_the_week_stays(
    scene: Scene, fields: dict[str, str], sentence: str
) -> None:
    answer = week(scene, **fields)
    assert answer.status_code == 422
    assert sentence in html_of(answer)
    assert planned(scene, FREE) == []


def test_two_people_share_a_week(scene: Scene) -> None:
    assert week(scene, person=str(scene.people["keeper"]), second=str(scene.people["li"])).status_code == 303
    assert [(row.starts_at, row.ends_at) for row in planned(scene, FREE)] == [
        (FREE, week_after(FREE, ZONE))
    ] * 2


def test_a_week_that_was_changed_meanwhile_is_looked_at_again(scene: Scene) -> None:
    week(scene, person=str(scene.people["keeper"]))
    answer = week(scene, key="second-key-0001", person=str(scene.people["li"]))
    assert answer.status_code == 409
    assert "刚才有人改过这一周" in html_of(answer)
    assert [row.person for row in planned(scene, FREE)] == [scene.people["keeper"]]


def test_removing_a_week_needs_nobody_and_leaves_the_others(scene: Scene) -> None:
    week(scene, person=str(scene.people["keeper"]))
    shown = hidden_field(show_week_form(visit(scene, "manager"), 1, FREE), "known")
    before = planned(scene)
    assert week(scene, key="second-key-0001", do="remove", known=shown).status_code == 303
    assert planned(scene) == [row for row in before if row.starts_at != FREE]


# --- the list ---------------------------------------------------------------------------------------


def test_a_keeper_reads_the_roster_and_changes_nothing_in_it(shared_scene: Scene) -> None:
    assert "/roster/new" not in html_of(show_roster(visit(shared_scene)))
    assert "/roster/new" in html_of(show_roster(visit(shared_scene, "manager")))


def test_a_made_up_outcome_in_the_address_says_nothing(shared_scene: Scene) -> None:
    assert "排好了" in html_of(show_roster(visit(shared_scene), "turns"))
    assert "排好了" not in html_of(show_roster(visit(shared_scene), "<script>"))


def test_every_site_has_its_own_weeks(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        federation.add_site(tx, NOW, "交口库区", federation.villages(tx)[0].id)
        assert len(sites(tx)) == 2
    assert "交口库区" in html_of(show_roster(visit(scene, "manager")))


def test_twenty_six_weeks_can_be_planned_at_once(scene: Scene) -> None:
    sent = SubmittedForm(
        {"site": ["1"], "first": ["3"], "weeks": [str(WEEKS_MOST)], "key": [KEY], "person": ["2", "3"]}
    )
    assert create_turns(visit(scene, "manager"), sent).status_code == 303
    assert planned(scene)[-1].ends_at - FREE == WEEKS_MOST * 7 * DAY_MS
