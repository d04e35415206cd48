"""Patrols (巡库): recorded ones, and which are missing."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, AliasPath, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Connection

from api.context import context_of
from api.paging import Cursor, Limit, PageOut, cursor_after, id_of_cursor
from api.problems import missing as no_such
from api.routes.manual_readings import Value
from api.security import require
from api.shapes import Ident, NamedOut, PersonRef, RowOut, Spot
from api.times import Time, TimeIn
from api.writes import IdempotencyKey, refuse_conflict, write_once
from core.patrols.patrols import NewPatrol, check_day, check_ticks
from core.people.people import Person
from core.readings.manual_readings import ManualReading, NewManualReading
from store.patrols import patrols as store
from store.people.people import people_names
from store.readings import manual_readings
from store.rooms.places import room as one_room

router = APIRouter(prefix="/patrols", tags=["rooms"])
Day = Annotated[date, AfterValidator(check_day)]
Viewer = Annotated[Person, Depends(require("see_rooms"))]
Keeper = Annotated[Person, Depends(require("keep_rooms"))]
Tick = Literal["door", "light", "frost", "drip", "pests"]
Half = Literal["morning", "afternoon"]
_ASKED: JsonDict = {
    "room": 3,
    "spot": "door",
    "temperature": 3.4,
    "humidity": None,
    "wrong": ["drip"],
    "note": "顶上滴水",
}


class PatrolIn(BaseModel):
    """One visit to one room. `wrong`: the checks that failed; all others passed. `at` defaults to now and
    may be up to 31 days back. `temperature`: what the thermometer at `spot` shows, null if there is none."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASKED]})

    room: Ident
    spot: Spot = "door"
    temperature: Value = None
    humidity: Value = None
    wrong: Annotated[list[Tick], Field(max_length=10)] = []
    note: Annotated[str, Field(max_length=300)] = ""
    at: TimeIn | None = None

    def values(self) -> dict[str, float]:
        values = {"temperature": self.temperature, "humidity": self.humidity}
        return {metric: float(value) for metric, value in values.items() if value is not None}


class PatrolOut(RowOut):
    """`reading`: id of the manual reading."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_ASKED,
                    "id": 12,
                    "at": "2026-01-14T00:05:00Z",
                    "recorded_at": "2026-01-14T00:05:00Z",
                    "by": {"id": 2, "name": "任师傅"},
                    "reading": 7,
                }
            ]
        }
    )

    id: int
    room: int
    at: Time
    recorded_at: Time
    by: PersonRef
    spot: Spot
    temperature: float | None
    humidity: float | None
    reading: int | None
    wrong: list[Tick]
    note: str


class DayRoom(RowOut):
    """`missing`: halves of the day (morning, afternoon) without a patrol that are overdue."""

    room: NamedOut
    morning: list[PatrolOut] = Field(validation_alias=AliasPath("rounds", "morning"))
    afternoon: list[PatrolOut] = Field(validation_alias=AliasPath("rounds", "afternoon"))
    missing: list[Half]


class DayOut(BaseModel):
    """Each room needs two patrols a day, before and after noon of its site's clock, except rooms that rest
    or are declared empty."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "day": "2026-01-14",
                    "rooms": [
                        {
                            "room": {"id": 3, "name": "3号库"},
                            "morning": [],
                            "afternoon": [],
                            "missing": ["morning"],
                        }
                    ],
                }
            ]
        }
    )

    day: date
    rooms: list[DayRoom]


@router.post("", summary="Record a patrol", status_code=201, response_model=PatrolOut)
def create_patrol(request: Request, person: Keeper, body: PatrolIn, key: IdempotencyKey = None) -> Response:
    """The temperature is stored as a manual reading first, then the patrol is recorded; both once per key."""
    context = context_of(request)
    with context.dbs.records.read() as tx:
        if one_room(tx, body.room) is None:
            raise no_such("room", body.room)
    check_ticks(body.wrong, body.note)
    refuse_conflict(request, person, key, body)
    typed: ManualReading | None = None
    if body.values():
        with context.dbs.journal.write() as tx:
            typed = manual_readings.put(
                tx,
                context.now(),
                NewManualReading(
                    person=person.id, room=body.room, spot=body.spot, values=body.values(), at=body.at
                ),
                key=None if key is None else f"patrol:{key}",
                digest=body.model_dump_json(),
            ).reading

    def change(tx: Connection, now: int) -> PatrolOut:
        made = store.add(
            tx,
            now,
            NewPatrol(
                room=body.room,
                by=person.id,
                spot=body.spot,
                typed=typed,
                wrong=body.wrong,
                note=body.note,
                at=body.at,
            ),
        )
        return PatrolOut.model_validate(made, context={"people": {person.id: person.name}})

    return write_once(request, person, key, body, change, 201)


@router.get("", summary="Patrols, newest first")
def list_patrols(
    request: Request,
    person: Viewer,
    room: Ident | None = None,
    start: TimeIn | None = None,
    end: TimeIn | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> PageOut[PatrolOut]:
    with context_of(request).dbs.records.read() as tx:
        rows = store.patrols(tx, room, start, end, limit, id_of_cursor(cursor))
        names = people_names(tx)
    return PageOut(
        items=[PatrolOut.model_validate(row, context={"people": names}) for row in rows],
        next=cursor_after(rows, limit),
    )


@router.get("/day", summary="Patrols of one day, and the missing ones")
def get_patrol_day(
    request: Request,
    person: Viewer,
    day: Annotated[Day | None, Query(description="Default: today.")] = None,
) -> DayOut:
    context = context_of(request)
    now = context.now()
    with context.dbs.records.read() as tx:
        wanted = day or store.today(tx, now)
        room_days = store.rounds_of(tx, day, now)
        names = people_names(tx)
    rooms = [DayRoom.model_validate(room_day, context={"people": names}) for room_day in room_days]
    return DayOut(day=wanted, rooms=rooms)
