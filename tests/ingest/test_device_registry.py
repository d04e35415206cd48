"""Which device a report is of: two families with one name, floods of names, gateways in turn."""

import pytest

from core.errors import DecodeError
from core.readings.manual_readings import device_of
from ingest import device_registry
from ingest.decoders.contract import DecodedReport
from ingest.device_registry import SEEN_AGAIN_MS, DeviceChanges, DeviceRegistry
from store.database import Databases
from store.devices import devices
from store.devices.devices import DeviceDescription

NOW = 1_773_271_000_000


class Listener:
    """Commits each batch of its own."""

    def __init__(self, dbs: Databases) -> None:
        self.dbs, self.now = dbs, NOW
        self.restart()

    def restart(self) -> None:
        with self.dbs.journal.read() as tx:
            self.registry = DeviceRegistry(tx)

    def hear(
        self,
        device: str,
        family: str,
        name: str = "",
        gateway: str = "",
        topic: str = "",
        *,
        commit: bool = True,
    ) -> DeviceChanges:
        changes = DeviceChanges()
        ident = self.registry.identify(changes, self.now, device, family, topic or f"{family}/{device}")
        if name or gateway:
            self.registry.describe(changes, ident, DecodedReport(ident, name=name, gateway=gateway))
        if commit:
            with self.dbs.journal.write() as tx:
                self.registry.write(tx, self.now, changes)
            self.registry.add(changes, self.now)
        return changes


@pytest.fixture
def listener(dbs: Databases) -> Listener:
    return Listener(dbs)


def test_two_families_with_one_name_are_two_devices(listener: Listener) -> None:
    listener.hear("door", "tasmota")
    assert set(listener.hear("door", "shelly").families) == {"shelly:door"}
    listener.now += SEEN_AGAIN_MS
    assert set(listener.hear("door", "shelly").families) == {"shelly:door"}
    assert set(listener.hear("door", "tasmota").families) == {"door"}


def test_after_a_restart_each_keeps_its_own(listener: Listener) -> None:
    listener.hear("door", "tasmota")
    listener.hear("door", "shelly")
    listener.restart()
    assert set(listener.hear("door", "shelly").families) == {"shelly:door"}


def test_two_in_one_batch_are_kept_apart_too(listener: Listener) -> None:
    changes = DeviceChanges()
    names = [
        listener.registry.identify(changes, NOW, "door", family, "x/door")
        for family in ("tasmota", "shelly", "tasmota")
    ]
    assert names == ["door", "shelly:door", "door"]


def test_a_device_cannot_pass_for_a_persons_reading(listener: Listener) -> None:
    name = device_of(3)
    assert set(listener.hear(name, "tasmota").families) == {f"tasmota:{name}"}


def test_that_it_was_there_is_written_only_now_and_then(listener: Listener) -> None:
    assert listener.hear("a", "tasmota").families
    listener.now += SEEN_AGAIN_MS - 1
    assert not listener.hear("a", "tasmota").families
    listener.now += 1
    assert listener.hear("a", "tasmota").families


def test_a_batch_that_was_not_committed_is_forgotten(listener: Listener) -> None:
    listener.hear("a", "tasmota", commit=False)
    assert listener.hear("a", "shelly").families == {"a": "shelly"}


def test_a_flood_of_names_is_refused_and_known_devices_go_on(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_registry, "DEVICES_AT_MOST", 2)
    listener.hear("a", "tasmota")
    listener.hear("b", "tasmota")
    with pytest.raises(DecodeError) as error:
        listener.hear("c", "tasmota")
    assert error.value.reason == "too_many"
    listener.hear("a", "tasmota")


def test_half_a_character_is_no_name(listener: Listener) -> None:
    with pytest.raises(UnicodeEncodeError):
        listener.hear("\ud800", "tasmota")


def test_a_new_name_replaces_the_old_one_and_an_empty_one_does_not(listener: Listener) -> None:
    listener.hear("a", "homie", name="Shed")
    assert listener.hear("a", "homie", name="Shed").descriptions == {}
    assert listener.hear("a", "homie", gateway="gw").descriptions == {"a": DeviceDescription("Shed", "gw")}
    assert listener.hear("a", "homie", name="Shed 2").descriptions == {"a": DeviceDescription("Shed 2", "gw")}


def test_a_beacon_between_two_gateways_does_not_write_with_each_packet(listener: Listener) -> None:
    listener.hear("beacon", "ruuvi", gateway="gw1")
    assert listener.hear("beacon", "ruuvi", gateway="gw2").descriptions == {}
    listener.now += SEEN_AGAIN_MS
    assert listener.hear("beacon", "ruuvi", gateway="gw2").descriptions == {
        "beacon": DeviceDescription("", "gw2")
    }


def test_a_long_name_is_cut_and_then_the_same(listener: Listener) -> None:
    listener.hear("a", "homie", name="x" * 500)
    assert listener.hear("a", "homie", name="x" * 500).descriptions == {}
    with listener.dbs.journal.read() as tx:
        assert devices.devices(tx)[0].name == "x" * devices.NAME_AT_MOST


def test_a_removed_device_is_known_as_such_until_it_speaks_again(listener: Listener) -> None:
    listener.hear("a", "homie")
    for is_removed in (True, False):
        changes = DeviceChanges(removed={"a": is_removed})
        with listener.dbs.journal.write() as tx:
            listener.registry.write(tx, NOW, changes)
        listener.registry.add(changes, NOW)
        assert ("a" in listener.registry.removed) is is_removed
        listener.restart()
        assert ("a" in listener.registry.removed) is is_removed


def test_the_nonsense_of_one_login_locks_out_no_other(
    dbs: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_registry, "devices_at_most", lambda _: 3)
    listener = Listener(dbs)
    for number in range(3):
        listener.hear(f"made-up-{number}", "zigbee2mqtt", topic=f"zigbee2mqtt/made-up-{number}")
    with pytest.raises(DecodeError, match="zigbee2mqtt/#: made-up-3"):
        listener.hear("made-up-3", "zigbee2mqtt", topic="zigbee2mqtt/made-up-3")
    assert listener.hear("probe", "tasmota", topic="tele/probe/SENSOR").families == {"probe": "tasmota"}
    assert listener.hear("made-up-1", "zigbee2mqtt", topic="zigbee2mqtt/made-up-1"), "known ones go on"
    listener.restart()
    with pytest.raises(DecodeError):
        listener.hear("made-up-3", "zigbee2mqtt", topic="zigbee2mqtt/made-up-3")


def test_a_login_reaches_its_end_also_within_one_batch(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_registry, "devices_at_most", lambda _: 2)
    changes = DeviceChanges()
    for number in range(2):
        listener.registry.identify(changes, NOW, f"made-up-{number}", "own", "own/x")
        listener.registry.identify(changes, NOW, f"made-up-{number}", "own", "own/x")
    with pytest.raises(DecodeError):
        listener.registry.identify(changes, NOW, "made-up-2", "own", "own/x")


def test_a_device_of_an_earlier_version_gets_the_login_of_its_next_message(listener: Listener) -> None:
    with listener.dbs.journal.write() as tx:
        devices.record_last_seen(tx, NOW - SEEN_AGAIN_MS, {"probe": "tasmota"})
    listener.restart()
    listener.hear("probe", "tasmota", topic="tele/probe/SENSOR")
    with listener.dbs.journal.read() as tx:
        assert [row.login for row in devices.devices(tx)] == ["tele/#"]
