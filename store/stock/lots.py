"""Reads lots as they were received."""

from sqlalchemy import Connection

from core.errors import Refused
from core.people.people import Person, visible_cooperative
from core.stock.stock import Lot
from store.columns import columns
from store.stock.tables import lots as table

_LOT = columns(table, Lot)


def lots(
    tx: Connection, cooperative: int | None = None, limit: int | None = None, before_id: int | None = None
) -> list[Lot]:
    """All lots, newest first; of one cooperative or of all. `before_id` is the last id of the previous
    page."""
    query = _LOT.select().order_by(table.c.id.desc()).limit(limit)
    if cooperative is not None:
        query = query.where(table.c.cooperative == cooperative)
    if before_id is not None:
        query = query.where(table.c.id < before_id)
    return _LOT.all(tx, query)


def lot(tx: Connection, ident: int) -> Lot | None:
    return _LOT.first(tx, _LOT.select().where(table.c.id == ident))


def lot_of(tx: Connection, ident: int, asker: Person) -> Lot:
    """The lot, if the person may see it. For a clerk another cooperative's lot does not exist."""
    own_cooperative = visible_cooperative(asker)
    asked_for = lot(tx, ident)
    if asked_for is None or own_cooperative not in (None, asked_for.cooperative):
        raise Refused("unknown_lot", "没有这批货", field="lot")
    return asked_for
