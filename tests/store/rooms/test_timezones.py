from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from core.rooms.places import NewPlacement, NewRoom
from store.catalogue import produce
from store.database import Databases
from store.people import federation
from store.rooms import places
from store.rooms.timezones import federation_timezone, timezones

NOW = 1_768_320_000_000
EAST, WEST = "Asia/Shanghai", "Asia/Urumqi"


@pytest.fixture
def tx(dbs: Databases) -> Iterator[Connection]:
    with dbs.records.write() as connection:
        produce.seed(connection, NOW)
        yield connection


def test_a_room_and_its_devices_go_by_their_own_site(tx: Connection) -> None:
    west = federation.add_site(tx, NOW, "西库区", timezone=WEST)
    east = federation.add_site(tx, NOW, "东库区", timezone=EAST)
    rooms = [
        places.add_room(tx, NOW, NewRoom(site=site, name="1号库", kind="cold_room")) for site in (west, east)
    ]
    places.place(tx, NOW, NewPlacement(device="w", position="", room=rooms[0], spot="door"))
    places.place(tx, NOW, NewPlacement(device="e", position="", room=rooms[1], spot="door"))
    zones = timezones(tx)
    assert [zones.of_room(room) for room in rooms] == [WEST, EAST]
    assert [zones.of_device(device) for device in "we"] == [WEST, EAST]


def test_the_first_site_does_not_speak_for_the_federation(tx: Connection) -> None:
    west = federation.add_site(tx, NOW, "西库区", timezone=WEST)
    east = federation.add_site(tx, NOW, "东库区", timezone=EAST)
    places.add_room(tx, NOW, NewRoom(site=west, name="1号库", kind="cold_room"))
    for name in ("1号库", "2号库"):
        places.add_room(tx, NOW, NewRoom(site=east, name=name, kind="cold_room"))
    assert federation_timezone(tx) == EAST
    assert timezones(tx).of_device("nowhere") == EAST
    for name in ("2号库", "3号库"):
        places.add_room(tx, NOW, NewRoom(site=west, name=name, kind="cold_room"))
    assert federation_timezone(tx) == WEST


def test_before_there_is_a_site_the_default_counts(tx: Connection) -> None:
    assert federation_timezone(tx) == federation.TIMEZONE
    federation.add_site(tx, NOW, "西库区", timezone=WEST)
    assert federation_timezone(tx) == WEST
