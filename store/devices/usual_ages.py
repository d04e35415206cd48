"""Devices that are steadily late, as learned by the listener."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, insert

from store.columns import columns
from store.devices.tables import usual_ages as table


class UsualAge(NamedTuple):
    """`age`: how old (ms) the device's latest reading usually is when it arrives."""

    device: str
    age: int
    since: int


_AGE = columns(table, UsualAge)


def usual_ages(tx: Connection) -> list[UsualAge]:
    return _AGE.all(tx, _AGE.select().order_by(table.c.device))


def set_usual_age(tx: Connection, device: str, age: int, now: int) -> None:
    clear_usual_age(tx, device)
    tx.execute(insert(table).values(device=device, age=age, since=now))


def clear_usual_age(tx: Connection, device: str) -> None:
    tx.execute(delete(table).where(table.c.device == device))
