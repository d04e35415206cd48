"""Devices whose clock is wrong by whole quarter hours, as learned by the listener."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from store.columns import columns
from store.devices.tables import clock_offsets as table
from store.journal.tables import latest, series


class ClockOffset(NamedTuple):
    """`off`: how far (ms) the device's clock is behind ours; negative if it is ahead."""

    device: str
    off: int
    since: int


_OFFSET = columns(table, ClockOffset)


def clock_offsets(tx: Connection) -> list[ClockOffset]:
    return _OFFSET.all(tx, _OFFSET.select().order_by(table.c.device))


def set_clock_offset(tx: Connection, device: str, off: int, now: int) -> None:
    clear_clock_offset(tx, device)
    tx.execute(insert(table).values(device=device, off=off, since=now))


def clear_clock_offset(tx: Connection, device: str) -> None:
    tx.execute(delete(table).where(table.c.device == device))


def latest_at(tx: Connection, device: str) -> int:
    """The time of a device's latest reading, 0 if there is none."""
    query = select(func.max(latest.c.at)).join(series, series.c.id == latest.c.series)
    return int(tx.execute(query.where(series.c.device == device)).scalar() or 0)
