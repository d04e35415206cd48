"""Hardware that has spoken."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from api import curves
from api.context import context
from api.paging import Cursor, Limit, Page, slice_of
from api.problems import missing
from api.routes.readings import where
from api.security import require
from api.shapes import Reading, reading
from api.times import Time
from core.people import Person
from core.places import Placement
from store.calibrations import corrections
from store.curves import device_curve
from store.devices import Device, device, devices
from store.newest import Newest, newest
from store.places import placements

router = APIRouter(prefix="/devices", tags=["devices"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]


class DeviceOut(BaseModel):
    """`name` is what its own system calls it, else its id. `online` is null for a device that never says;
    `battery` is per cent, null where unknown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "coldroom-3",
                    "family": "coldshed",
                    "name": "coldroom-3",
                    "room": 3,
                    "online": True,
                    "battery": 87,
                    "last_seen": "2026-01-14T03:19:40Z",
                }
            ]
        }
    )

    id: str
    family: str
    name: str
    room: int | None
    online: bool | None
    battery: float | None
    last_seen: Time


class DeviceFull(DeviceOut):
    first_seen: Time
    online_at: Time | None
    gateway: str | None
    removed_at: Time | None
    readings: list[Reading]


def _facts(found: Device, values: list[Newest], standing: list[Placement]) -> dict[str, object]:
    battery = next((v.value for v in values if v.device == found.id and v.metric == "battery"), None)
    room = next((place.room for place in standing if place.device == found.id), None)
    return {
        "id": found.id,
        "family": found.family,
        "name": found.name or found.id,
        "room": room,
        "online": found.online,
        "battery": battery,
        "last_seen": found.last_seen,
    }


@router.get("", summary="All devices")
def list_devices(request: Request, who: Viewer, limit: Limit = 500, cursor: Cursor = None) -> Page[DeviceOut]:
    about = context(request)
    with about.dbs.records.read() as tx:
        standing = placements(tx, at=about.now())
        steps = corrections(tx)
    with about.dbs.journal.read() as tx:
        known = devices(tx)
        batteries = [value for value in newest(tx, steps) if value.metric == "battery"]
    piece, following = slice_of(known, limit, cursor)
    items = [DeviceOut.model_validate(_facts(one, batteries, standing)) for one in piece]
    return Page(items=items, next=following)


@router.get(
    "/{device:path}/history",
    summary="What a device measured",
    response_model=curves.History,
    name="device_history",
)
def history(
    request: Request,
    who: Viewer,
    device: str,
    metric: curves.Metric = "temperature",
    start: curves.Start = None,
    end: curves.End = None,
    points: curves.Points = 1000,
    position: Annotated[
        str | None, Query(max_length=200, description="One of its probes; empty for the unnamed one.")
    ] = None,
) -> Response:
    """All its positions together, or one."""
    about = context(request)
    now = about.now()
    first, last = curves.window(metric, start, end, now)
    _must(request, device)
    return curves.answer(
        device_curve(about.dbs, about.history, device, metric, first, last, points, position, now)
    )


@router.get("/{device:path}", summary="One device and its newest readings")
def one_device(request: Request, who: Viewer, device: str) -> DeviceFull:
    about = context(request)
    known = _must(request, device)
    with about.dbs.records.read() as tx:
        standing = placements(tx, at=about.now())
        steps = corrections(tx)
    with about.dbs.journal.read() as tx:
        values = sorted(value for value in newest(tx, steps) if value.device == device)
    at = where(standing)
    return DeviceFull.model_validate(
        {
            **_facts(known, values, standing),
            "first_seen": known.first_seen,
            "online_at": known.online_at,
            "gateway": known.gateway or None,
            "removed_at": known.removed_at,
            "readings": [reading(value, at.get((value.device, value.position))) for value in values],
        }
    )


def _must(request: Request, ident: str) -> Device:
    with context(request).dbs.journal.read() as tx:
        found = device(tx, ident)
    if found is None:
        raise missing("device", ident)
    return found
