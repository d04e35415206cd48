"""Hardware that has spoken: what it is, whether it is there, and what people do with it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Connection

from api import curves
from api.context import context
from api.paging import Cursor, Limit, PageOut, slice_of
from api.problems import missing
from api.routes.placements import PlacementOut
from api.routes.placements import shown as placement_shown
from api.routes.readings import where
from api.security import require
from api.shapes import ReadingOut, reading
from api.times import Time
from api.writes import IdempotencyKey, once
from core.devices.probe_replacement import pairs
from core.people.people import Person
from core.rooms.places import Placement
from store.devices.device_names import rename
from store.devices.device_status import DeviceStatus, hardware
from store.devices.devices import Device, device
from store.devices.probe_removals import replace
from store.journal.latest import latest_values
from store.readings.calibrations import corrections
from store.readings.curves import device_curve
from store.rooms.places import placements

router = APIRouter(prefix="/devices", tags=["devices"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]
Technician = Annotated[Person, Depends(require("place_devices"))]
_DEVICE: JsonDict = {
    "id": "coldroom-3",
    "family": "coldshed",
    "name": "coldroom-3",
    "room": 3,
    "online": True,
    "battery": 87,
    "last_seen": "2026-01-14T03:19:40Z",
    "interval_s": 30,
    "link": "good",
    "calibration_due": "2027-01-14T03:00:00Z",
}


class DeviceOut(BaseModel):
    """`name` is what people call it, else what its own system does, else its id. `online` is null where
    nobody can know yet: it never says so itself, and how often it speaks (`interval_s`) is not learned; false
    where it says that it is gone, or has said nothing for three times its interval (ten minutes at
    least). `battery` is per cent; `link` is good, fair, poor or null; `calibration_due` the next date of its
    probes."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DEVICE]})

    id: str
    family: str
    name: str
    room: int | None
    online: bool | None
    battery: float | None
    last_seen: Time
    interval_s: int | None
    link: str | None
    calibration_due: Time | None


class DeviceFull(DeviceOut):
    first_seen: Time
    online_at: Time | None
    gateway: str | None
    removed_at: Time | None
    readings: list[ReadingOut]


class NameIn(BaseModel):
    """Empty: it is called as it calls itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "靠墙那个"}]})

    name: Annotated[str, Field(max_length=100)]


class ReplaceIn(BaseModel):
    """`new` is the device that takes the place. Where the old one has several probes in rooms each goes by
    its name, unless `position` (and `new_position`) say which."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"new": "probe-9"}]})

    new: Annotated[str, Field(min_length=1, max_length=200)]
    position: Annotated[str, Field(max_length=200)] | None = None
    new_position: Annotated[str, Field(max_length=200)] | None = None


class ReplacedOut(BaseModel):
    """Where the new one stands now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device": "coldroom-3",
                    "new": "probe-9",
                    "placements": [
                        {
                            "device": "probe-9",
                            "position": None,
                            "room": 3,
                            "spot": "door",
                            "class": "air",
                            "valid_from": "2026-01-14T03:19:40Z",
                            "valid_to": None,
                        }
                    ],
                }
            ]
        }
    )

    device: str
    new: str
    placements: list[PlacementOut]


def _facts(found: DeviceStatus, standing: list[Placement]) -> dict[str, object]:
    return {
        "id": found.id,
        "family": found.device.family,
        "name": found.name,
        "room": next((place.room for place in standing if place.device == found.id), None),
        "online": found.online,
        "battery": found.battery,
        "last_seen": found.device.last_seen,
        "interval_s": None if found.interval is None else max(1, round(found.interval / 1000)),
        "link": found.link,
        "calibration_due": found.due_at,
    }


@router.get("", summary="All devices")
def list_devices(
    request: Request, who: Viewer, limit: Limit = 500, cursor: Cursor = None
) -> PageOut[DeviceOut]:
    about = context(request)
    with about.dbs.records.read() as tx:
        standing = placements(tx, at=about.now())
    known = [one for one in hardware(about.dbs, about.now()) if one.device.first_seen]
    piece, following = slice_of(known, limit, cursor)
    items = [DeviceOut.model_validate(_facts(one, standing)) for one in piece]
    return PageOut(items=items, next=following)


@router.get(
    "/{device:path}/history",
    summary="What a device measured",
    response_model=curves.CurveOut,
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
    doubtful: curves.Doubtful = False,
    position: Annotated[
        str | None, Query(max_length=200, description="One of its probes; empty for the unnamed one.")
    ] = None,
) -> Response:
    """All its positions together, or one."""
    about = context(request)
    now = about.now()
    first, last = curves.window(metric, start, end, now)
    _must(request, device)
    found = device_curve(
        about.dbs, about.history, device, metric, first, last, points, position, now, doubtful=doubtful
    )
    return curves.answer(found, doubtful)


@router.put("/{device:path}/name", summary="What people call it", response_model=DeviceOut)
def call(
    request: Request, who: Technician, device: str, body: NameIn, key: IdempotencyKey = None
) -> Response:
    _must(request, device)
    about = context(request)
    found = next(one for one in hardware(about.dbs, about.now()) if one.id == device)
    with about.dbs.records.read() as tx:
        standing = placements(tx, at=about.now())

    def change(tx: Connection, now: int) -> DeviceOut:
        name = rename(tx, now, device, body.name, who.id) or found.device.name or device
        return DeviceOut.model_validate({**_facts(found, standing), "name": name})

    return once(request, who, key, body, change)


@router.post("/{device:path}/replace", summary="Put another device in its place", response_model=ReplacedOut)
def swap(
    request: Request, who: Technician, device: str, body: ReplaceIn, key: IdempotencyKey = None
) -> Response:
    """The new one stands from now on where the old one stood: the room's curve, limits and alerts go on.
    Calibrations stay with the hardware they were made on."""
    about = context(request)
    _must(request, body.new)
    new = next(one for one in hardware(about.dbs, about.now()) if one.id == body.new)
    measuring = [probe.position for probe in new.probes]

    def change(tx: Connection, now: int) -> ReplacedOut:
        placed = [place.position for place in placements(tx) if place.device == device]
        made = []
        for old, position in pairs(placed, measuring, body.position, body.new_position):
            before = replace(tx, now, device, old, body.new, position, who.id)
            made.append(Placement(body.new, position, before.room, before.spot, now))
        return ReplacedOut(device=device, new=body.new, placements=[placement_shown(one) for one in made])

    return once(request, who, key, body, change)


@router.get("/{device:path}", summary="One device and its newest readings")
def one_device(request: Request, who: Viewer, device: str) -> DeviceFull:
    about = context(request)
    known = _must(request, device)
    found = next(one for one in hardware(about.dbs, about.now()) if one.id == device)
    with about.dbs.records.read() as tx:
        standing = placements(tx, at=about.now())
        steps = corrections(tx)
    with about.dbs.journal.read() as tx:
        values = sorted(value for value in latest_values(tx, steps) if value.device == device)
    at = where(standing)
    return DeviceFull.model_validate(
        {
            **_facts(found, standing),
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
