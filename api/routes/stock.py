"""What lies where, and whose it is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import ConfigDict

from api.context import context_of
from api.paging import Cursor, Limit, PageOut, slice_of
from api.security import current_person
from api.shapes import CooperativeRef, Ident, Kg, ProduceName, RowOut, stock_names
from api.times import Time
from core.people.people import Person, scope
from store.stock import stock_list

router = APIRouter(prefix="/stock", tags=["stock"])
Anybody = Annotated[Person, Depends(current_person)]


class HoldingOut(RowOut):
    """So much of a lot lies in a room; nothing that is used up. `bags` is the share of the lot's that should
    still be there, `since` when the lot came in."""

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


@router.get("", summary="What lies where, and whose it is")
def list_stock(
    request: Request,
    person: Anybody,
    room: Ident | None = None,
    cooperative: Ident | None = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> PageOut[HoldingOut]:
    """A clerk sees what the own cooperative has."""
    own_cooperative = scope(person)
    if own_cooperative is not None and cooperative not in (None, own_cooperative):
        return PageOut(items=[])
    cooperative_id = own_cooperative or cooperative
    with context_of(request).dbs.records.read() as tx:
        lines = stock_list.stock(tx, cooperative=cooperative_id, room=room)
        names = stock_names(tx)
    page, next_cursor = slice_of(lines, limit, cursor)
    items = [HoldingOut.model_validate(line, context=names) for line in page]
    return PageOut(items=items, next=next_cursor)
