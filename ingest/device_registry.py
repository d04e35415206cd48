"""Known devices: their families, names, gateways, and whether they were taken out of use."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection

from core.devices.login_shares import DEVICES_AT_MOST, area_of, devices_at_most
from core.errors import DecodeError
from core.readings.manual_readings import is_manual_device
from core.times import MINUTE_MS
from ingest.decoders.contract import DecodedReport
from store.devices import devices
from store.devices.devices import DeviceDescription

SEEN_AGAIN_MS = 2 * MINUTE_MS
"""Minimum interval between two writes of a device's `last seen` (ms). The arrival of a value counts without
it (store.devices.device_status)."""


@dataclass(slots=True)
class DeviceChanges:
    """Changes of devices in a batch, until its transaction is committed. Keys are device ids."""

    families: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, DeviceDescription] = field(default_factory=dict)
    online: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """(family, whether online)"""
    removed: dict[str, bool] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    """Senders of devices that had none yet."""
    made_by: Counter[str] = field(default_factory=Counter)
    """Sender -> number of new devices."""

    def start_from(self, other: "DeviceChanges") -> None:
        """Begins with the devices that another part of the batch has made."""
        self.families, self.logins = {**other.families}, {**other.logins}
        self.made_by = Counter(other.made_by)

    def add(self, other: "DeviceChanges") -> None:
        """Takes over what a part that began with ours has added."""
        self.families |= other.families
        self.logins |= other.logins
        self.descriptions |= other.descriptions
        self.made_by = other.made_by


class DeviceRegistry:
    """`sender_of`: topic -> who may publish it (core.devices.login_shares)."""

    def __init__(self, tx: Connection, sender_of: Callable[[str], str] = area_of) -> None:
        rows = devices.devices(tx)
        self._sender_of = sender_of
        self.logins = {row.id: row.login for row in rows if row.login}
        self._per_login = Counter(self.logins.values())
        self._families = {row.id: row.family for row in rows}
        self._descriptions = {
            row.id: DeviceDescription(row.name, row.gateway) for row in rows if row.name or row.gateway
        }
        self.removed = {row.id for row in rows if row.removed_at is not None}
        self._last_seen: dict[str, int] = {}

    def identify(self, changes: DeviceChanges, now: int, device: str, family: str, topic: str) -> str:
        """The id of a device. Two families that use one name get two ids. `topic`: of its message.

        Raises `DecodeError` (too_many), and `UnicodeEncodeError` for a name that no database can store.
        """
        if self._families.get(device) != family:
            device = self._new_id(changes, device, family, topic)
        if now - self._last_seen.get(device, 0) >= SEEN_AGAIN_MS:
            changes.families[device] = family
            if device not in self.logins and device not in changes.logins:
                changes.logins[device] = self._sender_of(topic)
        return device

    def forget(self, forgotten: Collection[str]) -> None:
        """Call with devices that were deleted: they are new when they speak again."""
        for device in forgotten:
            self._families.pop(device, None)
            self._descriptions.pop(device, None)
            self._last_seen.pop(device, None)
            self.removed.discard(device)
            login = self.logins.pop(device, None)
            if login is not None:
                self._per_login[login] -= 1

    def describe(self, changes: DeviceChanges, device: str, report: DecodedReport) -> None:
        """Adds a changed name. Adds a changed gateway only every `SEEN_AGAIN_MS`, because several gateways
        may receive a beacon in turn."""
        before = changes.descriptions.get(device) or self._descriptions.get(device) or DeviceDescription()
        name = (report.name or before.name)[: devices.NAME_AT_MOST]
        gateway = report.gateway if device in changes.families or not before.gateway else before.gateway
        if (name, gateway) != before:
            changes.descriptions[device] = DeviceDescription(name, gateway)

    @staticmethod
    def write(tx: Connection, now: int, changes: DeviceChanges) -> None:
        devices.record_last_seen(tx, now, changes.families, changes.logins)
        devices.describe(tx, changes.descriptions)
        for device, (family, online) in changes.online.items():
            devices.record_availability(tx, now, device, family, online)
        for device, is_removed in changes.removed.items():
            devices.record_removed(tx, now, device, is_removed)

    def add(self, changes: DeviceChanges, now: int) -> None:
        """Call after the commit."""
        self._families |= changes.families
        self.logins |= changes.logins
        self._per_login.update(changes.logins.values())
        self._last_seen |= dict.fromkeys(changes.families, now)
        self._descriptions |= changes.descriptions
        for device, is_removed in changes.removed.items():
            (self.removed.add if is_removed else self.removed.discard)(device)

    def _new_id(self, changes: DeviceChanges, device: str, family: str, topic: str) -> str:
        owner = self._family(changes, device)
        if owner is not None and owner != family:
            device = f"{family}:{device}"
            owner = self._family(changes, device)
        if owner is None and is_manual_device(device):  # only manual readings use such a name
            device = f"{family}:{device}"
            owner = self._family(changes, device)
        if owner is None:
            device.encode()
            login = self._sender_of(topic)
            made = self._per_login[login] + changes.made_by[login]
            if len(self._families) >= DEVICES_AT_MOST or made >= devices_at_most(login):
                raise DecodeError("too_many", f"{login}: {device}")
            changes.made_by[login] += 1
        return device

    def _family(self, changes: DeviceChanges, device: str) -> str | None:
        return self._families.get(device) or changes.families.get(device)
