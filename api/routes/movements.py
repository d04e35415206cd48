"""Movements: issues, transfers and corrections. Entries are only ever added."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.context import context_of
from api.loading_warnings import WithWarnings, warnings
from api.paging import Cursor, Limit, PageOut, cursor_after, id_of_cursor
from api.problems import Problem
from api.security import current_person, require
from api.shapes import Ident, Kg, KgIn, RowOut, Text, grams
from api.times import Time, TimeIn
from api.writes import IdempotencyKey, write_once
from core.people.people import Person, visible_cooperative
from core.stock.new_entries import NewMovement
from core.stock.stock import Movement, MovementKind
from store.stock import ledger
from store.stock import lots as lot_store
from store.stock import movements as movement_store

router = APIRouter(prefix="/movements", tags=["stock"])
Anybody = Annotated[Person, Depends(current_person)]
Writer = Annotated[Person, Depends(require("write_stock"))]


class MovementKindIn(StrEnum):
    """A receipt is created with its lot: POST /lots."""

    ISSUE = "issue"
    TRANSFER = "transfer"


class MovementIn(BaseModel):
    """`issue`: `kg` leave `room` (or `from_room`), which may be omitted while the whole lot is in one room.
    `transfer`: `kg` move from `from_room` to `room`. `at` is when it happened, default now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"lot": 17, "kind": "issue", "kg": 2500, "reason": "卖给王老板"},
                {"lot": 17, "kind": "transfer", "kg": 8000, "room": 2, "from_room": 3},
            ]
        }
    )

    lot: Ident
    kind: MovementKindIn
    kg: KgIn
    room: Ident | None = None
    from_room: Ident | None = None
    at: TimeIn | None = None
    reason: Text = ""


class CorrectIn(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "多记了一个零"}]})

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class MovementOut(RowOut):
    """`at`: when it happened; `recorded_at`: when it was recorded; `by`: the person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 40,
                    "lot": 17,
                    "kind": "issue",
                    "kg": 2500.0,
                    "from_room": 3,
                    "to_room": None,
                    "at": "2026-01-14T01:00:00Z",
                    "recorded_at": "2026-01-14T01:02:11Z",
                    "by": 4,
                    "reason": "卖给王老板",
                    "reverses": None,
                }
            ]
        }
    )

    id: int
    lot: int
    kind: MovementKind
    kg: Kg
    from_room: int | None
    to_room: int | None
    at: Time
    recorded_at: Time
    by: int | None
    reason: str
    reverses: int | None


class MovementMade(MovementOut):
    """`warnings`: reasons against storing the goods in the target room."""

    warnings: list[WithWarnings]


@router.get("", summary="Movements, newest first")
def list_movements(
    request: Request,
    person: Anybody,
    lot: Ident | None = None,
    room: Ident | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOut[MovementOut]:
    """A clerk sees only the movements of their own cooperative's lots."""
    own_cooperative = visible_cooperative(person)
    with context_of(request).dbs.records.read() as tx:
        movements = movement_store.movements(
            tx, lot=lot, cooperative=own_cooperative, room=room, limit=limit, before_id=id_of_cursor(cursor)
        )
    return PageOut(
        items=[MovementOut.model_validate(movement) for movement in movements],
        next=cursor_after(movements, limit),
    )


@router.post("", summary="Record an issue or a transfer", status_code=201, response_model=MovementMade)
def create_movement(
    request: Request, person: Writer, body: MovementIn, key: IdempotencyKey = None
) -> Response:
    def change(tx: Connection, now: int) -> MovementMade:
        lot = lot_store.lot_of(tx, body.lot, person)
        amount, loading_warnings = grams(body.kg), list[WithWarnings]()
        if body.kind == MovementKindIn.ISSUE:
            source = body.from_room or body.room
            movement_id = ledger.issue(
                tx,
                now,
                NewMovement(
                    lot=lot.id, grams=amount, from_room=source, by=person.id, at=body.at, reason=body.reason
                ),
            )
        elif body.room is None:
            raise Problem(422, "room-needed", "倒到哪个库没写")
        else:
            loading_warnings = warnings(request, tx, body.room, lot.produce, amount)
            movement_id = ledger.transfer(
                tx,
                now,
                NewMovement(
                    lot=lot.id,
                    grams=amount,
                    to_room=body.room,
                    from_room=body.from_room,
                    by=person.id,
                    at=body.at,
                    reason=body.reason,
                ),
            )
        row = asdict(_movement(tx, movement_id))
        return MovementMade.model_validate({**row, "warnings": loading_warnings})

    return write_once(request, person, key, body, change, 201)


@router.post(
    "/{movement}/correct", summary="Reverse a wrong entry", status_code=201, response_model=MovementOut
)
def correct_movement(
    request: Request, person: Writer, movement: Ident, body: CorrectIn, key: IdempotencyKey = None
) -> Response:
    """冲红: adds an entry that reverses the wrong one at its own time; the wrong one is kept."""

    def change(tx: Connection, now: int) -> MovementOut:
        movement_store.movement_of(tx, movement, person)
        correction = ledger.correct(tx, now, movement=movement, by=person.id, reason=body.reason)
        return MovementOut.model_validate(_movement(tx, correction))

    return write_once(request, person, key, body, change, 201)


def _movement(tx: Connection, ident: int) -> Movement:
    row = movement_store.movement(tx, ident)
    assert row is not None
    return row
