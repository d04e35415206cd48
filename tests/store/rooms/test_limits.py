from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, select, update

from core.errors import Refused
from core.rooms.places import NewRoom
from core.stock.new_entries import NewLot, NewMovement
from store.catalogue import produce
from store.catalogue.tables import produce as produce_table
from store.database import Databases
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
        places.add_room(connection, NOW, NewRoom(site=1, name="1号库", kind="cold_room"))
        places.add_room(connection, NOW, NewRoom(site=1, name="2号库", kind="cold_room"))
        places.add_room(
            connection, NOW, NewRoom(site=1, name="1号棚", kind="mushroom_shed", use="oyster/fruiting")
        )
        yield connection


def air(tx: Connection, room: int = 1) -> tuple[float | None, float | None, str, int]:
    limit = next(limit for limit in limits.current(tx, room) if limit.metric == "temperature")
    return limit.safe_low, limit.safe_high, limit.origin, limit.version


def put(tx: Connection, goods: str, room: int = 1) -> int:
    return ledger.receive(tx, NOW, NewLot(produce=goods, cooperative=1, room=room, grams=1000, by=None))


def test_nobody_said_anything_so_there_are_no_limits(tx: Connection) -> None:
    assert limits.current(tx, 1) == []
    assert set(limits.all_current(tx)) == {3}


def test_limits_follow_what_is_put_in_and_taken_out(tx: Connection) -> None:
    put(tx, "potato_table")
    assert air(tx) == (2.5, 7, "contents", 1)
    seed = put(tx, "potato_seed")
    assert air(tx) == (2.5, 5, "contents", 2)
    ledger.issue(tx, NOW, NewMovement(lot=seed, grams=1000, by=None))
    assert air(tx) == (2.5, 7, "contents", 3)


def test_more_of_the_same_makes_no_new_version(tx: Connection) -> None:
    put(tx, "potato_table")
    put(tx, "potato_table")
    assert air(tx)[3] == 1
    assert not limits.refresh(tx, NOW, 1)


def test_when_all_is_gone_the_declared_use_counts_again(tx: Connection) -> None:
    places.set_use(tx, NOW, 1, "sweetpotato")
    assert air(tx) == (11, 15.5, "use", 1)
    lot = put(tx, "potato_table")
    assert air(tx) == (2.5, 7, "contents", 2)
    ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1000, by=None))
    assert air(tx) == (11, 15.5, "use", 3)


def test_when_all_is_gone_and_nothing_was_declared_nothing_is_left_to_keep(tx: Connection) -> None:
    lot = put(tx, "potato_table")
    ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1000, by=None))
    assert limits.current(tx, 1) == []
    put(tx, "potato_table")
    assert air(tx)[3] == 3


def test_a_shed_has_the_limits_of_its_phase(tx: Connection) -> None:
    assert air(tx, 3) == (8, 22, "use", 1)
    places.set_use(tx, NOW, 3, "oyster/spawn_run")
    assert air(tx, 3) == (15, 28, "use", 2)


def test_what_a_person_set_stays_whatever_is_moved(tx: Connection) -> None:
    put(tx, "potato_table")
    wanted = replace(limits.current(tx, 1)[0], safe_high=6.0, reason="")
    version = limits.set_by_hand(tx, NOW + 1, 1, [wanted], None, " 愈伤刚完 ")
    assert version == 2
    put(tx, "potato_seed")
    current = limits.current(tx, 1)
    assert [(f.safe_high, f.origin, f.version, f.reason, f.valid_from) for f in current] == [
        (6.0, "hand", 2, "愈伤刚完", NOW + 1)
    ]
    room = places.room(tx, 1)
    assert room
    assert room.limits_from == "hand"


def test_the_goods_decide_again_when_a_person_says_so(tx: Connection) -> None:
    put(tx, "potato_table")
    limits.set_by_hand(tx, NOW, 1, [replace(limits.current(tx, 1)[0], safe_high=6.0)], None, "")
    assert limits.back_to_contents(tx, NOW, 1, None)
    assert air(tx) == (2.5, 7, "contents", 3)
    assert not limits.back_to_contents(tx, NOW, 1, None)


def test_every_version_is_kept(tx: Connection) -> None:
    put(tx, "potato_table")
    limits.set_by_hand(tx, NOW, 1, [replace(limits.current(tx, 1)[0], safe_high=6.0)], None, "")
    limits.back_to_contents(tx, NOW, 1, None)
    kept = [
        (f.version, f.safe_high) for f in limits.history(tx, 1) if f.position_class == "air" and f.safe_high
    ]
    assert kept == [(3, 7), (2, 6), (1, 7)]


def test_wrong_limits_change_nothing(tx: Connection) -> None:
    put(tx, "potato_table")
    with pytest.raises(Refused, match=r"温度最低2\.5要比最高2小"):
        limits.set_by_hand(tx, NOW, 1, [replace(limits.current(tx, 1)[0], safe_high=2.0)], None, "")
    assert air(tx) == (2.5, 7, "contents", 1)
    with pytest.raises(Refused):
        limits.set_by_hand(tx, NOW, 99, limits.current(tx, 1), None, "")


def test_goods_that_clash_since_the_catalogue_changed_can_still_be_taken_out(tx: Connection) -> None:
    lot = put(tx, "potato_table")
    put(tx, "potato_seed")
    facts = tx.execute(select(produce_table.c.facts).where(produce_table.c.id == "potato_seed")).scalar_one()
    other = {**facts, "temp_safe": [0.5, 1.5]}
    tx.execute(
        update(produce_table).where(produce_table.c.id == "potato_seed").values(facts=other, edited_at=NOW)
    )
    ledger.issue(tx, NOW, NewMovement(lot=lot, grams=500, by=None))
    assert air(tx) == (2.5, 5, "contents", 2)  # nobody can know better now
    with pytest.raises(Refused):
        limits.refresh(tx, NOW, 1)
    ledger.issue(tx, NOW, NewMovement(lot=lot, grams=500, by=None))
    assert air(tx) == (0.5, 1.5, "contents", 3)


def test_a_change_is_noted_for_the_engine_and_the_pages(tx: Connection) -> None:
    put(tx, "potato_table")
    query = select(changes.c.ident).where(changes.c.noun == "limits")
    assert [row.ident for row in tx.execute(query)] == ["3", "1"]
