"""Made-up devices are forgotten whole; what the house rests on stays; no number is given twice."""

import pytest

from core.devices.forgetting import DeviceSelection, DeviceTie
from core.errors import Refused
from core.readings.calibrations import OffsetTable
from core.readings.readings import Reading
from core.rooms.places import NewPlacement, NewRoom, RoomKind
from store.alerts.tables import alert_probes
from store.catalogue import produce
from store.database import Databases
from store.devices import device_names, devices, forgetting
from store.devices.forgotten_devices import after
from store.devices.probe_removals import take_away
from store.history import series_copy
from store.journal import latest
from store.journal.latest import latest_values
from store.journal.series import all_series, get_or_make, restore
from store.people import federation
from store.rooms import places

NOW = 1_773_271_000_000
MADE_UP = DeviceSelection(login="gateway")


class House:
    def __init__(self, dbs: Databases) -> None:
        self.dbs = dbs
        for number in range(5):
            self.hear(f"x{number}", "gateway")
        self.hear("probe", "board")

    def hear(self, device: str, login: str, at: int = NOW) -> int:
        with self.dbs.journal.write() as tx:
            devices.record_last_seen(tx, at, {device: "own"}, {device: login})
            number = get_or_make(tx, device, "temperature", "", at)
            latest.put(tx, at, [Reading(number, at, 3.5)])
        return number

    def place(self, device: str) -> None:
        with self.dbs.records.write() as tx:
            if not places.sites(tx):
                produce.seed(tx, NOW)
                federation.add_federation(tx, NOW, "联合社", "联合社", "jin", False)
                village = federation.add_village(tx, NOW, "交口村", "")
                federation.add_site(tx, NOW, "库区", village)
                places.add_room(tx, NOW, NewRoom(site=1, name="1号库", kind=RoomKind.COLD_ROOM))
            places.place(tx, NOW, NewPlacement(device=device, position="", room=1, spot="door"))

    def listed(self) -> set[str]:
        """By every table that shows a device."""
        with self.dbs.journal.read() as tx:
            names = {row.id for row in devices.devices(tx)}
            assert {row.device for row in all_series(tx).values()} == names
            assert {value.device for value in latest_values(tx, OffsetTable())} == names
        return names

    def forget(self, selection: DeviceSelection = MADE_UP, for_s: float | None = None) -> tuple[int, int]:
        return forgetting.forget(self.dbs, selection, lambda: NOW, for_s=for_s)


@pytest.fixture
def house(dbs: Databases) -> House:
    return House(dbs)


def test_a_plan_changes_nothing(house: House) -> None:
    plan = forgetting.plan(house.dbs, MADE_UP)
    assert [device.id for device in plan.forget] == ["x0", "x1", "x2", "x3", "x4"]
    assert len(house.listed()) == 6


def test_they_go_whole_and_the_listener_can_read_which(house: House) -> None:
    with house.dbs.records.write() as tx:
        device_names.rename(tx, NOW, "x1", "门口", None)
        tx.execute(alert_probes.insert().values(series=1, at=NOW, doubted=False, heard=0))
    assert house.forget(DeviceSelection(names=frozenset(["x0", "x1"]))) == (2, 0)
    assert house.listed() == {"x2", "x3", "x4", "probe"}
    with house.dbs.records.read() as tx:
        assert device_names.names(tx) == {}
        assert tx.execute(alert_probes.select()).all() == []
    with house.dbs.journal.read() as tx:
        assert after(tx, 0) == ({"x0", "x1"}, 2)


def test_a_forgotten_one_that_speaks_again_is_new_and_no_number_is_given_twice(house: House) -> None:
    house.forget(DeviceSelection(like="*"))
    assert house.listed() == set()
    assert house.hear("x0", "gateway") == 7
    assert house.hear("other", "gateway") == 8


def test_a_copy_of_the_series_that_knows_both_brings_back_the_later(house: House) -> None:
    with house.dbs.journal.read() as tx:
        copied = list(all_series(tx).values())
    house.forget()
    house.hear("x0", "gateway")
    with house.dbs.history.write() as tx, house.dbs.journal.read() as journal:
        series_copy.put(tx, [*copied, *all_series(journal).values()])
    with house.dbs.history.read() as tx:
        lost = series_copy.read(tx)
    with house.dbs.journal.write() as tx:
        tx.exec_driver_sql("DELETE FROM series")
        restore(tx, lost, 7, NOW)
        assert {row.device: number for number, row in all_series(tx).items()}["x0"] == 7


def test_what_stands_or_stood_in_a_room_stays(house: House) -> None:
    house.place("x0")
    house.place("x1")
    with house.dbs.records.write() as tx:
        take_away(tx, NOW + 1, "x1", "", None)
    plan = forgetting.plan(house.dbs, MADE_UP)
    assert [(device.id, tie) for device, tie in plan.kept] == [
        ("x0", DeviceTie.PLACED),
        ("x1", DeviceTie.PLACED),
    ]
    house.forget(DeviceSelection(names=frozenset(["x0", "x2"])))
    assert house.listed() == {"x0", "x1", "x3", "x4", "probe"}


def test_one_that_is_placed_after_the_plan_stays(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_before = forgetting.plan

    def plan_then_place(dbs: Databases, selection: DeviceSelection) -> object:
        plan = plan_before(dbs, selection)
        house.place("x3")
        return plan

    monkeypatch.setattr(forgetting, "plan", plan_then_place)
    house.forget()
    assert house.listed() == {"x3", "probe"}


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "DEVICES_AT_ONCE", 2)


@pytest.mark.usefixtures("small_batches")
def test_a_kill_in_the_middle_leaves_whole_devices_and_the_rest_goes_later(house: House) -> None:
    def die_after(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forgetting.forget(house.dbs, MADE_UP, lambda: NOW, die_after)
    assert house.listed() == {"x2", "x3", "x4", "probe"}
    assert house.forget() == (3, 0)


@pytest.mark.usefixtures("small_batches")
def test_it_stops_when_its_time_is_over_and_says_what_is_left(house: House) -> None:
    assert house.forget(for_s=0) == (2, 3)
    assert house.forget(for_s=60) == (3, 0)


def test_a_name_that_does_not_exist_is_refused(house: House) -> None:
    with pytest.raises(Refused, match="没有这个设备：x7、x9"):
        house.forget(DeviceSelection(names=frozenset(["x9", "x7", "x0"])))
    assert len(house.listed()) == 6


def test_manual_readings_are_no_device(house: House) -> None:
    house.hear("person:3", "")
    assert [device.id for device in forgetting.plan(house.dbs, DeviceSelection(like="*er*")).forget] == []


def test_silence_counts_the_last_reading_too(house: House) -> None:
    with house.dbs.journal.write() as tx:
        latest.put(tx, NOW + 50, [Reading(1, NOW + 50, 4.0)])
    silent = forgetting.plan(house.dbs, DeviceSelection(login="gateway", silent_since=NOW + 1)).forget
    assert [device.id for device in silent] == ["x1", "x2", "x3", "x4"]
