"""What people read off the old thermometer: typed in, and listed with who it was and what the probe said."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.context import ApiContext, context
from api.paging import Cursor, PageOut, before, next_of
from api.problems import missing
from api.security import require
from api.shapes import Ident, NamedOut
from api.times import Time, TimeIn
from api.writes import JSON, IdempotencyKey
from core.people.people import Person
from core.readings.manual_readings import TYPED, ManualReading, ProbeComparison
from store.people.people import people
from store.readings.manual_readings import compared, put, typed
from store.rooms.places import room as one_room

router = APIRouter(prefix="/readings", tags=["readings"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]
Keeper = Annotated[Person, Depends(require("keep_rooms"))]
Value = Annotated[float | None, Field(allow_inf_nan=False)]
_ASKED: JsonDict = {"room": 3, "spot": "door", "temperature": 3.4, "humidity": 91}


class ManualReadingIn(BaseModel):
    """One look at a thermometer; at least one value. `at` is now where it is not given, and may be up to 31
    days back."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASKED]})

    room: Ident
    spot: Literal["door", "middle", "back", "pile", "outside"] = "door"
    temperature: Value = None
    humidity: Value = None
    co2: Value = None
    at: TimeIn | None = None

    def values(self) -> dict[str, float]:
        given = {metric: getattr(self, metric) for metric in TYPED}
        return {metric: float(value) for metric, value in given.items() if value is not None}


class ManualReadingListOut(BaseModel):
    """`probe` is what the probe at that spot said within a quarter of an hour of it (°C), `difference` probe
    less thermometer (K); null where there was none. As a series it is device `person:<room>`, position
    the spot, flag `person`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_ASKED,
                    "id": 7,
                    "co2": None,
                    "at": "2026-01-14T03:19:46Z",
                    "received_at": "2026-01-14T03:19:46Z",
                    "by": {"id": 2, "name": "任师傅"},
                    "probe": 3.6,
                    "difference": 0.2,
                }
            ]
        }
    )

    id: int
    room: int
    spot: str
    temperature: float | None
    humidity: float | None
    co2: float | None
    at: Time
    received_at: Time
    by: NamedOut
    probe: float | None
    difference: float | None


@router.post(
    "", summary="Type in what a thermometer says", status_code=201, response_model=ManualReadingListOut
)
def write(request: Request, who: Keeper, body: ManualReadingIn, key: IdempotencyKey = None) -> Response:
    """Kept like any reading, in one commit; with the same key once."""
    about = context(request)
    with about.dbs.records.read() as tx:
        if one_room(tx, body.room) is None:
            raise missing("room", body.room)
    with about.dbs.journal.write() as tx:
        made = put(
            tx,
            about.now(),
            person=who.id,
            room=body.room,
            spot=body.spot,
            values=body.values(),
            at=body.at,
            key=key,
        )
    answer = _out(about, [made.typed], {who.id: who.name})[0].model_dump_json().encode()
    headers = {"Idempotency-Replayed": "true"} if made.again else {}
    return Response(answer, 201, headers, JSON)


@router.get("/by-hand", summary="What people read off thermometers, newest first")
def by_hand(
    request: Request,
    who: Viewer,
    room: Ident | None = None,
    start: TimeIn | None = None,
    end: TimeIn | None = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 50,
    cursor: Cursor = None,
) -> PageOut[ManualReadingListOut]:
    """`start` and `end` by the time of reading; in the order in which they were typed in."""
    about = context(request)
    with about.dbs.journal.read() as tx:
        found = typed(tx, room, start, end, limit, before(cursor))
    with about.dbs.records.read() as tx:
        names = {person.id: person.name for person in people(tx)}
    return PageOut(items=_out(about, found, names), next=next_of(found, limit))


def _out(
    about: ApiContext, found: list[ManualReading], names: Mapping[int, str]
) -> list[ManualReadingListOut]:
    return [_one(each, names) for each in compared(about.dbs, about.history, found)]


def _one(found: ProbeComparison, names: Mapping[int, str]) -> ManualReadingListOut:
    mine, difference = found.typed, found.difference
    return ManualReadingListOut(
        id=mine.id,
        room=mine.room,
        spot=mine.spot,
        temperature=mine.values.get("temperature"),
        humidity=mine.values.get("humidity"),
        co2=mine.values.get("co2"),
        at=mine.at,
        received_at=mine.received_at,
        by=NamedOut(id=mine.by, name=names.get(mine.by, "")),
        probe=found.probe,
        difference=None if difference is None else round(difference, 2),
    )
