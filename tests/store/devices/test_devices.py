"""The stored devices: what a late, repeated or unknown message must not change."""

from store.database import Databases
from store.devices import devices
from store.devices.devices import Device, DeviceDescription

NOW = 1_800_000_000_000


def test_a_clock_that_was_set_back_does_not_make_a_device_older(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        for now in (NOW, NOW + 5, NOW - 5):
            devices.record_last_seen(tx, now, {"a": "tasmota"})
        assert devices.devices(tx) == [Device("a", "tasmota", NOW, NOW + 5, None, None)]


def test_a_device_that_is_seen_again_keeps_its_family_name_and_state(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        devices.record_availability(tx, NOW, "a", "homie", False)
        devices.describe(tx, {"a": DeviceDescription("Shed", "gateway")})
        before = devices.device(tx, "a")
        devices.record_last_seen(tx, NOW, {"a": "shelly"})
        assert devices.device(tx, "a") == before
    assert before == Device("a", "homie", NOW, NOW, False, NOW, "Shed", "gateway")


def test_availability_is_no_sign_of_a_value(dbs: Databases) -> None:
    """An offline message sent by the broker is not the device: it was last seen before."""
    with dbs.journal.write() as tx:
        devices.record_last_seen(tx, NOW, {"a": "homie"})
        devices.record_availability(tx, NOW + 5, "a", "homie", False)
        device = devices.device(tx, "a")
    assert device is not None
    assert (device.last_seen, device.online, device.online_at) == (NOW, False, NOW + 5)


def test_a_description_or_removal_of_an_unknown_device_makes_none(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        devices.record_last_seen(tx, NOW, {})
        devices.describe(tx, {"ghost": DeviceDescription("Ghost", "")})
        devices.record_removed(tx, NOW, "ghost", True)
        assert devices.devices(tx) == []
        assert devices.device(tx, "ghost") is None


def test_a_removed_device_is_offline_and_one_that_sends_again_is_not_removed(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        for ident in ("a", "b"):
            devices.record_availability(tx, NOW, ident, "homie", True)
        devices.record_removed(tx, NOW + 5, "a", True)
        removed, other = devices.devices(tx)
        assert (removed.removed_at, removed.online, removed.online_at) == (NOW + 5, False, NOW + 5)
        assert (other.removed_at, other.online) == (None, True)
        devices.record_removed(tx, NOW + 9, "a", False)
        again = devices.device(tx, "a")
    assert again is not None
    assert again.removed_at is None


def test_only_a_reported_name_is_a_name(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        devices.record_last_seen(tx, NOW, {"a": "homie", "b": "homie"})
        devices.describe(tx, {"b": DeviceDescription("门边", "")})
        assert devices.reported_names(tx) == {"a": "", "b": "门边"}
