"""Reads movements of the ledger."""

from sqlalchemy import Connection, select

from core.errors import Refused
from core.people.people import Person, visible_cooperative
from core.stock.stock import Movement
from store.columns import columns
from store.stock import lots as lot_store
from store.stock.tables import lots as lot_table
from store.stock.tables import movements as table

_MOVEMENT = columns(table, Movement)


def movements(
    tx: Connection,
    lot: int | None = None,
    limit: int = 100,
    before_id: int | None = None,
    cooperative: int | None = None,
    room: int | None = None,
) -> list[Movement]:
    """Movements, newest first; `before_id` is the last id of the previous page."""
    query = _MOVEMENT.select().order_by(table.c.id.desc()).limit(limit)
    if lot is not None:
        query = query.where(table.c.lot == lot)
    if before_id is not None:
        query = query.where(table.c.id < before_id)
    if room is not None:
        query = query.where((table.c.from_room == room) | (table.c.to_room == room))
    if cooperative is not None:
        query = query.join(lot_table, lot_table.c.id == table.c.lot)
        query = query.where(lot_table.c.cooperative == cooperative)
    return _MOVEMENT.all(tx, query)


def movement(tx: Connection, ident: int) -> Movement | None:
    return _MOVEMENT.first(tx, _MOVEMENT.select().where(table.c.id == ident))


def movement_of(tx: Connection, ident: int, asker: Person) -> Movement:
    """The movement, if the person may see its lot. For a clerk another cooperative's does not exist."""
    own_cooperative = visible_cooperative(asker)
    entry = movement(tx, ident)
    lot = lot_store.lot(tx, entry.lot) if entry else None
    if entry is None or lot is None or own_cooperative not in (None, lot.cooperative):
        raise Refused("unknown_movement", "没有这笔账")
    return entry


def movements_of_lot(tx: Connection, lot: int) -> list[Movement]:
    """All movements of a lot, unordered."""
    return _MOVEMENT.all(tx, _MOVEMENT.select().where(table.c.lot == lot))


def is_corrected(tx: Connection, movement: int) -> bool:
    """Whether a later movement reverses this one."""
    return tx.execute(select(table.c.id).where(table.c.reverses == movement)).first() is not None
