"""Placements and limits that were entered while this machine's clock was ahead: they begin now.

Nobody can enter a limit or a placement for the future, except the end of an ice bath. So after the clock
was set right, a later beginning or end is an error of the clock, and the entry would be ignored until then.
"""

import logging
from typing import Any

from sqlalchemy import Connection, Row, Table, select, update

from core.readings.calibrations import BACK_AFTER, ICE_OVER_AFTER
from core.times import MINUTE_MS
from store import changes
from store.devices.tables import ice_baths
from store.rooms.tables import limits, placements

log = logging.getLogger(__name__)

TOLERANCE_MS = MINUTE_MS
"""Several machines may write to one database."""


def has_future_entries(tx: Connection, now: int) -> bool:
    return bool(_rooms_of(tx, limits, now) or _future_placements(tx, now) or _future_ends(tx, now))


def begin_future_entries(tx: Connection, now: int) -> None:
    """Call while the clock (`now`, ms) is right."""
    rooms = set(_rooms_of(tx, limits, now))
    tx.execute(update(limits).where(limits.c.valid_from > now).values(valid_from=now))
    for ident, room in [*_future_placements(tx, now), *_future_ends(tx, now)]:
        rooms.add(room)
        entry = placements.c.id == ident
        tx.execute(update(placements).where(entry, placements.c.valid_from > now).values(valid_from=now))
        tx.execute(update(placements).where(entry, placements.c.valid_to > now).values(valid_to=now))
        changes.note(tx, "placement", ident, now)
    for room in sorted(rooms):
        changes.note(tx, "limits", room, now)
        changes.note(tx, "room", room, now)
    log.warning("placements or limits of rooms %s were entered by a clock that was ahead", sorted(rooms))


def _rooms_of(tx: Connection, table: Table, now: int) -> list[int]:
    future = select(table.c.room).where(table.c.valid_from > now + TOLERANCE_MS).distinct()
    return list(tx.execute(future).scalars())


def _future_placements(tx: Connection, now: int) -> list[tuple[int, int]]:
    """(id, room) of placements that begin later, except after an ice bath."""
    query = select(*placements.c["id", "room", "device", "position", "valid_from"])
    rows = tx.execute(query.where(placements.c.valid_from > now + TOLERANCE_MS)).all()
    return [(row.id, row.room) for row in rows if row.valid_from > _back_at(tx, row, now) + TOLERANCE_MS]


def _back_at(tx: Connection, placement: Row[Any], now: int) -> int:
    """Until when an ice bath that has begun may keep the probe from its place; 0 without one."""
    baths = select(ice_baths.c.started_at, ice_baths.c.ended_at).where(
        ice_baths.c.device == placement.device,
        ice_baths.c.position == placement.position,
        ice_baths.c.started_at <= now,
    )
    return max(
        (
            started_at + ICE_OVER_AFTER if ended_at is None else min(ended_at, now) + BACK_AFTER
            for started_at, ended_at in tx.execute(baths)
        ),
        default=0,
    )


def _future_ends(tx: Connection, now: int) -> list[tuple[int, int]]:
    query = select(*placements.c["id", "room"]).where(placements.c.valid_to > now + TOLERANCE_MS)
    return [(row.id, row.room) for row in tx.execute(query)]
