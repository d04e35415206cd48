"""What was entered by a clock that was ahead begins when it was set right; an ice bath ends as it should."""

import pytest

from core.rooms.places import NewPlacement, NewRoom, RoomKind
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.catalogue import produce
from store.database import Databases
from store.devices import ice_baths, probe_removals
from store.people import federation
from store.rooms import limits, places
from store.rooms.future_entries import begin_future_entries, has_future_entries
from tests.support.limits import COLD_ROOM

NOW = 1_768_331_986_000
AHEAD = NOW + DAY_MS
LIMIT = COLD_ROOM


class House:
    def __init__(self, dbs: Databases) -> None:
        self.dbs = dbs
        with dbs.records.write() as tx:
            produce.seed(tx, NOW - DAY_MS)
            federation.add_federation(tx, NOW - DAY_MS, "联合社", "联合社", "jin", False)
            village = federation.add_village(tx, NOW - DAY_MS, "交口村", "")
            site = federation.add_site(tx, NOW - DAY_MS, "库区", village)
            for name in ("1号库", "2号库"):
                places.add_room(tx, NOW - DAY_MS, NewRoom(site=site, name=name, kind=RoomKind.COLD_ROOM))

    def place(self, at: int, room: int = 1) -> None:
        with self.dbs.records.write() as tx:
            places.place(tx, at, NewPlacement(device="a", position="", room=room, spot="door"))

    def rooms_of_a(self) -> list[int]:
        with self.dbs.records.read() as tx:
            return [place.room for place in places.placements(tx, at=NOW)]

    def mend(self) -> bool:
        with self.dbs.records.write() as tx:
            is_wrong = has_future_entries(tx, NOW)
            if is_wrong:
                begin_future_entries(tx, NOW)
            assert not has_future_entries(tx, NOW)
        return is_wrong


@pytest.fixture
def house(dbs: Databases) -> House:
    return House(dbs)


def test_a_probe_that_was_moved_stands_where_it_is(house: House) -> None:
    house.place(NOW - HOUR_MS, room=1)
    house.place(AHEAD, room=2)
    assert house.rooms_of_a() == [1], "ignored until tomorrow"
    assert house.mend()
    assert house.rooms_of_a() == [2]


def test_a_probe_that_was_taken_away_is_away(house: House) -> None:
    house.place(NOW - HOUR_MS)
    with house.dbs.records.write() as tx:
        probe_removals.take_away(tx, AHEAD, "a", "", None)
    assert house.rooms_of_a() == [1]
    assert house.mend()
    assert house.rooms_of_a() == []


def test_limits_hold_at_once(house: House) -> None:
    with house.dbs.records.write() as tx:
        limits.set_by_hand(tx, AHEAD, 1, [LIMIT], None, "")
    assert house.mend()
    with house.dbs.records.read() as tx:
        assert [limit.valid_from for limit in limits.current(tx, 1)] == [NOW]


def test_an_ice_bath_ends_at_its_time(house: House) -> None:
    house.place(NOW - HOUR_MS)
    with house.dbs.records.write() as tx:
        ice_baths.put_in(tx, NOW - MINUTE_MS, "a", "", None)
    assert not house.mend()
    with house.dbs.records.write() as tx:
        ice_baths.take_out(tx, NOW, "a", "", None)
    assert not house.mend()
    assert house.rooms_of_a() == []


def test_an_ice_bath_of_the_wrong_clock_is_over(house: House) -> None:
    house.place(NOW - HOUR_MS)
    with house.dbs.records.write() as tx:
        ice_baths.put_in(tx, AHEAD, "a", "", None)
    assert house.mend()
    assert house.rooms_of_a() == [1]


def test_a_right_clock_changes_nothing(house: House) -> None:
    house.place(NOW)
    assert not house.mend()
