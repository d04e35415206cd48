"""The weighbridge slip and the forms of goods, without a server."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rooms.places import room_names
from store.stock.lots import lots
from store.stock.movements import movements
from tests.web.builders import form, page_of, person
from tests.web.scene import Scene
from tests.web.visits import html_of, visit
from web.base.forms import SubmittedForm
from web.base.localizer import Localizer
from web.stock.stock_pages import (
    _net_weight,
    _room_choices,
    _weighing_note,
    create_issue,
    create_receipt,
    create_transfer,
    show_issue_form,
    show_receipt_form,
    show_stock,
)

PAGE = page_of(person())


def net(**fields: str) -> tuple[int | None, dict[str, str]]:
    typed = form(**fields)
    return _net_weight(PAGE, typed), typed.errors


@given(st.integers(1, 100_000), st.integers(0, 1_000), st.integers(0, 1_000))
def test_a_net_weight_is_gross_less_tare_less_dirt_or_a_sentence(gross: int, tare: int, off: int) -> None:
    grams, errors = net(gross=str(gross), tare=str(tare), off=str(off))
    if gross > tare + off:
        assert (grams, errors) == ((gross - tare - off) * 500, {})
    else:
        assert (grams, list(errors)) == (None, ["tare"])


@pytest.mark.parametrize("nothing", ["", "0", "0.0", "0。0"])
def test_an_empty_or_zero_tare_takes_nothing_away(nothing: str) -> None:
    assert net(gross="100", tare=nothing, off=nothing) == (50_000, {})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "gross"),
        ({"gross": "很多"}, "gross"),
        ({"gross": "100", "tare": "一点"}, "tare"),
        ({"gross": "100", "off": "一点"}, "off"),
        ({"gross": "100", "tare": "60", "off": "40"}, "tare"),
    ],
)
def test_a_slip_that_cannot_be_read_names_its_field(fields: dict[str, str], field: str) -> None:
    grams, errors = net(**fields)
    assert grams is None
    assert list(errors) == [field]


def test_the_note_keeps_the_slip_only_where_something_was_taken_away() -> None:
    assert _weighing_note(PAGE, form(gross="8600", tare="200", note="头车")) == "毛重8600 皮重200斤 头车"
    assert _weighing_note(PAGE, form(gross="8600")) == ""


def test_the_note_is_in_the_unit_of_the_federation() -> None:
    kilos = replace(PAGE, words=Localizer("zh", "kg"))
    assert _weighing_note(kilos, form(gross="8600", off="100")).endswith("公斤")


def receipt(scene: Scene, **other: str) -> SubmittedForm:
    usual = {
        "key": "key-of-a-truck",
        "produce": "potato_table",
        "cooperative": str(scene.cooperatives["交口种植合作社"]),
        "room": str(scene.rooms["2号库"]),
        "gross": "100",
    }
    return form(**{**usual, **other})


@pytest.mark.parametrize("field", ["produce", "cooperative", "room", "gross"])
def test_each_missing_field_of_a_receipt_is_named_and_nothing_is_booked(
    shared_scene: Scene, field: str
) -> None:
    typed = receipt(shared_scene, **{field: ""})
    answer = create_receipt(visit(shared_scene), typed)
    assert answer.status_code == 422
    assert list(typed.errors) == [field]
    assert f'id="wrong-{field}"' in html_of(answer)
    with shared_scene.dbs.records.read() as tx:
        assert len(lots(tx)) == 6


def test_a_choice_that_was_made_up_is_refused_at_its_field(shared_scene: Scene) -> None:
    for field, value in (("room", "999"), ("produce", "unicorn"), ("cooperative", "999")):
        typed = receipt(shared_scene, **{field: value})
        assert create_receipt(visit(shared_scene), typed).status_code == 409
        assert field in typed.errors, field
    with shared_scene.dbs.records.read() as tx:
        assert len(lots(tx)) == 6


def test_a_clerk_cannot_book_for_another_cooperative(scene: Scene) -> None:
    answer = create_receipt(visit(scene, "clerk"), receipt(scene))
    assert answer.status_code == 303
    with scene.dbs.records.read() as tx:
        assert lots(tx)[0].cooperative == scene.cooperatives["古池蔬菜合作社"]


def test_a_long_variety_is_cut_and_not_refused(scene: Scene) -> None:
    assert create_receipt(visit(scene), receipt(scene, variety="长" * 80)).status_code == 303
    with scene.dbs.records.read() as tx:
        assert lots(tx)[0].variety == "长" * 60


def lot_of_variety(scene: Scene, variety: str) -> int:
    with scene.dbs.records.read() as tx:
        return next(lot.id for lot in lots(tx) if lot.variety == variety)


def test_the_next_truck_of_a_lot_is_filled_in_with_what_the_first_one_was(shared_scene: Scene) -> None:
    lot = lot_of_variety(shared_scene, "黑平")
    html = html_of(show_receipt_form(visit(shared_scene), again=lot))
    assert 'value="黑平"' in html
    assert 'value="mushroom_oyster" checked' in html
    assert f'name="room" value="{shared_scene.rooms["1号库"]}" checked' in html


@pytest.mark.parametrize("amount", ["", "0", "-3", "半车"])
def test_an_amount_that_is_none_is_said_at_its_field(shared_scene: Scene, amount: str) -> None:
    typed = form(key="k" * 16, lot=str(lot_of_variety(shared_scene, "黑平")), amount=amount)
    answer = create_issue(visit(shared_scene), typed)
    assert answer.status_code in (409, 422)
    assert "amount" in typed.errors


def test_without_a_lot_it_asks_which_one_and_shows_nothing_to_type(shared_scene: Scene) -> None:
    html = html_of(show_issue_form(visit(shared_scene)))
    assert 'name="amount"' not in html
    assert html.count("/stock/issue?lot=") == 6


def test_another_cooperative_s_lot_cannot_be_chosen_by_its_number(shared_scene: Scene) -> None:
    lot = lot_of_variety(shared_scene, "青薯9号")
    html = html_of(show_issue_form(visit(shared_scene, "clerk"), lot=lot))
    assert "青薯9号" not in html
    assert 'name="amount"' not in html


def test_goods_never_move_to_the_room_where_they_lie(shared_scene: Scene) -> None:
    lot, room = lot_of_variety(shared_scene, "黑平"), shared_scene.rooms["1号库"]
    typed = form(key="k" * 16, lot=str(lot), room=str(room), amount="10", to_room="")
    html = html_of(create_transfer(visit(shared_scene), typed))
    assert "to_room" in typed.errors
    assert f'name="to_room" value="{room}"' not in html
    assert f'name="to_room" value="{shared_scene.rooms["2号库"]}"' in html


def test_the_reason_of_an_issue_names_buyer_and_plate(scene: Scene) -> None:
    lot = lot_of_variety(scene, "黑平")
    typed = form(key="k" * 16, lot=str(lot), amount="10", buyer="王老板", plate="晋J12345")
    assert create_issue(visit(scene), typed).status_code == 303
    with scene.dbs.records.read() as tx:
        assert movements(tx, limit=1)[0].reason == "王老板 晋J12345"


def test_a_full_room_does_not_promise_space(shared_scene: Scene) -> None:
    with shared_scene.dbs.records.read() as tx:
        texts = {room: text for room, _, text in _room_choices(tx, visit(shared_scene))}
        assert texts.keys() == room_names(tx).keys()
    assert texts[shared_scene.rooms["2号库"]] == "土豆40吨，还能放10吨"
    assert texts[shared_scene.rooms["5号库"]] == "空，还能放50吨"
    assert texts[shared_scene.rooms["1号棚"]] == "空", "a shed has no capacity to promise"


def test_who_may_see_no_lots_is_told_so_and_not_that_there_are_none(shared_scene: Scene) -> None:
    viewer = replace(visit(shared_scene), person=person("viewer"))
    html = html_of(show_stock(viewer))
    assert "您的账号看不了存货" in html
    assert "库里还没有货" not in html
    assert "黑平" not in html


@pytest.mark.parametrize("done", ["", "nonsense", "<b>"])
def test_a_made_up_success_is_not_shown(shared_scene: Scene, done: str) -> None:
    assert 'class="done"' not in html_of(show_stock(visit(shared_scene), done=done))
