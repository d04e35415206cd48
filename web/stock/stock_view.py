"""Stock as rows: goods, owner, room, amount, days stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.errors import Refused
from core.people.people import visible_cooperative
from i18n.language import either
from store.catalogue.produce import produce
from store.people.federation import cooperative_names
from store.rooms.places import room_names
from store.stock.stock_list import StockLine, stock
from web.base.request_context import PageRequest


@dataclass(frozen=True, slots=True)
class StockRow:
    held: StockLine
    goods: str
    owner: str
    room: str
    amount: str
    bags: str
    days: str


@dataclass(frozen=True, slots=True)
class StockTotal:
    goods: str
    amount: str
    lots: int


def stock_rows(
    tx: Connection, page: PageRequest, room: int | None = None, lot: int | None = None
) -> Sequence[StockRow]:
    """Lots that the user may see, oldest first within a produce. Empty if the user may see none."""
    try:
        only = visible_cooperative(page.who)
    except Refused:
        return []
    goods = goods_names(tx, page)
    owners = cooperative_names(tx)
    places = room_names(tx)
    return [
        StockRow(
            held=held,
            goods=goods.get(held.produce, held.produce),
            owner=owners.get(held.cooperative, ""),
            room=places.get(held.room, ""),
            amount=page.words.exact_weight(held.grams),
            bags=page.words("%(n)s袋", n=f"{held.bags:,}") if held.bags else "",
            days=page.words("存了%(n)s天", n=held.days(page.now)),
        )
        for held in stock(tx, cooperative=only, room=room)
        if lot is None or held.lot == lot
    ]


def stock_totals(rows: Sequence[StockRow], page: PageRequest) -> Sequence[StockTotal]:
    """Totals per produce, heaviest first."""
    sums: dict[str, int] = {}
    counts: dict[str, int] = {}
    for line in rows:
        sums[line.goods] = sums.get(line.goods, 0) + line.held.grams
        counts[line.goods] = counts.get(line.goods, 0) + 1
    ranked = sorted(sums.items(), key=lambda pair: -pair[1])
    return [StockTotal(goods, page.words.weight(grams), counts[goods]) for goods, grams in ranked]


def goods_names(tx: Connection, page: PageRequest, *, lots_only: bool = False) -> dict[str, str]:
    """Produce id -> name. `lots_only` leaves out phases such as curing, which cannot have lots."""
    return {
        kind.id: either(page.lang, kind.name, kind.name_en)
        for kind in produce(tx).values()
        if not (lots_only and kind.category == "phase")
    }
