from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, select

from core.errors import Refused
from core.rooms.places import NewPlacement, NewRoom, PositionClass
from core.stock.new_entries import NewLot, NewMovement
from core.times import HOUR_MS
from store.catalogue import produce
from store.database import Databases
from store.devices import probe_removals
from store.people import federation
from store.rooms import limits, places
from store.stock import ledger
from store.tables import changes

NOW = 1_760_000_000_000


@pytest.fixture
def tx(dbs: Databases) -> Iterator[Connection]:
    with dbs.records.write() as connection:
        produce.seed(connection, NOW)
        village = federation.add_village(connection, NOW, "交口村")
        federation.add_cooperative(connection, NOW, "交口合作社", village)
        federation.add_site(connection, NOW, "冷库", village)
        places.add_room(
            connection, NOW, NewRoom(site=1, name="1号库", kind="cold_room", capacity_grams=50_000_000)
        )
        places.add_room(
            connection,
            NOW,
            NewRoom(site=1, name="2号库", kind="cold_room", capacity_grams=50_000_000, sort=-1),
        )
        yield connection


def test_rooms_come_in_the_order_that_people_gave_them(tx: Connection) -> None:
    assert [room.name for room in places.rooms(tx)] == ["2号库", "1号库"]


def test_a_probe_stands_in_one_place_at_a_time(tx: Connection) -> None:
    places.place(tx, NOW, NewPlacement(device="a", position="", room=1, spot="door"))
    places.place(tx, NOW + HOUR_MS, NewPlacement(device="a", position="", room=2, spot="pile"))
    assert [(p.room, p.spot) for p in places.placements(tx)] == [(2, "pile")]
    assert [(p.room, p.valid_to) for p in places.placements(tx, at=NOW)] == [(1, NOW + HOUR_MS)]
    assert places.placements(tx, at=NOW + HOUR_MS)[0].position_class == PositionClass.CORE
    assert places.placements(tx, at=NOW - 1) == []
    assert places.placements(tx, room=1) == []


def test_two_probes_of_one_device_stand_where_each_stands(tx: Connection) -> None:
    places.place(tx, NOW, NewPlacement(device="a", position="p1", room=1, spot="door"))
    places.place(tx, NOW, NewPlacement(device="a", position="p2", room=2, spot="pile"))
    assert {(p.position, p.room) for p in places.placements(tx)} == {("p1", 1), ("p2", 2)}


def test_placing_it_where_it_stands_changes_nothing(tx: Connection) -> None:
    places.place(tx, NOW, NewPlacement(device="a", position="", room=1, spot="door"))
    places.place(tx, NOW + HOUR_MS, NewPlacement(device="a", position="", room=1, spot="door"))
    assert [p.valid_from for p in places.placements(tx)] == [NOW]


def test_it_refuses_to_place_a_probe_before_it_came_here(tx: Connection) -> None:
    places.place(tx, NOW, NewPlacement(device="a", position="", room=1, spot="door"))
    with pytest.raises(Refused) as refused:
        places.place(
            tx, NOW, NewPlacement(device="a", position="", room=2, spot="door", valid_from=NOW - HOUR_MS)
        )
    assert refused.value.reason == "placed_later"
    places.place(
        tx, NOW, NewPlacement(device="a", position="", room=2, spot="door")
    )  # put right at once: it never counted in room 1
    assert [p.room for p in places.placements(tx, at=NOW)] == [2]


def test_a_probe_that_was_taken_away_stands_nowhere(tx: Connection) -> None:
    places.place(tx, NOW, NewPlacement(device="a", position="", room=1, spot="door"))
    probe_removals.take_away(tx, NOW + HOUR_MS, "a", "", None)
    assert places.placements(tx) == []
    assert len(places.placements(tx, at=NOW)) == 1


@pytest.mark.parametrize(
    ("room", "spot", "at", "reason"),
    [
        (9, "door", NOW, "unknown_room"),
        (1, "roof", NOW, "unknown_spot"),
        (1, "door", NOW + 1, "in_the_future"),
    ],
)
def test_it_refuses_places_that_are_none(tx: Connection, room: int, spot: str, at: int, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        places.place(tx, NOW, NewPlacement(device="a", position="", room=room, spot=spot, valid_from=at))
    assert refused.value.reason == reason


def test_a_room_that_holds_something_cannot_be_declared_empty(tx: Connection) -> None:
    lot = ledger.receive(
        tx, NOW, NewLot(produce="potato_table", cooperative=1, room=1, grams=1_500_000, by=None)
    )
    with pytest.raises(Refused, match="1号库里账上还有3,000斤"):
        places.declare_empty(tx, NOW, 1, None)
    ledger.issue(tx, NOW + HOUR_MS, NewMovement(lot=lot, grams=1_500_000, by=None))
    places.declare_empty(tx, NOW + HOUR_MS, 1, None)
    room = places.room(tx, 1)
    assert room
    assert room.empty_since == NOW + HOUR_MS


def test_what_is_put_in_ends_the_emptiness(tx: Connection) -> None:
    places.declare_empty(tx, NOW, 1, None)
    ledger.receive(tx, NOW, NewLot(produce="potato_table", cooperative=1, room=1, grams=1000, by=None))
    room = places.room(tx, 1)
    assert room
    assert room.empty_since is None
    assert limits.current(tx, 1)


def test_what_a_room_is_for_sets_its_limits_until_it_is_declared_empty(tx: Connection) -> None:
    assert limits.current(tx, 1) == []
    places.set_use(tx, NOW, 1, "sweetpotato")
    assert next((limit.safe_low, limit.origin) for limit in limits.current(tx, 1)) == (11.0, "use")
    places.declare_empty(tx, NOW, 1, None)
    assert limits.current(tx, 1) == []
    assert 1 not in limits.all_current(tx)
    places.set_use(tx, NOW, 1, "potato_table")
    assert limits.current(tx, 1)[0].safe_low == 2.5


def test_it_refuses_a_room_for_nothing_known(tx: Connection) -> None:
    for reason, facts in (
        ("unknown_use", {"use": "gold"}),
        ("unknown_kind", {"kind": "cave"}),
        ("unknown_site", {"site": 9}),
        ("name_taken", {"name": "1号库"}),
        ("bad_capacity", {"capacity_grams": 0}),
        ("no_name", {"name": " "}),
    ):
        new_room = {"site": 1, "name": "3号库", "kind": "cold_room", **facts}
        with pytest.raises(Refused) as refused:
            places.add_room(tx, NOW, NewRoom(**new_room))  # type: ignore[arg-type]
        assert refused.value.reason == reason


def test_every_change_is_noted_for_the_live_pages(tx: Connection) -> None:
    places.place(tx, NOW, NewPlacement(device="a", position="", room=1, spot="door"))
    nouns = {row.noun for row in tx.execute(select(changes.c.noun))}
    assert {"federation", "site", "room", "placement", "produce"} <= nouns
