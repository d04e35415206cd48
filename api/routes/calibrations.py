"""Calibrations: an offset of one series, valid from a full hour on."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Connection

from api.context import context_of
from api.paging import Cursor, Limit, PageOut, page_of_rows
from api.problems import Problem, missing
from api.security import require
from api.shapes import ProbeName, RowOut, Unit
from api.times import Time, TimeIn
from api.writes import IdempotencyKey, write_once
from core.people.people import Person
from core.readings.calibrations import Method, NewCalibration
from store.journal.series import all_series
from store.readings.calibrations import calibrate, calibrations

router = APIRouter(prefix="/calibrations", tags=["devices"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]
Technician = Annotated[Person, Depends(require("place_devices"))]
Value = Annotated[float | None, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
_ASKED: JsonDict = {
    "device": "coldroom-3",
    "position": "door",
    "metric": "temperature",
    "reference": 0.0,
    "measured": 0.3,
    "method": "ice",
    "done_at": "2026-01-14T03:10:00Z",
    "due_at": "2027-01-14T03:10:00Z",
    "certificate": "",
}


class CalibrationIn(BaseModel):
    """Either `offset` (added to the measured value), or `reference` (the true value) and `measured` (the raw
    value). `done_at` defaults to now; the calibration is valid from the start of that hour."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASKED]})

    device: Annotated[str, Field(min_length=1, max_length=200)]
    position: Annotated[str, Field(max_length=200)] | None = None
    metric: Annotated[str, Field(max_length=40)] = "temperature"
    offset: Value = None
    reference: Value = None
    measured: Value = None
    method: Method
    done_at: TimeIn | None = None
    due_at: TimeIn | None = None
    certificate: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=200)] = ""


class CalibrationOut(RowOut):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_ASKED,
                    "id": 7,
                    "offset": -0.3,
                    "unit": "°C",
                    "valid_from": "2026-01-14T03:00:00Z",
                    "note": "",
                    "by": 4,
                    "recorded_at": "2026-01-14T03:10:00Z",
                }
            ]
        }
    )

    id: int
    device: str
    position: ProbeName
    metric: str
    offset: float
    unit: Unit
    valid_from: Time
    method: Method
    reference: float | None
    measured: float | None
    done_at: Time
    due_at: Time | None
    certificate: str
    note: str
    by: int | None
    recorded_at: Time


@router.get("", summary="Calibrations, newest first")
def list_calibrations(
    request: Request,
    person: Viewer,
    device: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> PageOut[CalibrationOut]:
    """All calibrations are kept; at any time the latest earlier one of a series is in force."""
    with context_of(request).dbs.records.read() as tx:
        rows = calibrations(tx, device)
    page, next_cursor = page_of_rows(rows, limit, cursor)
    return PageOut(items=[CalibrationOut.model_validate(row) for row in page], next=next_cursor)


@router.post("", summary="Record a calibration", status_code=201, response_model=CalibrationOut)
def create_calibration(
    request: Request, person: Technician, body: CalibrationIn, key: IdempotencyKey = None
) -> Response:
    """From now on, values of the series are shown and judged with the offset; stored values stay raw."""
    position = body.position or ""
    with context_of(request).dbs.journal.read() as tx:
        known_series = {(row.device, row.metric, row.position) for row in all_series(tx).values()}
    if (body.device, body.metric, position) not in known_series:
        raise missing("series", f"{body.device} {body.metric} {position}".strip())
    offset = body.offset
    if offset is None:
        if body.reference is None or body.measured is None:
            raise Problem(422, "no-offset", "请给差值,或者给该是多少和它说多少")
        offset = round(body.reference - body.measured, 6)

    def change(tx: Connection, now: int) -> CalibrationOut:
        made = calibrate(
            tx,
            now,
            NewCalibration(
                device=body.device,
                position=position,
                metric=body.metric,
                offset=offset,
                method=body.method,
                by=person.id,
                done_at=body.done_at,
                due_at=body.due_at,
                reference=body.reference,
                measured=body.measured,
                certificate=body.certificate,
                note=body.note,
            ),
        )
        return CalibrationOut.model_validate(
            next(row for row in calibrations(tx, body.device) if row.id == made)
        )

    return write_once(request, person, key, body, change, 201)
