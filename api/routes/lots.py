"""Lots: goods of one produce and one owner."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Connection

from api.context import context_of
from api.loading_warnings import WithWarnings, warnings
from api.paging import Cursor, Limit, PageOut, cursor_after, id_of_cursor
from api.problems import Problem
from api.security import current_person, require
from api.shapes import CooperativeRef, Ident, Kg, KgIn, ProduceName, RowOut, Text, grams, stock_names
from api.times import Time, TimeIn
from api.writes import IdempotencyKey, write_once
from core.people.people import Person, visible_cooperative
from core.stock.new_entries import NewLot
from core.stock.stock import Holding, Lot
from store.rooms.stock_on_hand import holdings
from store.stock import ledger
from store.stock import lots as lot_store

router = APIRouter(prefix="/lots", tags=["stock"])
Anybody = Annotated[Person, Depends(current_person)]
Writer = Annotated[Person, Depends(require("write_stock"))]

_EXAMPLE: JsonDict = {
    "id": 17,
    "produce": "potato_table",
    "name": "土豆",
    "variety": "青薯9号",
    "cooperative": {"id": 2, "name": "古池合作社"},
    "kg": 21000.0,
    "rooms": [{"room": 3, "kg": 21000.0}],
    "bags": 525,
    "harvested_on": "2025-10-02",
    "note": "",
    "created_at": "2025-10-20T02:00:00Z",
}


class LotRoomOut(RowOut):
    room: int
    kg: Kg


class LotOut(RowOut):
    """`kg`: the quantity left, by room in `rooms`; `bags` as received; `name` is the name on the pages."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    produce: str
    name: ProduceName
    variety: str
    cooperative: CooperativeRef
    kg: Kg
    rooms: list[LotRoomOut]
    bags: int | None
    harvested_on: str | None
    note: str
    created_at: Time


class LotMade(LotOut):
    """`warnings`: reasons against storing it there; the lot was received anyway."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_EXAMPLE, "warnings": []}]})

    warnings: list[WithWarnings]


class LotIn(BaseModel):
    """Received goods: creates the lot and its first movement. A clerk may omit `cooperative`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "produce": "potato_table",
                    "cooperative": 2,
                    "room": 3,
                    "kg": 21000,
                    "variety": "青薯9号",
                    "bags": 525,
                }
            ]
        }
    )

    produce: Annotated[str, Field(min_length=1, max_length=60)]
    cooperative: Ident | None = None
    room: Ident
    kg: KgIn
    variety: Annotated[str, Field(max_length=60)] = ""
    bags: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    harvested_on: date | None = None
    note: Text = ""
    at: TimeIn | None = None


def _lot_facts(lot: Lot, holdings: Sequence[Holding]) -> dict[str, object]:
    return {**asdict(lot), "grams": sum(holding.grams for holding in holdings), "rooms": holdings}


@router.get("", summary="Lots, newest first")
def list_lots(
    request: Request,
    person: Anybody,
    cooperative: Ident | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> PageOut[LotOut]:
    """Includes used-up lots (`kg` 0). A clerk sees only their own cooperative's lots."""
    own_cooperative = visible_cooperative(person)
    if own_cooperative is not None and cooperative not in (None, own_cooperative):
        return PageOut(items=[])
    with context_of(request).dbs.records.read() as tx:
        lots = lot_store.lots(
            tx, cooperative=own_cooperative or cooperative, limit=limit, before_id=id_of_cursor(cursor)
        )
        holdings_by_lot = defaultdict(list)
        for holding in holdings(tx, cooperative=own_cooperative or cooperative):
            holdings_by_lot[holding.lot].append(holding)
        names = stock_names(tx)
    items = [LotOut.model_validate(_lot_facts(lot, holdings_by_lot[lot.id]), context=names) for lot in lots]
    return PageOut(items=items, next=cursor_after(lots, limit))


@router.get("/{lot}", summary="One lot and where it is stored")
def get_lot(request: Request, person: Anybody, lot: Ident) -> LotOut:
    with context_of(request).dbs.records.read() as tx:
        facts = _lot_facts(lot_store.lot_of(tx, lot, person), holdings(tx, lot=lot))
        return LotOut.model_validate(facts, context=stock_names(tx))


@router.post("", summary="Receive goods: a new lot", status_code=201, response_model=LotMade)
def receive_lot(request: Request, person: Writer, body: LotIn, key: IdempotencyKey = None) -> Response:
    """409 if the goods cannot share the room with what is stored there; `type` says why."""
    cooperative = person.cooperative if body.cooperative is None else body.cooperative
    if cooperative is None:
        raise Problem(422, "cooperative-needed", "谁家的货没写")

    def change(tx: Connection, now: int) -> LotMade:
        loading_warnings = warnings(request, tx, body.room, body.produce, grams(body.kg))
        lot_id = ledger.receive(
            tx,
            now,
            NewLot(
                produce=body.produce,
                cooperative=cooperative,
                room=body.room,
                grams=grams(body.kg),
                by=person.id,
                at=body.at,
                variety=body.variety,
                bags=body.bags,
                note=body.note,
                harvested_on=body.harvested_on.isoformat() if body.harvested_on else None,
            ),
        )
        lot = lot_store.lot(tx, lot_id)
        assert lot is not None
        facts = _lot_facts(lot, holdings(tx, lot=lot_id))
        return LotMade.model_validate({**facts, "warnings": loading_warnings}, context=stock_names(tx))

    return write_once(request, person, key, body, change, 201)
