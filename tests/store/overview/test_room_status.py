"""The view of all rooms, from real databases."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from core.alerts.alerts import AlertKey
from core.metrics import Verdict
from core.overview.status import RoomState
from core.people.people import NewPerson
from core.readings.calibrations import NewCalibration
from core.readings.history_url import VICTORIAMETRICS, HistoryAddress
from core.readings.journal_codec import batch_body
from core.readings.readings import Flag, Reading
from core.rooms.limits import Limit
from core.rooms.places import NewPlacement, NewRoom
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.alerts.lifecycle import acknowledge, activate
from store.catalogue.produce import seed
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.history.victoria import VictoriaHistory
from store.journal import journal, latest, series
from store.overview.room_status import room_now, rooms_now
from store.people.federation import add_federation, add_site
from store.people.people import add_person
from store.readings.calibrations import calibrate
from store.rooms.limits import set_by_hand
from store.rooms.places import add_room, declare_empty, place
from tests.support.conditions import breach
from tests.support.histories import ShownVictoria, Victoria
from tests.support.machines import free_port
from tests.support.statements import counted_statements

NOW = 1_768_360_786_000


@dataclass
class Site:
    dbs: Databases
    ident: int
    rooms: dict[str, int] = field(default_factory=dict)

    def room(self, name: str, *probes: tuple[str, str], use: str | None = "potato_table") -> int:
        with self.dbs.records.write() as tx:
            made = add_room(
                tx,
                NOW - 30 * DAY_MS,
                NewRoom(site=self.ident, name=name, kind="cold_room", use=use, sort=len(self.rooms)),
            )
            for device, spot in probes:
                place(tx, NOW - 30 * DAY_MS, NewPlacement(device=device, position="", room=made, spot=spot))
        self.rooms[name] = made
        return made

    def say(
        self,
        device: str,
        values: list[tuple[int, float]],
        metric: str = "temperature",
        flags: int = 0,
    ) -> None:
        """(seconds ago, value), oldest first."""
        with self.dbs.journal.write() as tx:
            number = series.get_or_make(tx, device, metric, "", NOW)
            readings = [Reading(number, NOW - ago * 1000, value, flags) for ago, value in values]
            latest.put(tx, NOW, readings)
            seq = journal.append(tx, NOW, journal.READINGS, batch_body(readings, []))
        SqliteHistory(self.dbs.history).write(readings, seq, NOW)


@pytest.fixture
def site(dbs: Databases) -> Site:
    with dbs.records.write() as tx:
        add_federation(tx, NOW, "万宝山联合社", "万宝山联合社", demo=True)
        seed(tx, NOW)
        return Site(dbs, add_site(tx, NOW, "古池库区"))


def test_a_room_that_freezes_says_so_with_its_worst_spot_and_which_way_it_goes(site: Site) -> None:
    room = site.room("3号库", ("door", "door"), ("back", "back"), ("pile", "pile"), ("out", "outside"))
    site.say("door", [(1200, 2.4), (960, 2.2), (30, 1.3), (0, 1.2)])
    site.say("back", [(0, 3.9)])
    site.say("pile", [(0, 2.9)])
    site.say("out", [(0, -21.0)])
    status = room_now(site.dbs, room, NOW)
    assert status
    assert (status.state, status.verdict) == (RoomState.ATTENTION, Verdict.FREEZING)
    assert (status.value, status.spot, status.direction, status.at) == (1.2, "door", "down", NOW)
    assert status.limit
    assert status.limit.produce == ("potato_table",)
    assert {probe.spot for probe in status.probes} == {"door", "back", "pile", "outside"}


@pytest.mark.one_database
def test_what_rises_or_falls_comes_from_a_history_outside_too(
    site: Site, victoria_server: Callable[[], Victoria]
) -> None:
    room = site.room("3号库", ("door", "door"), ("back", "back"))
    history = ShownVictoria(site.dbs, victoria_server().address())
    with site.dbs.journal.write() as tx:
        number = series.get_or_make(tx, "door", "temperature", "", NOW)
        readings = [
            Reading(number, NOW - ago * 1000, value) for ago, value in ((1200, 2.4), (960, 2.2), (0, 1.2))
        ]
        latest.put(tx, NOW, readings)
    history.write(readings, 1, NOW)
    status = room_now(site.dbs, room, NOW, history)
    assert status
    assert (status.value, status.direction) == (1.2, "down")
    away = VictoriaHistory(
        site.dbs.history, HistoryAddress(VICTORIAMETRICS, f"http://127.0.0.1:{free_port()}"), ""
    )
    status = room_now(site.dbs, room, NOW, away)
    assert status
    assert (status.value, status.direction) == (1.2, None)


def test_an_old_value_is_never_now(site: Site) -> None:
    room = site.room("6号库", ("d", "middle"))
    site.say("d", [(7800 + n * 30, 3.9) for n in range(20, -1, -1)])
    status = room_now(site.dbs, room, NOW)
    assert status
    assert (status.state, status.value, status.at, status.direction) == (RoomState.NO_DATA, None, None, None)
    assert (status.last_value, status.last_at, status.spot) == (3.9, NOW - 7_800_000, "middle")


def test_how_old_is_old_is_learned_from_each_device(site: Site) -> None:
    quick = site.room("1号库", ("quick", "middle"))
    slow = site.room("2号库", ("slow", "middle"))
    site.say("quick", [(240 + n * 30, 4.0) for n in range(12, -1, -1)])
    site.say("slow", [(240 + n * 600, 4.0) for n in range(12, -1, -1)])
    by_room = {now.room.id: now for now in rooms_now(site.dbs, NOW)}
    assert (by_room[quick].state, by_room[quick].interval_s) == (RoomState.NO_DATA, 30)
    assert (by_room[slow].state, by_room[slow].interval_s) == (RoomState.OK, 600)


def test_doubtful_values_are_shown_but_never_judged(site: Site) -> None:
    room = site.room("1号库", ("d", "middle"))
    site.say("d", [(0, 85.0)], flags=int(Flag.IMPLAUSIBLE))
    status = room_now(site.dbs, room, NOW)
    assert status
    assert status.probes[0].doubtful
    assert (status.state, status.value, status.last_value) == (RoomState.NO_DATA, None, None)


def test_rooms_come_worst_first(site: Site) -> None:
    for name, value in (("ok", 4.0), ("warm", 8.0), ("hot", 14.0), ("cold", 0.2)):
        site.room(name, (name, "middle"))
        site.say(name, [(0, value)])
    site.room("quiet", ("quiet", "middle"))
    site.room("new", use=None)
    empty = site.room("empty", ("empty", "middle"))
    with site.dbs.records.write() as tx:
        declare_empty(tx, NOW, empty, None)
    statuses = rooms_now(site.dbs, NOW)
    assert [(now.room.name, now.state) for now in statuses] == [
        ("hot", RoomState.DANGER),
        ("cold", RoomState.DANGER),
        ("warm", RoomState.ATTENTION),
        ("quiet", RoomState.NO_DATA),
        ("new", RoomState.UNREGISTERED),
        ("ok", RoomState.OK),
        ("empty", RoomState.EMPTY),
    ]


def test_an_open_alert_keeps_its_room_in_attention_until_it_is_over(site: Site) -> None:
    room = site.room("3号库", ("d", "middle"))
    site.say("d", [(0, 6.9)])
    state = breach(NOW, NOW, bound=7.0, value=6.9, worst=8.4, spot="middle")
    with site.dbs.records.write() as tx:
        alert = activate(
            tx, NOW, AlertKey(room, "high", "temperature", "air"), state, "safe_delay_passed", {}
        )
        keeper = add_person(tx, NOW, NewPerson(name="任师傅", role="keeper"))
        acknowledge(tx, NOW, alert, keeper, "page")
    status = room_now(site.dbs, room, NOW)
    assert status
    assert status.alert
    assert (status.alert.id, status.alert.status, status.alert.acknowledged_by) == (
        alert,
        "acknowledged",
        keeper,
    )
    assert (status.state, status.verdict, status.value) == (RoomState.ATTENTION, Verdict.TOO_WARM, 6.9)


def test_damp_and_bad_air_are_judged_too(site: Site) -> None:
    room = site.room("1号棚", ("d", "middle"))
    site.say("d", [(0, 4.0)])
    site.say("d", [(0, 92.0)], "humidity")
    site.say("d", [(0, 2350.0)], "co2")
    limits = [
        Limit(room, 0, "co2", "air", None, 1200.0, None, 2000.0, 1800, 1200, 100, "hand"),
        Limit(room, 0, "temperature", "air", 2.5, 7.0, 0.5, 12.0, 1800, 600, 0.5, "hand"),
    ]
    with site.dbs.records.write() as tx:
        set_by_hand(tx, NOW, room, limits, None, "")
    status = room_now(site.dbs, room, NOW)
    assert status
    assert (status.state, status.verdict, status.co2, status.humidity) == (
        RoomState.DANGER,
        Verdict.CO2_HIGH,
        2350.0,
        92.0,
    )
    assert status.value == 4.0


def test_a_probe_that_was_moved_away_says_nothing_here(site: Site) -> None:
    first, second = site.room("1号库", ("d", "middle")), site.room("2号库")
    site.say("d", [(0, 4.0)])
    with site.dbs.records.write() as tx:
        place(tx, NOW - HOUR_MS, NewPlacement(device="d", position="", room=second, spot="back"))
    by_room = {now.room.id: now for now in rooms_now(site.dbs, NOW)}
    assert (by_room[first].value, by_room[second].value, by_room[second].spot) == (None, 4.0, "back")


def fill_rooms(site: Site, first: int, after: int) -> None:
    """Three devices a room, seven series."""
    for n in range(first, after):
        site.room(f"{n}号", (f"a{n}", "door"), (f"b{n}", "back"), (f"c{n}", "pile"))
        for device in (f"a{n}", f"b{n}"):
            for metric in ("temperature", "humidity", "co2"):
                site.say(device, [(k * 30, 4.0) for k in range(60, -1, -1)], metric)
        site.say(f"c{n}", [(0, 4.0)])


def test_fourteen_rooms_with_a_hundred_series_ask_no_more_than_two_rooms(site: Site) -> None:
    """A query for each room or each series makes the first page slow on a farm's small machine."""
    fill_rooms(site, 0, 2)
    with counted_statements() as of_two:
        assert len(rooms_now(site.dbs, NOW + MINUTE_MS)) == 2
    fill_rooms(site, 2, 14)
    with counted_statements() as of_fourteen:
        assert len(rooms_now(site.dbs, NOW + MINUTE_MS)) == 14
    assert 0 < len(of_fourteen) <= len(of_two)


def test_a_room_is_judged_by_corrected_values_and_a_calibration_is_no_rise(site: Site) -> None:
    """Raw 6.0 is 8.5: too warm; half an hour ago it was 6.0 raw as well."""
    room = site.room("3号库", ("door", "door"), ("back", "back"))
    site.say("door", [(1200, 6.0), (960, 6.0), (30, 6.0), (0, 6.0)])
    site.say("back", [(0, 6.5)])
    status = room_now(site.dbs, room, NOW)
    assert status
    assert (status.value, status.spot, status.state) == (6.5, "back", RoomState.OK)
    with site.dbs.records.write() as tx:
        calibrate(
            tx,
            NOW,
            NewCalibration(
                device="door", position="", metric="temperature", offset=2.5, method="ice", by=None
            ),
        )
    status = room_now(site.dbs, room, NOW)
    assert status
    assert (status.value, status.spot, status.direction) == (8.5, "door", None)
    assert (status.state, status.verdict) == (RoomState.ATTENTION, Verdict.TOO_WARM)
