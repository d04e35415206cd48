"""Devices that have sent something, and whether they report themselves online."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from store.columns import columns
from store.devices.tables import devices as table
from store.sql import execute_sql


class Device(NamedTuple):
    id: str
    family: str
    first_seen: int
    last_seen: int
    online: bool | None
    online_at: int | None
    name: str = ""
    gateway: str = ""
    removed_at: int | None = None


_DEVICE = columns(table, Device)


class DeviceDescription(NamedTuple):
    """What a device's messages say about it: its name, and the gateway that forwards its messages."""

    name: str = ""
    gateway: str = ""


NAME_AT_MOST = 100


def devices(tx: Connection) -> list[Device]:
    return _DEVICE.all(tx, _DEVICE.select().order_by(table.c.id))


def count(tx: Connection) -> int:
    return tx.execute(select(func.count()).select_from(table)).scalar_one()


def reported_names(tx: Connection) -> dict[str, str]:
    """Names that devices report; names given by people are in `device_names`."""
    return {device.id: device.name for device in devices(tx)}


def device(tx: Connection, ident: str) -> Device | None:
    return _DEVICE.first(tx, _DEVICE.select().where(table.c.id == ident))


_LAST_SEEN = (
    "INSERT INTO devices (id, family, first_seen, last_seen) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET last_seen = "
    "CASE WHEN excluded.last_seen > devices.last_seen THEN excluded.last_seen ELSE devices.last_seen END"
)
_ONLINE = (
    "INSERT INTO devices (id, family, first_seen, last_seen, online, online_at) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET online = excluded.online, online_at = excluded.online_at"
)


def record_last_seen(tx: Connection, now: int, families: dict[str, str]) -> None:
    """Records devices (`id` -> family) that sent values now; adds new ones."""
    if families:
        execute_sql(tx, _LAST_SEEN, [(ident, family, now, now) for ident, family in families.items()])


def describe(tx: Connection, descriptions: dict[str, DeviceDescription]) -> None:
    """Sets names and gateways of existing devices."""
    for ident, description in descriptions.items():
        tx.execute(
            update(table)
            .where(table.c.id == ident)
            .values(name=description.name, gateway=description.gateway)
        )


def record_removed(tx: Connection, now: int, ident: str, gone: bool) -> None:
    """Records that the device's own system took it out of use (`gone`), or that it sends again."""
    values = {"removed_at": now, "online": False, "online_at": now} if gone else {"removed_at": None}
    tx.execute(update(table).where(table.c.id == ident).values(values))


def record_availability(tx: Connection, now: int, ident: str, family: str, online: bool) -> None:
    """Records a device's availability message."""
    execute_sql(tx, _ONLINE, (ident, family, now, now, online, now))
