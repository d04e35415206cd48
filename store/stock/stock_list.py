"""The stock list: goods by room, with owner and date of receipt."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from core.stock.stock import MovementKind
from core.times import DAY_MS
from store.rooms.stock_on_hand import holdings
from store.stock.lots import lots
from store.stock.tables import movements


@dataclass(frozen=True, slots=True)
class StockLine:
    """A line of the stock list. `bags`: the lot's remaining share. `since` (ms): its first receipt."""

    produce: str
    cooperative: int
    room: int
    lot: int
    variety: str
    bags: int | None
    grams: int
    since: int

    def days(self, now: int) -> int:
        return max(0, (now - self.since) // DAY_MS)

    @property
    def kg(self) -> float:
        return self.grams / 1000


def stock(tx: Connection, cooperative: int | None = None, room: int | None = None) -> list[StockLine]:
    """All stock on hand by produce, owner and room, oldest first."""
    lots_by_id = {lot.id: lot for lot in lots(tx, cooperative)}
    received = _received(tx)
    lines = []
    for holding in holdings(tx, room=room, cooperative=cooperative):
        lot = lots_by_id[holding.lot]
        receipt = received.get(lot.id, _Receipt(0, lot.created_at))
        lines.append(
            StockLine(
                produce=lot.produce,
                cooperative=lot.cooperative,
                room=holding.room,
                lot=lot.id,
                variety=lot.variety,
                bags=_share(lot.bags, holding.grams, receipt.grams),
                grams=holding.grams,
                since=receipt.since,
            )
        )
    return sorted(lines, key=lambda line: (line.produce, line.cooperative, line.room, line.since, line.lot))


class _Receipt(NamedTuple):
    grams: int
    since: int


def _received(tx: Connection) -> dict[int, _Receipt]:
    """Lot -> received amount and time of the first receipt (ms); without reversed receipts."""
    corrected = select(movements.c.reverses).where(movements.c.reverses.is_not(None))
    receipts = (movements.c.kind == MovementKind.RECEIVE, movements.c.id.not_in(corrected))
    query = select(movements.c.lot, func.sum(movements.c.grams), func.min(movements.c.at)).where(*receipts)
    rows = tx.execute(query.group_by(movements.c.lot))
    return {lot: _Receipt(int(grams), since) for lot, grams, since in rows}


def _share(bags: int | None, grams: int, received: int) -> int | None:
    if bags is None or received <= 0:
        return bags
    return max(1, round(bags * grams / received))
