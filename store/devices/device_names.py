"""Names that people gave to devices; a device's own name is in the journal."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, update

from core.errors import Refused
from store import changes
from store.columns import columns
from store.devices.tables import device_names as table

MOST = 20


class DeviceName(NamedTuple):
    device: str
    name: str
    at: int
    by: int | None


_NAME = columns(table, DeviceName)


def names(tx: Connection) -> dict[str, DeviceName]:
    return {name.device: name for name in _NAME.all(tx, _NAME.select())}


def rename(tx: Connection, now: int, device: str, name: str, by: int | None) -> str:
    """Returns the new name. An empty name restores the device's own name."""
    name = " ".join(name.split())
    if len(name) > MOST:
        raise Refused("name_too_long", "名字太长了,最多%(most)s个字", most=MOST)
    if not name.isprintable():
        raise Refused("bad_name", "名字里有看不见的字")
    same_device = table.c.device == device
    if not name:
        tx.execute(delete(table).where(same_device))
    elif not tx.execute(update(table).where(same_device).values(name=name, at=now, by=by)).rowcount:
        tx.execute(insert(table).values(device=device, name=name, at=now, by=by))
    changes.note(tx, "device", device, now)
    return name
