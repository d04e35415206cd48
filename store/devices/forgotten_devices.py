"""Devices that people had forgotten, for the listener, which remembers devices and series."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select

from core.times import DAY_MS
from store.devices.tables import forgotten_devices as table
from store.sql import execute_sql

_AFTER = "SELECT number, device FROM forgotten_devices WHERE number > ? ORDER BY number"


def last_number(tx: Connection) -> int:
    return int(tx.execute(select(func.max(table.c.number))).scalar() or 0)


def after(tx: Connection, number: int) -> tuple[set[str], int]:
    """The devices forgotten after row `number`, and the last row's number. Costs a look at an index: the
    listener asks for every batch."""
    rows = execute_sql(tx, _AFTER, (number,)).all()
    return {row[1] for row in rows}, rows[-1][0] if rows else number


def add(tx: Connection, devices: Iterable[str], now: int) -> None:
    """Rows of earlier days go: a listener reads the devices anew when it starts."""
    tx.execute(delete(table).where(table.c.at < now - DAY_MS))
    tx.execute(insert(table), [{"device": device, "at": now} for device in devices])
