"""Reports as files: a room's month, patrols, stock, calibrations."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response

from api.context import context_of
from api.problems import Problem, missing
from api.security import require
from api.shapes import Ident
from core.people.people import Person
from store.rooms.places import room as one_room

router = APIRouter(prefix="/export", tags=["export"])
Exporter = Annotated[Person, Depends(require("export"))]


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


_FILES = {
    200: {
        "description": "The file.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                "schema": {"type": "string", "format": "binary"}
            },
        },
    }
}
Month = Annotated[str, Query(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-01"])]
As = Annotated[Format, Query(alias="format")]


@router.get(
    "/rooms/{room}",
    summary="A room's month: temperature and humidity by the hour",
    response_class=Response,
    responses=_FILES,  # type: ignore[arg-type]
)
def export_room_month(
    request: Request,
    person: Exporter,
    room: Ident,
    month: Month,
    form: As = Format.CSV,
) -> Response:
    with context_of(request).dbs.records.read() as tx:
        if one_room(tx, room) is None:
            raise missing("room", room)
    return _file(request, "room-month", {"room": room, "month": month}, form, person)


@router.get(
    "/patrols",
    summary="A month's patrols, with the missing ones",
    response_class=Response,
    responses=_FILES,  # type: ignore[arg-type]
)
def export_patrols(
    request: Request,
    person: Exporter,
    month: Month,
    room: Annotated[Ident | None, Query(description="Default: all rooms.")] = None,
    form: As = Format.CSV,
) -> Response:
    if room is not None:
        with context_of(request).dbs.records.read() as tx:
            if one_room(tx, room) is None:
                raise missing("room", room)
    return _file(request, "patrols", {"room": room, "month": month}, form, person)


@router.get(
    "/stock",
    summary="Stock by lot and room, with owners",
    response_class=Response,
    responses=_FILES,  # type: ignore[arg-type]
)
def export_stock(request: Request, person: Exporter, form: As = Format.CSV) -> Response:
    return _file(request, "stock", {}, form, person)


@router.get(
    "/calibrations",
    summary="Calibrations of all probes",
    response_class=Response,
    responses=_FILES,  # type: ignore[arg-type]
)
def export_calibrations(request: Request, person: Exporter, form: As = Format.CSV) -> Response:
    return _file(request, "calibrations", {}, form, person)


def _file(request: Request, kind: str, facts: dict[str, object], form: Format, person: Person) -> Response:
    export = context_of(request).export
    if export is None:
        raise Problem(503, "export-unavailable", "这里还不能导出文件")
    made = export(kind, facts, str(form), person)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.filename)}",
        "Cache-Control": "no-store",
    }
    return Response(made.content, media_type=made.content_type, headers=headers)
