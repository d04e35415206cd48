"""The latest readings, and rejected messages."""

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BeforeValidator, ConfigDict, Field

from api.context import context_of
from api.paging import Cursor, Limit, PageOut, cursor_after, id_of_cursor, page_of_rows
from api.security import require
from api.shapes import Ident, ReadingOut, RowOut, reading_out
from api.times import Time
from core.people.people import Person
from core.readings.manual_readings import manual_placement
from core.rooms.places import Placement
from store.decoding import rejected as rejected_store
from store.journal.latest import latest_values
from store.readings.calibrations import corrections
from store.rooms.places import placements

router = APIRouter(prefix="/readings", tags=["readings"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]


@router.get("/latest", summary="The latest reading of every series")
def list_latest(
    request: Request,
    person: Viewer,
    device: Annotated[str | None, Query(max_length=200)] = None,
    room: Ident | None = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> PageOut[ReadingOut]:
    """Includes devices without a placement (`room` null)."""
    context = context_of(request)
    with context.dbs.records.read() as tx:
        placement_of = placements_by_probe(placements(tx, at=context.now()))
        offsets = corrections(tx)
    with context.dbs.journal.read() as tx:
        values = latest_values(tx, offsets)
    placed_values = [
        (
            value,
            placement_of.get((value.device, value.position))
            or manual_placement(value.device, value.position),
        )
        for value in sorted(values)
        if device is None or value.device == device
    ]
    if room is not None:
        placed_values = [
            (value, place) for value, place in placed_values if place is not None and place.room == room
        ]
    page, next_cursor = page_of_rows(placed_values, limit, cursor)
    return PageOut(items=[reading_out(value, place) for value, place in page], next=next_cursor)


def placements_by_probe(placements: list[Placement]) -> dict[tuple[str, str], Placement]:
    """Placements by (device, position)."""
    return {(placement.device, placement.position): placement for placement in placements}


def _text(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


def _base64(payload: bytes) -> str:
    return base64.b64encode(payload).decode()


class RejectedOut(RowOut):
    """`payload`: the first 4 KB if they are text, else null and only `payload_base64`."""

    id: int
    at: Time
    topic: str
    reason: str
    detail: str
    payload: Annotated[str | None, BeforeValidator(_text)]
    payload_base64: Annotated[str, BeforeValidator(_base64), Field(validation_alias="payload")]
    size: int


class RejectedCount(RowOut):
    topic: str
    reason: str
    count: int = Field(validation_alias="times")
    last_at: Time


class RejectedPage(PageOut[RejectedOut]):
    """`counts`: the total per topic and reason; only the last hundred messages of each are kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "id": 7,
                            "at": "2026-01-14T03:19:40Z",
                            "topic": "coldshed/v1/probe-9/readings",
                            "reason": "not_json",
                            "detail": "expected a value at column 1",
                            "payload": "hello",
                            "payload_base64": "aGVsbG8=",
                            "size": 5,
                        }
                    ],
                    "next": None,
                    "counts": [
                        {
                            "topic": "coldshed/v1/probe-9/readings",
                            "reason": "not_json",
                            "count": 3,
                            "last_at": "2026-01-14T03:19:40Z",
                        }
                    ],
                }
            ]
        }
    )

    counts: list[RejectedCount]


@router.get("/rejected", summary="Rejected messages, newest first")
def list_rejected(request: Request, person: Viewer, limit: Limit = 50, cursor: Cursor = None) -> RejectedPage:
    with context_of(request).dbs.journal.read() as tx:
        messages = rejected_store.rejected(tx, limit, id_of_cursor(cursor))
        counts = rejected_store.counts(tx)
    return RejectedPage(
        items=[RejectedOut.model_validate(message) for message in messages],
        next=cursor_after(messages, limit),
        counts=[RejectedCount.model_validate(count) for count in counts],
    )
