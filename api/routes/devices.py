"""Devices: what they are, whether they are online, and where their probes are."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Connection

from api import curves
from api.context import context_of
from api.paging import Cursor, Limit, PageOut, page_of_rows
from api.problems import missing
from api.routes.placements import PlacementOut
from api.routes.readings import placements_by_probe
from api.security import require
from api.shapes import ReadingOut, reading_out
from api.times import Time
from api.writes import IdempotencyKey, write_once
from core.devices.probe_replacement import position_pairs
from core.devices.signal_quality import SignalQuality
from core.people.people import Person
from core.rooms.places import Placement
from store.devices.device_names import rename
from store.devices.device_status import DeviceStatus, device_statuses
from store.devices.devices import Device, device
from store.devices.probe_removals import replace
from store.journal.latest import latest_values
from store.readings.calibrations import corrections
from store.readings.curve_query import CurveQuery
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
    """`name`: the name people gave it, else its own, else its id. `online` is false if the device says it is
    offline or has been silent for three times its usual interval (`interval_s`, at least ten minutes);
    null if neither is known. `battery` is in per cent, `link` is the signal quality, `calibration_due`
    the next due date of its probes."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DEVICE]})

    id: str
    family: str
    name: str
    room: int | None
    online: bool | None
    battery: float | None
    last_seen: Time
    interval_s: int | None
    link: SignalQuality | None
    calibration_due: Time | None


class DeviceFull(DeviceOut):
    first_seen: Time
    online_at: Time | None
    gateway: str | None
    removed_at: Time | None
    readings: list[ReadingOut]


class NameIn(BaseModel):
    """An empty name restores the device's own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "靠墙那个"}]})

    name: Annotated[str, Field(max_length=100)]


class ReplaceIn(BaseModel):
    """`new`: the device that takes the place. If the old device has several placed probes, they are matched
    by name, unless `position` (and `new_position`) select one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"new": "probe-9"}]})

    new: Annotated[str, Field(min_length=1, max_length=200)]
    position: Annotated[str, Field(max_length=200)] | None = None
    new_position: Annotated[str, Field(max_length=200)] | None = None


class ReplacedOut(BaseModel):
    """The placements of the new device."""

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


def _facts(status: DeviceStatus, placed: list[Placement]) -> dict[str, object]:
    return {
        "id": status.id,
        "family": status.device.family,
        "name": status.name,
        "room": next((place.room for place in placed if place.device == status.id), None),
        "online": status.online,
        "battery": status.battery,
        "last_seen": status.device.last_seen,
        "interval_s": None if status.interval is None else max(1, round(status.interval / 1000)),
        "link": status.link,
        "calibration_due": status.due_at,
    }


@router.get("", summary="Devices")
def list_devices(
    request: Request, person: Viewer, limit: Limit = 500, cursor: Cursor = None
) -> PageOut[DeviceOut]:
    context = context_of(request)
    with context.dbs.records.read() as tx:
        placed = placements(tx, at=context.now())
    heard = [status for status in device_statuses(context.dbs, context.now()) if status.device.first_seen]
    page, next_cursor = page_of_rows(heard, limit, cursor)
    items = [DeviceOut.model_validate(_facts(status, placed)) for status in page]
    return PageOut(items=items, next=next_cursor)


@router.get(
    "/{device:path}/history",
    summary="History of a device",
    response_model=curves.CurveOut,
    name="device_history",
)
def get_device_history(
    request: Request,
    person: Viewer,
    device: str,
    query: curves.CurveParameters,
    position: Annotated[
        str | None, Query(max_length=200, description="One of its probes; empty: the unnamed one.")
    ] = None,
) -> Response:
    """All its probes together, or one."""
    context = context_of(request)
    now = context.now()
    start, end = query.window(now)
    _known_device(request, device)
    curve = device_curve(
        context.dbs,
        context.history,
        device,
        CurveQuery(
            metric=query.metric,
            start=start,
            end=end,
            points=query.points,
            position=position,
            now=now,
            doubtful=query.doubtful,
        ),
    )
    return curves.curve_response(curve, query.doubtful)


@router.put("/{device:path}/name", summary="Rename a device", response_model=DeviceOut)
def rename_device(
    request: Request, person: Technician, device: str, body: NameIn, key: IdempotencyKey = None
) -> Response:
    _known_device(request, device)
    context = context_of(request)
    status = next(status for status in device_statuses(context.dbs, context.now()) if status.id == device)
    with context.dbs.records.read() as tx:
        placed = placements(tx, at=context.now())

    def change(tx: Connection, now: int) -> DeviceOut:
        name = rename(tx, now, device, body.name, person.id) or status.device.name or device
        return DeviceOut.model_validate({**_facts(status, placed), "name": name})

    return write_once(request, person, key, body, change)


@router.post("/{device:path}/replace", summary="Replace a device", response_model=ReplacedOut)
def replace_device(
    request: Request, person: Technician, device: str, body: ReplaceIn, key: IdempotencyKey = None
) -> Response:
    """The new device takes over the old one's placements from now on; the room's curve, limits and alerts
    continue. Calibrations stay with the hardware they were made for."""
    context = context_of(request)
    _known_device(request, body.new)
    new = next(status for status in device_statuses(context.dbs, context.now()) if status.id == body.new)
    measuring = [probe.position for probe in new.probes]

    def change(tx: Connection, now: int) -> ReplacedOut:
        positions = [place.position for place in placements(tx) if place.device == device]
        moved = []
        for old, position in position_pairs(positions, measuring, body.position, body.new_position):
            ended = replace(tx, now, device, old, body.new, position, person.id)
            moved.append(Placement(body.new, position, ended.room, ended.spot, now))
        return ReplacedOut(
            device=device,
            new=body.new,
            placements=[PlacementOut.model_validate(placement) for placement in moved],
        )

    return write_once(request, person, key, body, change)


@router.get("/{device:path}", summary="One device and its latest readings")
def get_device(request: Request, person: Viewer, device: str) -> DeviceFull:
    context = context_of(request)
    hardware_row = _known_device(request, device)
    status = next(status for status in device_statuses(context.dbs, context.now()) if status.id == device)
    with context.dbs.records.read() as tx:
        placed = placements(tx, at=context.now())
        offsets = corrections(tx)
    with context.dbs.journal.read() as tx:
        values = sorted(value for value in latest_values(tx, offsets) if value.device == device)
    placement_of = placements_by_probe(placed)
    return DeviceFull.model_validate(
        {
            **_facts(status, placed),
            "first_seen": hardware_row.first_seen,
            "online_at": hardware_row.online_at,
            "gateway": hardware_row.gateway or None,
            "removed_at": hardware_row.removed_at,
            "readings": [
                reading_out(value, placement_of.get((value.device, value.position))) for value in values
            ],
        }
    )


def _known_device(request: Request, ident: str) -> Device:
    with context_of(request).dbs.journal.read() as tx:
        row = device(tx, ident)
    if row is None:
        raise missing("device", ident)
    return row
