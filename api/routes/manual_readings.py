"""Manual readings: people type in what a thermometer shows; listed beside what the probe said."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.context import ApiContext, context_of
from api.paging import Cursor, PageOut, cursor_after, id_of_cursor
from api.problems import missing
from api.security import require
from api.shapes import Ident, PersonRef, Spot
from api.times import Time, TimeIn
from api.writes import JSON, IdempotencyKey
from core.metrics import TYPED
from core.people.people import Person
from core.readings.manual_readings import ManualReading, NewManualReading, ProbeComparison
from store.people.people import people_names
from store.readings.manual_readings import compared, put, typed
from store.rooms.places import room as one_room

router = APIRouter(prefix="/readings", tags=["readings"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]
Keeper = Annotated[Person, Depends(require("keep_rooms"))]
Value = Annotated[float | None, Field(allow_inf_nan=False)]
_ASKED: JsonDict = {"room": 3, "spot": "door", "temperature": 3.4, "humidity": 91}


class ManualReadingIn(BaseModel):
    """One thermometer reading; at least one value. `at` defaults to now and may be up to 31 days back."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASKED]})

    room: Ident
    spot: Spot = "door"
    temperature: Value = None
    humidity: Value = None
    co2: Value = None
    at: TimeIn | None = None

    def values(self) -> dict[str, float]:
        values = {metric: getattr(self, metric) for metric in TYPED}
        return {metric: float(value) for metric, value in values.items() if value is not None}


class ManualReadingListOut(BaseModel):
    """`probe`: the value of the probe at that spot within a quarter of an hour (°C); `difference`: probe
    minus thermometer (K); both null if there was none. As a series it belongs to device `person:<room>`,
    position is the spot, flag `person`."""

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
    spot: Spot
    temperature: float | None
    humidity: float | None
    co2: float | None
    at: Time
    received_at: Time
    by: PersonRef
    probe: float | None
    difference: float | None


@router.post("", summary="Record a manual reading", status_code=201, response_model=ManualReadingListOut)
def create_manual_reading(
    request: Request, person: Keeper, body: ManualReadingIn, key: IdempotencyKey = None
) -> Response:
    """Stored like any reading, in one commit, and once per key."""
    context = context_of(request)
    with context.dbs.records.read() as tx:
        if one_room(tx, body.room) is None:
            raise missing("room", body.room)
    with context.dbs.journal.write() as tx:
        kept = put(
            tx,
            context.now(),
            NewManualReading(
                person=person.id, room=body.room, spot=body.spot, values=body.values(), at=body.at
            ),
            key=key,
        )
    answer = (
        _manual_reading_out(context, [kept.reading], {person.id: person.name})[0].model_dump_json().encode()
    )
    headers = {"Idempotency-Replayed": "true"} if kept.repeated else {}
    return Response(answer, 201, headers, JSON)


@router.get("/by-hand", summary="Manual readings, newest first")
def list_manual_readings(
    request: Request,
    person: Viewer,
    room: Ident | None = None,
    start: TimeIn | None = None,
    end: TimeIn | None = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Maximum number of items.")] = 50,
    cursor: Cursor = None,
) -> PageOut[ManualReadingListOut]:
    """`start` and `end` select by the time of the reading; the order is that of entry."""
    context = context_of(request)
    with context.dbs.journal.read() as tx:
        rows = typed(tx, room, start, end, limit, id_of_cursor(cursor))
    with context.dbs.records.read() as tx:
        names = people_names(tx)
    return PageOut(items=_manual_reading_out(context, rows, names), next=cursor_after(rows, limit))


def _manual_reading_out(
    context: ApiContext, rows: list[ManualReading], names: Mapping[int, str]
) -> list[ManualReadingListOut]:
    return [_comparison_out(comparison, names) for comparison in compared(context.dbs, context.history, rows)]


def _comparison_out(comparison: ProbeComparison, names: Mapping[int, str]) -> ManualReadingListOut:
    typed, difference = comparison.typed, comparison.difference
    facts = {
        **asdict(typed),
        **{metric: typed.values.get(metric) for metric in TYPED},
        "probe": comparison.probe,
        "difference": None if difference is None else round(difference, 2),
    }
    return ManualReadingListOut.model_validate(facts, context={"people": names})
