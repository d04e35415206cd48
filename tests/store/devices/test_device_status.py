"""A device is online only while it reports at its own pace; what it never sent is unknown, not wrong."""

import pytest

from core.readings.readings import Flag, Reading
from core.rooms.places import NewPlacement, NewRoom
from core.times import HOUR_MS, MINUTE_MS
from store.alerts import engine_state
from store.alerts.engine_state import StoredProbe
from store.database import Databases
from store.devices import device_names, devices
from store.devices.device_status import DeviceStatus, device_statuses
from store.journal import latest, series
from store.people import federation
from store.rooms import places

T0 = 1_768_320_000_000
QUIET_MS = 30 * MINUTE_MS
"""When a probe that reports every 10 minutes counts as silent."""


class Shed:
    """Devices of a room, and the statuses of all of them."""

    def __init__(self, dbs: Databases) -> None:
        self.dbs = dbs
        with dbs.records.write() as tx:
            site = federation.add_site(tx, T0, "库区")
            self.room = places.add_room(tx, T0, NewRoom(site=site, name="1号库", kind="cold_room"))

    def report(
        self, at: int, device: str = "a", metric: str = "temperature", position: str = "", value: float = 4.0,
        flags: int = 0,
    ) -> int:  # fmt: skip
        with self.dbs.journal.write() as tx:
            number = series.get_or_make(tx, device, metric, position, at)
            latest.put(tx, at, [Reading(number, at, value, flags)])
            if not flags:
                devices.record_last_seen(tx, at, {device: "coldshed"})
        return number

    def learn(self, number: int, interval: int) -> None:
        with self.dbs.records.write() as tx:
            engine_state.save_probes(tx, [StoredProbe(number, T0, 4.0, False, 0, interval)])

    def place(self, device: str, position: str = "") -> None:
        with self.dbs.records.write() as tx:
            placement = NewPlacement(device=device, position=position, room=self.room, spot="door")
            places.place(tx, T0, placement)

    def announce(self, at: int, online: bool) -> None:
        with self.dbs.journal.write() as tx:
            devices.record_availability(tx, at, "a", "coldshed", online)

    def status(self, now: int = T0, device: str = "a") -> DeviceStatus:
        return next(status for status in device_statuses(self.dbs, now) if status.id == device)


@pytest.fixture
def shed(dbs: Databases) -> Shed:
    return Shed(dbs)


@pytest.mark.parametrize(("age", "online"), [(0, True), (QUIET_MS - 1, True), (QUIET_MS, False)])
def test_a_device_is_offline_after_three_of_its_intervals(shed: Shed, age: int, online: bool) -> None:
    shed.learn(shed.report(T0), 10 * MINUTE_MS)
    status = shed.status(T0 + age)
    assert (status.online, status.quiet, status.interval) == (online, not online, 10 * MINUTE_MS)


def test_a_device_whose_pace_is_unknown_is_not_called_online(shed: Shed) -> None:
    shed.report(T0)
    assert (shed.status(T0).online, shed.status(T0 + HOUR_MS).online) == (None, False)


def test_a_farewell_counts_until_the_next_report(shed: Shed) -> None:
    shed.learn(shed.report(T0), 10 * MINUTE_MS)
    shed.announce(T0 + 1, False)
    assert (shed.status(T0 + 1).online, shed.status(T0 + 1).says_offline) == (False, True)
    shed.report(T0 + 2)
    assert (shed.status(T0 + 2).online, shed.status(T0 + 2).says_offline) == (True, False)


def test_a_value_of_unknown_time_proves_no_life(shed: Shed) -> None:
    shed.report(T0, flags=int(Flag.TIME_UNKNOWN))
    with shed.dbs.journal.write() as tx:
        devices.record_last_seen(tx, T0 - HOUR_MS, {"a": "coldshed"})
    assert shed.status(T0).heard_at == T0 - HOUR_MS


def test_a_silent_probe_of_a_device_that_reports_is_silent_alone(shed: Shed) -> None:
    for position in ("1", "2"):
        shed.learn(shed.report(T0, position=position), 10 * MINUTE_MS)
    shed.report(T0 + QUIET_MS, position="2")
    status = shed.status(T0 + QUIET_MS)
    assert not status.quiet
    assert [(probe.position, probe.quiet) for probe in status.probes] == [("1", True), ("2", False)]


def test_a_device_placed_before_its_first_message_is_listed_and_unheard(shed: Shed) -> None:
    shed.place("new", "probe")
    status = shed.status(device="new")
    assert (status.heard_at, status.online, status.interval) == (0, False, None)
    (probe,) = status.probes
    assert (probe.position, probe.values) == ("probe", [])
    assert probe.place is not None
    assert probe.place.room == shed.room


def test_a_battery_and_a_signal_make_no_probe(shed: Shed) -> None:
    for metric, value in (("battery", 81.0), ("signal", -70.0)):
        shed.report(T0, metric=metric, value=value)
    status = shed.status()
    assert (status.battery, status.probes) == (81.0, [])
    assert status.link is not None


def test_a_name_of_people_goes_before_the_devices_own_and_that_before_its_id(shed: Shed) -> None:
    shed.report(T0)
    assert shed.status().name == "a"
    with shed.dbs.journal.write() as tx:
        devices.describe(tx, {"a": devices.DeviceDescription("ESP")})
    assert shed.status().name == "ESP"
    with shed.dbs.records.write() as tx:
        device_names.rename(tx, T0, "a", "门边", None)
    assert shed.status().name == "门边"


def test_nothing_at_all_is_no_device(dbs: Databases) -> None:
    assert device_statuses(dbs, T0) == []
