"""The limits of a room, and who set them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Connection

from api.context import context_of
from api.problems import missing
from api.security import require
from api.shapes import LIMIT_EXAMPLE, Ident, LimitOut, OneOf, Text
from api.writes import IdempotencyKey, write_once
from core.metrics import METRICS, SETTABLE
from core.people.people import Person
from core.rooms import limits as words
from core.rooms.limits import Limit
from core.rooms.places import PositionClass
from store.rooms import limits as store
from store.rooms.places import room as one_room

router = APIRouter(prefix="/limits", tags=["limits"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]
Setter = Annotated[Person, Depends(require("set_limits"))]
Bound = Annotated[float, Field(allow_inf_nan=False, ge=-200, le=200_000)] | None
Seconds = Annotated[int, Field(ge=0, le=words.LONGEST_DELAY_S)]
_BY_HAND: JsonDict = {**LIMIT_EXAMPLE, "origin": "hand", "produce": [], "reason": "试运行"}


class LimitIn(BaseModel):
    """Outside `safe` for its delay is a warning, outside `hard` for its delay is critical; an omitted bound
    is unlimited. A breach ends when the value is inside by `hysteresis`."""

    model_config = ConfigDict(populate_by_name=True)

    metric: Annotated[str, OneOf(SETTABLE)]
    position_class: Literal["air", "core"] = Field(default="air", alias="class")
    safe_low: Bound = None
    safe_high: Bound = None
    hard_low: Bound = None
    hard_high: Bound = None
    safe_delay_s: Seconds = words.AIR_SAFE_S
    hard_delay_s: Seconds = words.AIR_HARD_S
    hysteresis: Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)] | None = None


class LimitsIn(BaseModel):
    """All limits of a room; a limit that is not listed is removed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "limits": [
                        {
                            "metric": "temperature",
                            "class": "air",
                            "safe_low": 2.5,
                            "safe_high": 7,
                            "hard_low": 0.5,
                            "hard_high": 12,
                        }
                    ],
                    "reason": "试运行",
                }
            ]
        }
    )

    limits: Annotated[list[LimitIn], Field(min_length=1, max_length=12)]
    reason: Text = ""


class RoomLimitsOut(BaseModel):
    """`from`: `contents` (set by the goods in the room) or `hand`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [_BY_HAND],
                    "next": None,
                    "room": 3,
                    "from": "hand",
                }
            ]
        },
    )

    items: list[LimitOut]
    next: str | None = None
    room: int
    limits_from: Literal["contents", "hand"] = Field(serialization_alias="from")


def _in_force(tx: Connection, room: int) -> RoomLimitsOut:
    row = one_room(tx, room)
    if row is None:
        raise missing("room", room)
    facts = {"items": store.current(tx, room), "room": room, "limits_from": row.limits_from}
    return RoomLimitsOut.model_validate(facts)


@router.get("", summary="The limits in force for a room")
def get_limits(request: Request, person: Viewer, room: Ident) -> RoomLimitsOut:
    with context_of(request).dbs.records.read() as tx:
        return _in_force(tx, room)


@router.put("", summary="Set a room's limits by hand", response_model=RoomLimitsOut)
def put_limits(
    request: Request, person: Setter, room: Ident, body: LimitsIn, key: IdempotencyKey = None
) -> Response:
    """They stay in force until DELETE, whatever goods are moved in or out."""

    def change(tx: Connection, now: int) -> RoomLimitsOut:
        limits = [_limit(room, limit) for limit in body.limits]
        store.set_by_hand(tx, now, room, limits, person.id, body.reason)
        return _in_force(tx, room)

    return write_once(request, person, key, body, change)


@router.delete("", summary="Return to the limits of the goods", response_model=RoomLimitsOut)
def delete_limits(request: Request, person: Setter, room: Ident, key: IdempotencyKey = None) -> Response:
    def change(tx: Connection, now: int) -> RoomLimitsOut:
        store.back_to_contents(tx, now, room, person.id)
        return _in_force(tx, room)

    return write_once(request, person, key, None, change)


def _limit(room: int, limit: LimitIn) -> Limit:
    row = METRICS[limit.metric]
    hysteresis = (row.hysteresis or 0.0) if limit.hysteresis is None else limit.hysteresis
    return Limit(
        room=room,
        version=0,
        metric=limit.metric,
        position_class=PositionClass(limit.position_class),
        safe_low=limit.safe_low,
        safe_high=limit.safe_high,
        hard_low=limit.hard_low,
        hard_high=limit.hard_high,
        safe_delay_s=limit.safe_delay_s,
        hard_delay_s=limit.hard_delay_s,
        hysteresis=hysteresis,
        origin=words.HAND,
    )
