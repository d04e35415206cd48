"""Lots: goods of one produce and one owner."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Connection

from api.context import context_of
from api.loading_warnings import WithWarnings, warnings
from api.paging import Cursor, Limit, PageOut, before, next_of
from api.problems import Problem
from api.security import current_person, require
from api.shapes import Ident, Kg, NamedOut, Text, grams, kg
from api.times import Time, TimeIn
from api.writes import IdempotencyKey, once
from core.people.people import Person, scope
from core.stock.stock import Lot
from store.catalogue import produce as produce_store
from store.people.federation import cooperative_names
from store.rooms.stock_on_hand import holdings
from store.stock import stock as store

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


class LotRoomOut(BaseModel):
    room: int
    kg: float


class LotOut(BaseModel):
    """`kg` is what is left of it, by room in `rooms`; `bags` as they came; `name` is the word of the page."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    produce: str
    name: str
    variety: str
    cooperative: NamedOut
    kg: float
    rooms: list[LotRoomOut]
    bags: int | None
    harvested_on: str | None
    note: str
    created_at: Time


class LotMade(LotOut):
    """`warnings`: what speaks against keeping it there, though it was taken in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_EXAMPLE, "warnings": []}]})

    warnings: list[WithWarnings]


class LotIn(BaseModel):
    """Goods that came in: makes the lot and its first movement. A clerk may leave `cooperative` out."""

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
    kg: Kg
    variety: Annotated[str, Field(max_length=60)] = ""
    bags: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    harvested_on: date | None = None
    note: Text = ""
    at: TimeIn | None = None


class LotTextIn:
    """Names for the lots of one answer, read once."""

    def __init__(self, tx: Connection) -> None:
        self.produce = {ident: goods.name for ident, goods in produce_store.produce(tx).items()}
        self.cooperatives = cooperative_names(tx)

    def owner(self, cooperative: int) -> NamedOut:
        return NamedOut(id=cooperative, name=self.cooperatives.get(cooperative, ""))

    def goods(self, produce: str) -> str:
        return self.produce.get(produce, produce)


def lot_out(lot: Lot, rooms: list[LotRoomOut], names: LotTextIn) -> LotOut:
    return LotOut(
        id=lot.id,
        produce=lot.produce,
        name=names.goods(lot.produce),
        variety=lot.variety,
        cooperative=names.owner(lot.cooperative),
        kg=round(sum(place.kg for place in rooms), 3),
        rooms=rooms,
        bags=lot.bags,
        harvested_on=lot.harvested_on,
        note=lot.note,
        created_at=lot.created_at,
    )


def _full(tx: Connection, lot: Lot) -> LotOut:
    rooms = [LotRoomOut(room=holding.room, kg=kg(holding.grams)) for holding in holdings(tx, lot=lot.id)]
    return lot_out(lot, rooms, LotTextIn(tx))


@router.get("", summary="Lots, newest first")
def list_lots(
    request: Request,
    person: Anybody,
    cooperative: Ident | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> PageOut[LotOut]:
    """Used-up ones too (`kg` 0). A clerk sees those of the own cooperative."""
    own_cooperative = scope(person)
    if own_cooperative is not None and cooperative not in (None, own_cooperative):
        return PageOut(items=[])
    with context_of(request).dbs.records.read() as tx:
        lots = store.lots(
            tx, cooperative=own_cooperative or cooperative, limit=limit, before_id=before(cursor)
        )
        rooms_by_lot: dict[int, list[LotRoomOut]] = {}
        for holding in holdings(tx, cooperative=own_cooperative or cooperative):
            rooms_by_lot.setdefault(holding.lot, []).append(
                LotRoomOut(room=holding.room, kg=kg(holding.grams))
            )
        names = LotTextIn(tx)
    items = [lot_out(lot, rooms_by_lot.get(lot.id, []), names) for lot in lots]
    return PageOut(items=items, next=next_of(lots, limit))


@router.get("/{lot}", summary="One lot and where it lies")
def get_lot(request: Request, person: Anybody, lot: Ident) -> LotOut:
    with context_of(request).dbs.records.read() as tx:
        return _full(tx, store.lot_of(tx, lot, person))


@router.post("", summary="Receive goods: a new lot", status_code=201, response_model=LotMade)
def receive(request: Request, person: Writer, body: LotIn, key: IdempotencyKey = None) -> Response:
    """409 where it cannot share the room with what lies there; `type` says why."""
    cooperative = person.cooperative if body.cooperative is None else body.cooperative
    if cooperative is None:
        raise Problem(422, "cooperative-needed", "谁家的货没写")

    def change(tx: Connection, now: int) -> LotMade:
        loading_warnings = warnings(request, tx, body.room, body.produce, grams(body.kg))
        lot_id = store.receive(
            tx,
            now,
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
        )
        lot = store.lot(tx, lot_id)
        assert lot is not None
        return LotMade(**dict(_full(tx, lot)), warnings=loading_warnings)

    return once(request, person, key, body, change, 201)
