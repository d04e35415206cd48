"""Devices that have sent something, and whether they report themselves online."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from core.devices.login_shares import LoginUse
from store.columns import columns
from store.devices.tables import devices as table
from store.journal.tables import series
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
    login: str = ""


_DEVICE = columns(table, Device)


class DeviceDescription(NamedTuple):
    """What a device's messages say about it: its name, and the gateway that forwards its messages."""

    name: str = ""
    gateway: str = ""


NAME_AT_MOST = 100
NO_LOGINS: Mapping[str, str] = MappingProxyType({})


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
    "INSERT INTO devices (id, family, first_seen, last_seen, login) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET last_seen = "
    "CASE WHEN excluded.last_seen > devices.last_seen THEN excluded.last_seen ELSE devices.last_seen END, "
    "login = CASE WHEN devices.login = '' THEN excluded.login ELSE devices.login END"
)
_ONLINE = (
    "INSERT INTO devices (id, family, first_seen, last_seen, online, online_at) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET online = excluded.online, online_at = excluded.online_at"
)


def record_last_seen(
    tx: Connection, now: int, families: Mapping[str, str], logins: Mapping[str, str] = NO_LOGINS
) -> None:
    """Records devices (`id` -> family) that sent values now; adds new ones. `logins`: who made them; the
    first one stays."""
    if families:
        rows = [(ident, family, now, now, logins.get(ident, "")) for ident, family in families.items()]
        execute_sql(tx, _LAST_SEEN, rows)


def uses_by_login(tx: Connection) -> dict[str, LoginUse]:
    """How many devices and series each login has made."""
    counted = select(table.c.login, func.count()).group_by(table.c.login)
    devices_of = {row[0]: row[1] for row in tx.execute(counted)}
    of_series = (
        select(table.c.login, func.count())
        .join(series, series.c.device == table.c.id)
        .group_by(table.c.login)
    )
    series_of = {row[0]: row[1] for row in tx.execute(of_series)}
    return {login: LoginUse(count, series_of.get(login, 0)) for login, count in devices_of.items()}


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
