"""Lots, movements and manual readings called as functions: weights, times and whose goods they are."""

import json
from typing import Any

import pytest
from fastapi import Response
from hypothesis import given
from hypothesis import strategies as st

from api.problems import Problem
from api.routes.lots import LotIn, get_lot, list_lots, receive_lot
from api.routes.manual_readings import ManualReadingIn, create_manual_reading
from api.routes.movements import CorrectIn, MovementIn, correct_movement, create_movement, list_movements
from api.shapes import grams
from api.times import iso
from core.errors import Refused
from core.people.people import visible_cooperative
from core.readings.manual_readings import AHEAD_AT_MOST, BACK_AT_MOST
from core.times import DAY_MS, MINUTE_MS
from store.stock.lots import lots
from tests.api.calls import person_of, request_of
from tests.api.house import House


def receive(house: House, name: str = "keeper", **fields: Any) -> dict[str, Any]:
    usual = {"produce": "potato_table", "cooperative": house.cooperatives["alice"], "room": 1, "kg": 100}
    body = LotIn.model_validate({**usual, **fields})
    return body_of(receive_lot(request_of(house), person_of(house, name), body, None))


def move(house: House, lot: int, kg: float, name: str = "keeper", **fields: Any) -> dict[str, Any]:
    body = MovementIn.model_validate({"lot": lot, "kg": kg, "kind": "issue", **fields})
    return body_of(create_movement(request_of(house), person_of(house, name), body, None))


def body_of(answer: Response) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(bytes(answer.body))
    return made


def count(house: House) -> int:
    with house.dbs.records.read() as tx:
        return len(lots(tx))


@given(st.floats(0, 10_000_000, exclude_min=True))
def test_a_weight_becomes_whole_grams_and_never_nothing(kg: float) -> None:
    assert grams(kg) >= 1
    assert abs(grams(kg) - kg * 1000) <= 1


@given(st.integers(1, 10_000_000_000))
def test_a_weight_in_whole_grams_comes_back_as_it_was_sent(weight: int) -> None:
    assert grams(weight / 1000) == weight


def test_three_thirds_of_a_lot_leave_nothing_behind(shared_house: House) -> None:
    lot = receive(shared_house, kg=1.0)["id"]
    for kg in (0.333, 0.333, 0.334):
        move(shared_house, lot, kg)
    left = get_lot(request_of(shared_house, "GET"), person_of(shared_house, "keeper"), lot)
    assert (left.kg, left.rooms) == (0.0, [])


def test_the_last_gram_can_leave_and_one_more_cannot(shared_house: House) -> None:
    lot = receive(shared_house, kg=0.002)["id"]
    with pytest.raises(Refused) as refused:
        move(shared_house, lot, 0.003)
    assert refused.value.reason == "not_enough"
    move(shared_house, lot, 0.002)
    with pytest.raises(Refused) as refused:
        move(shared_house, lot, 0.001)
    assert refused.value.reason == "nothing_left"


@pytest.mark.parametrize("ahead", [10 * MINUTE_MS, DAY_MS, 3000 * DAY_MS])
def test_goods_that_come_in_tomorrow_are_not_there_today(shared_house: House, ahead: int) -> None:
    before = count(shared_house)
    with pytest.raises(Refused):
        receive(shared_house, at=iso(shared_house.now + ahead))
    assert count(shared_house) == before


def test_goods_cannot_leave_before_they_came(shared_house: House) -> None:
    lot = receive(shared_house)["id"]
    with pytest.raises(Refused) as refused:
        move(shared_house, lot, 1, at=iso(shared_house.now - DAY_MS))
    assert refused.value.reason == "not_enough_then"


def test_another_cooperative_s_lot_sounds_like_one_that_does_not_exist(shared_house: House) -> None:
    lot = receive(shared_house)["id"]
    bob = person_of(shared_house, "bob")
    refusals = []
    for ident in (lot, 99_999):
        for ask in (
            lambda: get_lot(request_of(shared_house, "GET"), bob, ident),  # noqa: B023
            lambda: move(shared_house, ident, 1, "bob"),  # noqa: B023
        ):
            with pytest.raises(Refused) as refused:
                ask()
            refusals.append((refused.value.reason, str(refused.value)))
    assert len(set(refusals)) == 1


def test_a_clerk_cannot_reverse_another_cooperative_s_entry(shared_house: House) -> None:
    entry = move(shared_house, receive(shared_house)["id"], 1)["id"]
    with pytest.raises(Refused):
        correct_movement(
            request_of(shared_house), person_of(shared_house, "bob"), entry, CorrectIn(reason="x"), None
        )


def test_a_clerk_s_lists_hold_their_own_cooperative_alone(shared_house: House) -> None:
    move(shared_house, receive(shared_house)["id"], 1)
    receive(shared_house, cooperative=shared_house.cooperatives["bob"])
    bob = person_of(shared_house, "bob")
    page = list_lots(request_of(shared_house, "GET"), bob)
    assert {lot.cooperative.id for lot in page.items} == {visible_cooperative(bob)}
    own = {lot.id for lot in page.items}
    moved = list_movements(request_of(shared_house, "GET"), bob)
    assert {entry.lot for entry in moved.items} <= own


def test_a_viewer_may_not_even_ask(shared_house: House) -> None:
    for listing in (list_lots, list_movements):
        with pytest.raises(Refused) as refused:
            listing(request_of(shared_house, "GET"), person_of(shared_house, "viewer"))
        assert refused.value.reason == "not_allowed"


def test_a_transfer_without_a_room_writes_nothing_and_may_be_sent_again(shared_house: House) -> None:
    lot = receive(shared_house)["id"]
    with pytest.raises(Problem) as refused:
        move(shared_house, lot, 1, kind="transfer")
    assert (refused.value.status, refused.value.reason) == (422, "room-needed")
    moved = move(shared_house, lot, 1, kind="transfer", room=2)
    assert (moved["from_room"], moved["to_room"]) == (1, 2)


def test_the_room_of_an_issue_may_be_named_either_way(shared_house: House) -> None:
    lot = receive(shared_house)["id"]
    move(shared_house, lot, 40, kind="transfer", room=2)
    assert move(shared_house, lot, 1, room=2)["from_room"] == 2
    assert move(shared_house, lot, 1, from_room=2)["from_room"] == 2
    assert move(shared_house, lot, 1, room=1, from_room=2)["from_room"] == 2, "from_room says it more clearly"


# --- manual readings --------------------------------------------------------------------------------


def read_by_hand(house: House, **fields: Any) -> dict[str, Any]:
    body = ManualReadingIn.model_validate({"room": 1, "temperature": 4.2, **fields})
    return body_of(create_manual_reading(request_of(house), person_of(house, "keeper"), body, None))


@pytest.mark.parametrize("offset", [-BACK_AT_MOST, -DAY_MS, 0, AHEAD_AT_MOST])
def test_a_month_s_book_may_be_entered_at_its_end(shared_house: House, offset: int) -> None:
    made = read_by_hand(shared_house, at=iso(shared_house.now + offset), spot="pile")
    assert made["temperature"] == 4.2


@pytest.mark.parametrize(
    ("offset", "reason"), [(-BACK_AT_MOST - 1, "too_long_ago"), (AHEAD_AT_MOST + 1, "in_the_future")]
)
def test_a_millisecond_more_is_refused(shared_house: House, offset: int, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read_by_hand(shared_house, at=iso(shared_house.now + offset))
    assert refused.value.reason == reason


def test_a_room_that_does_not_exist_keeps_no_reading(shared_house: House) -> None:
    with pytest.raises(Problem) as missing:
        read_by_hand(shared_house, room=99)
    assert missing.value.status == 404
