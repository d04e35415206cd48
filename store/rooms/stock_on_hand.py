"""Stock on hand: the balance of the ledger."""

from collections import defaultdict

from sqlalchemy import Connection, func, select

from core.stock.stock import Holding
from store.stock.tables import lots, movements


def holdings(
    tx: Connection, room: int | None = None, cooperative: int | None = None, lot: int | None = None
) -> list[Holding]:
    """Non-zero balances by lot and room."""
    balance: dict[tuple[int, int], int] = defaultdict(int)
    for column, sign in ((movements.c.to_room, 1), (movements.c.from_room, -1)):
        query = select(movements.c.lot, column, func.sum(movements.c.grams)).where(column.is_not(None))
        if room is not None:
            query = query.where(column == room)
        if lot is not None:
            query = query.where(movements.c.lot == lot)
        if cooperative is not None:
            query = query.join(lots, lots.c.id == movements.c.lot).where(lots.c.cooperative == cooperative)
        for ident, place, grams in tx.execute(query.group_by(movements.c.lot, column)):
            balance[ident, place] += sign * int(grams)
    return [Holding(ident, place, grams) for (ident, place), grams in sorted(balance.items()) if grams]


def contents(tx: Connection, room: int | None = None) -> dict[int, list[tuple[str, int]]]:
    """Room -> (produce id, g), most first; only rooms with goods."""
    kinds = {row.id: row.produce for row in tx.execute(select(lots.c.id, lots.c.produce))}
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for held in holdings(tx, room=room):
        sums[held.room][kinds[held.lot]] += held.grams
    return {
        place: sorted(grams_by_produce.items(), key=lambda pair: (-pair[1], pair[0]))
        for place, grams_by_produce in sums.items()
    }
