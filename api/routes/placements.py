"""Placements: which probe is where."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Connection

from api.context import context_of
from api.paging import Cursor, Limit, PageOut, page_of_rows
from api.problems import missing
from api.security import require
from api.shapes import Class, Ident, ProbeName, RowOut, Spot
from api.times import Time, TimeIn
from api.writes import IdempotencyKey, write_once
from core.people.people import Person
from core.rooms.places import NewPlacement, Placement
from store.devices.probe_removals import take_away
from store.rooms.places import place, placements
from store.rooms.places import room as one_room

router = APIRouter(prefix="/placements", tags=["devices"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]
Technician = Annotated[Person, Depends(require("place_devices"))]
_ASKED: JsonDict = {"device": "coldroom-3", "position": "door", "room": 3, "spot": "door"}


class PlacementIn(BaseModel):
    """`position`: the probe's name on its device, null if the device has one probe. Ends the probe's current
    placement."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASKED]})

    device: Annotated[str, Field(min_length=1, max_length=200)]
    position: Annotated[str, Field(max_length=200)] | None = None
    room: Ident
    spot: Spot
    valid_from: TimeIn | None = None


class ProbeIn(BaseModel):
    """`position`: the probe's name on its device, null if the device has one probe."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"device": "coldroom-3", "position": "door"}]})

    device: Annotated[str, Field(min_length=1, max_length=200)]
    position: Annotated[str, Field(max_length=200)] | None = None


class PlacementOut(RowOut):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {**_ASKED, "class": "air", "valid_from": "2025-10-01T02:00:00Z", "valid_to": None},
            ]
        },
    )

    device: str
    position: ProbeName
    room: int
    spot: Spot
    position_class: Class
    valid_from: Time
    valid_to: Time | None


@router.get("", summary="Placements now, or at a time")
def list_placements(
    request: Request,
    person: Viewer,
    room: Ident | None = None,
    at: TimeIn | None = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> PageOut[PlacementOut]:
    context = context_of(request)
    with context.dbs.records.read() as tx:
        rows = placements(tx, at=context.now() if at is None else at, room=room)
    page, next_cursor = page_of_rows(rows, limit, cursor)
    return PageOut(items=[PlacementOut.model_validate(row) for row in page], next=next_cursor)


@router.post("", summary="Place a probe in a room", status_code=201, response_model=PlacementOut)
def create_placement(
    request: Request, person: Technician, body: PlacementIn, key: IdempotencyKey = None
) -> Response:
    """The device need not be known yet."""

    def change(tx: Connection, now: int) -> PlacementOut:
        if one_room(tx, body.room) is None:
            raise missing("room", body.room)
        position = body.position or ""
        begins = now if body.valid_from is None else body.valid_from
        place(
            tx,
            now,
            NewPlacement(
                device=body.device,
                position=position,
                room=body.room,
                spot=body.spot,
                by=person.id,
                valid_from=body.valid_from,
            ),
        )
        return PlacementOut.model_validate(Placement(body.device, position, body.room, body.spot, begins))

    return write_once(request, person, key, body, change, 201)


@router.post("/end", summary="Remove a probe from its room", response_model=PlacementOut)
def end_placement(
    request: Request, person: Technician, body: ProbeIn, key: IdempotencyKey = None
) -> Response:
    """Ends the placement now and returns it; what the probe measured there stays the room's."""
    position = body.position or ""

    def change(tx: Connection, now: int) -> PlacementOut:
        ended = take_away(tx, now, body.device, position, person.id)
        if ended is None:
            raise missing("placement", f"{body.device} {position}".strip())
        ended = replace(ended, valid_from=min(ended.valid_from, now), valid_to=now)
        return PlacementOut.model_validate(ended)

    return write_once(request, person, key, body, change)
