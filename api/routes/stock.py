"""Stock: which goods are in which room, and whose they are."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import ConfigDict

from api.context import context_of
from api.paging import Cursor, Limit, PageOut, page_of_rows
from api.security import current_person
from api.shapes import CooperativeRef, Ident, Kg, ProduceName, RowOut, stock_names
from api.times import Time
from core.people.people import Person, visible_cooperative
from store.stock import stock_list

router = APIRouter(prefix="/stock", tags=["stock"])
Anybody = Annotated[Person, Depends(current_person)]


class HoldingOut(RowOut):
    """The quantity of a lot in a room; used-up lots are not listed. `bags`: the estimated number left;
    `since`: when the lot was received."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lot": 17,
                    "room": 3,
                    "produce": "potato_table",
                    "name": "土豆",
                    "variety": "青薯9号",
                    "cooperative": {"id": 2, "name": "古池合作社"},
                    "kg": 21000.0,
                    "bags": 525,
                    "since": "2025-10-20T02:00:00Z",
                }
            ]
        }
    )

    lot: int
    room: int
    produce: str
    name: ProduceName
    variety: str
    cooperative: CooperativeRef
    kg: Kg
    bags: int | None
    since: Time


@router.get("", summary="Stock by lot and room, with owners")
def list_stock(
    request: Request,
    person: Anybody,
    room: Ident | None = None,
    cooperative: Ident | None = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> PageOut[HoldingOut]:
    """A clerk sees only their own cooperative's goods."""
    own_cooperative = visible_cooperative(person)
    if own_cooperative is not None and cooperative not in (None, own_cooperative):
        return PageOut(items=[])
    cooperative_id = own_cooperative or cooperative
    with context_of(request).dbs.records.read() as tx:
        lines = stock_list.stock(tx, cooperative=cooperative_id, room=room)
        names = stock_names(tx)
    page, next_cursor = page_of_rows(lines, limit, cursor)
    items = [HoldingOut.model_validate(line, context=names) for line in page]
    return PageOut(items=items, next=next_cursor)
