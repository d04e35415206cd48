"""Seasonal closures (歇库, 开库): a room's season ends and begins."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.problems import missing
from api.security import require
from api.shapes import Ident
from api.times import Time
from api.writes import IdempotencyKey, write_once
from core.people.people import Person
from store.rooms import seasonal_closures
from store.rooms.places import close_for_season, reopen
from store.rooms.places import room as one_room

router = APIRouter(prefix="/rooms", tags=["rooms"])
Keeper = Annotated[Person, Depends(require("keep_rooms"))]


class SeasonalClosureOut(BaseModel):
    """The room's state. `resting_since` null: it is in use; `empty_since`: it is declared empty."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "room": 3,
                    "resting_since": "2026-05-02T02:00:00Z",
                    "empty_since": "2026-04-28T09:00:00Z",
                    "use": None,
                }
            ]
        }
    )

    room: int
    resting_since: Time | None
    empty_since: Time | None
    use: str | None


class ReopenIn(BaseModel):
    """`use`: what the room will hold, a produce or a shed's species/phase; its limits are in force from now
    on. Without it the room is empty until goods arrive."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"use": "potato_table"}]})

    use: Annotated[str, Field(min_length=1, max_length=100)] | None = None


@router.post("/{room}/rest", summary="Close a room for the season", response_model=SeasonalClosureOut)
def create_closure(request: Request, person: Keeper, room: Ident, key: IdempotencyKey = None) -> Response:
    """A resting room needs no patrols and raises no alerts. 409 (`not-empty`) while it holds goods."""

    def change(tx: Connection, now: int) -> SeasonalClosureOut:
        if one_room(tx, room) is None:
            raise missing("room", room)
        close_for_season(tx, now, room, person.id)
        return _state(tx, room)

    return write_once(request, person, key, None, change)


@router.post("/{room}/open", summary="Open a room for the season", response_model=SeasonalClosureOut)
def end_closure(
    request: Request, person: Keeper, room: Ident, body: ReopenIn | None = None, key: IdempotencyKey = None
) -> Response:
    def change(tx: Connection, now: int) -> SeasonalClosureOut:
        if one_room(tx, room) is None:
            raise missing("room", room)
        reopen(tx, now, room, person.id, body.use if body else None)
        return _state(tx, room)

    return write_once(request, person, key, body, change)


def _state(tx: Connection, room: int) -> SeasonalClosureOut:
    row, closure = one_room(tx, room), seasonal_closures.current(tx).get(room)
    assert row is not None
    return SeasonalClosureOut(
        room=room,
        resting_since=closure.since if closure else None,
        empty_since=row.empty_since,
        use=row.use,
    )
