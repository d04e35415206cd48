"""歇库: a room that rests is left alone, and never hides goods."""

import pytest

from core.errors import Refused
from core.overview.status import RoomState
from core.people.people import NewPerson
from core.rooms.places import NewPlacement, NewRoom
from core.stock.new_entries import NewLot
from core.times import DAY_MS, HOUR_MS
from store.catalogue.produce import seed
from store.database import Databases
from store.overview.room_status import room_now
from store.people.federation import add_cooperative, add_federation, add_site, add_village
from store.people.people import add_person
from store.rooms import places, seasonal_closures
from store.rooms.limits import current
from store.stock import ledger

NOW = 1_768_360_786_000


@pytest.fixture
def room(dbs: Databases) -> int:
    began = NOW - 30 * DAY_MS
    with dbs.records.write() as tx:
        add_federation(tx, began, "万宝山联合社", "万宝山联合社", demo=True)
        seed(tx, began)
        add_cooperative(tx, began, "交口合作社", add_village(tx, began, "交口村"))
        add_person(tx, began, NewPerson(name="任师傅", role="keeper"))
        site = add_site(tx, began, "古池库区")
        made = places.add_room(
            tx, began, NewRoom(site=site, name="3号库", kind="cold_room", use="potato_table")
        )
        places.place(tx, began, NewPlacement(device="door", position="", room=made, spot="door"))
        return made


def state(dbs: Databases, room: int) -> RoomState:
    status = room_now(dbs, room, NOW)
    assert status
    return status.state


def test_a_resting_room_keeps_nothing_and_says_by_whom_and_since(dbs: Databases, room: int) -> None:
    assert state(dbs, room) == RoomState.NO_DATA
    with dbs.records.write() as tx:
        places.close_for_season(tx, NOW - HOUR_MS, room, 1)
        places.close_for_season(tx, NOW, room, 1)
    status = room_now(dbs, room, NOW)
    assert status
    assert (status.state, status.rest) == (
        RoomState.RESTING,
        seasonal_closures.SeasonalClosure(room, NOW - HOUR_MS, 1, None, None),
    )
    with dbs.records.read() as tx:
        assert current(tx, room) == []


def test_a_room_with_goods_cannot_rest(dbs: Databases, room: int) -> None:
    with dbs.records.write() as tx:
        facts = {"produce": "potato_table", "cooperative": 1, "room": room, "by": None}
        ledger.receive(tx, NOW, NewLot(**facts, grams=500_000))  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused, dbs.records.write() as tx:
        places.close_for_season(tx, NOW, room, 1)
    assert refused.value.reason == "not_empty"
    assert "1,000斤" in str(refused.value)
    assert refused.value.facts["kg"] == "500"
    assert state(dbs, room) == RoomState.NO_DATA


def test_opened_it_waits_empty_for_its_goods_or_keeps_what_it_is_told(dbs: Databases, room: int) -> None:
    with dbs.records.write() as tx:
        places.close_for_season(tx, NOW - DAY_MS, room, 1)
        places.reopen(tx, NOW, room, 1)
    assert state(dbs, room) == RoomState.EMPTY
    with dbs.records.write() as tx:
        places.close_for_season(tx, NOW, room, 1)
        places.reopen(tx, NOW, room, 1, "potato_seed")
    assert state(dbs, room) == RoomState.NO_DATA
    with dbs.records.read() as tx:
        assert {limit.produce for limit in current(tx, room)} == {("potato_seed",)}
        assert [
            (closure.ended_at, closure.ended_by)
            for closure in seasonal_closures.closures_between(tx, 0, NOW + 1)
        ] == [
            (NOW, 1),
            (NOW, 1),
        ]


def test_goods_that_come_in_end_the_rest(dbs: Databases, room: int) -> None:
    with dbs.records.write() as tx:
        places.close_for_season(tx, NOW - DAY_MS, room, 1)
        facts = {"produce": "potato_table", "cooperative": 1, "room": room, "by": None}
        ledger.receive(tx, NOW, NewLot(**facts, grams=500_000))  # type: ignore[arg-type]
    assert state(dbs, room) == RoomState.NO_DATA
    with dbs.records.read() as tx:
        assert seasonal_closures.current(tx) == {}
        assert current(tx, room)


def test_a_room_that_does_not_rest_is_not_emptied_by_opening_it(dbs: Databases, room: int) -> None:
    with dbs.records.write() as tx:
        places.reopen(tx, NOW, room, 1)
    assert state(dbs, room) == RoomState.NO_DATA


def test_a_use_that_is_none_leaves_it_resting(dbs: Databases, room: int) -> None:
    with dbs.records.write() as tx:
        places.close_for_season(tx, NOW, room, 1)
    with pytest.raises(Refused), dbs.records.write() as tx:
        places.reopen(tx, NOW, room, 1, "gold")
    assert state(dbs, room) == RoomState.RESTING


def test_seasons_of_before_stay(dbs: Databases, room: int) -> None:
    with dbs.records.write() as tx:
        places.close_for_season(tx, NOW - 9 * DAY_MS, room, 1)
        places.reopen(tx, NOW - 5 * DAY_MS, room, 1)
        places.close_for_season(tx, NOW - DAY_MS, room, 1)
    with dbs.records.read() as tx:
        assert [
            closure.since for closure in seasonal_closures.closures_between(tx, NOW - 6 * DAY_MS, NOW)
        ] == [
            NOW - 9 * DAY_MS,
            NOW - DAY_MS,
        ]
        assert [
            closure.since for closure in seasonal_closures.closures_between(tx, NOW - 4 * DAY_MS, NOW)
        ] == [NOW - DAY_MS]
