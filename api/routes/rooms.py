"""Every room as it is now, and what its probes measured."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api import curves
from api.context import ApiContext, context_of
from api.paging import Cursor, Limit, PageOut, slice_of
from api.problems import missing
from api.security import require
from api.shapes import LIMIT_EXAMPLE, Ident, LimitOut, NamedOut, flag_names, kg, limit_out, unit
from api.times import Time
from core.catalogue.produce import Produce
from core.overview.status import ProbeNow
from core.people.people import Person
from core.rooms.places import PositionClass
from store.catalogue import produce as produce_store
from store.overview.room_status import RoomNow, room_now, rooms_now
from store.readings.curves import room_curve
from store.rooms import limits as limit_store
from store.rooms.places import room as one_room

router = APIRouter(prefix="/rooms", tags=["rooms"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]


class SiteOut(NamedOut):
    timezone: str


class ContentOut(BaseModel):
    produce: str
    name: str
    kg: float


class LastValueOut(BaseModel):
    value: float
    at: Time


class ManualReadingOut(BaseModel):
    """What a person read off a thermometer."""

    value: float
    spot: str
    at: Time


class RoomAlertOut(BaseModel):
    id: int
    condition: str
    severity: str
    status: str
    since: Time


class ProbeOut(BaseModel):
    """`fresh` is whether the value may be called now; `doubtful`, that it cannot be true."""

    device: str
    position: str | None
    spot: str
    position_class: str = Field(serialization_alias="class")
    metric: str
    value: float
    unit: str
    at: Time
    flags: list[str]
    fresh: bool
    doubtful: bool


class RoomOut(BaseModel):
    """`state`: ok, attention, danger, no_data, empty, resting (for the season), unregistered (nobody said
    what it should keep).
    `verdict`: too_warm, freezing, too_cold, too_dry, too_damp, co2_high or null. `temperature` is the air
    at the worst position, null where no value is fresh; then `last` is the newest one known, and `by_hand`
    what a person read there since. `direction` is up, down or null. `limit` is what the air should keep."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 3,
                    "name": "3号库",
                    "kind": "cold_room",
                    "site": {"id": 1, "name": "古池库区", "timezone": "Asia/Shanghai"},
                    "state": "attention",
                    "verdict": "freezing",
                    "temperature": 1.2,
                    "spot": "door",
                    "at": "2026-01-14T03:19:40Z",
                    "direction": "down",
                    "limit": LIMIT_EXAMPLE,
                    "humidity": 91.0,
                    "co2": None,
                    "last": None,
                    "by_hand": None,
                    "contents": [{"produce": "potato_table", "name": "土豆", "kg": 38000.0}],
                    "alert": {
                        "id": 12,
                        "condition": "low",
                        "severity": "warning",
                        "status": "active",
                        "since": "2026-01-14T03:02:10Z",
                    },
                    "interval_s": 30,
                    "capacity_kg": 50000.0,
                    "use": "potato_table",
                    "limits_from": "contents",
                    "empty_since": None,
                    "resting_since": None,
                }
            ]
        }
    )

    id: int
    name: str
    kind: str
    site: SiteOut
    state: str
    verdict: str | None
    temperature: float | None
    spot: str | None
    at: Time | None
    direction: str | None
    limit: LimitOut | None
    humidity: float | None
    co2: float | None
    last: LastValueOut | None
    by_hand: ManualReadingOut | None
    contents: list[ContentOut]
    alert: RoomAlertOut | None
    interval_s: int | None
    capacity_kg: float | None
    use: str | None
    limits_from: str
    empty_since: Time | None
    resting_since: Time | None


class RoomFull(RoomOut):
    limits: list[LimitOut]
    probes: list[ProbeOut]


@router.get("", summary="All rooms, worst first")
def list_rooms(
    request: Request, person: Viewer, limit: Limit = 500, cursor: Cursor = None
) -> PageOut[RoomOut]:
    context = context_of(request)
    names = _produce(context)
    page, next_cursor = slice_of(rooms_now(context.dbs, context.now(), context.history), limit, cursor)
    return PageOut(items=[RoomOut.model_validate(_facts(status, names)) for status in page], next=next_cursor)


@router.get("/{room}", summary="One room with its probes and limits")
def get_room(request: Request, person: Viewer, room: Ident) -> RoomFull:
    context = context_of(request)
    status = room_now(context.dbs, room, context.now(), context.history)
    if status is None:
        raise missing("room", room)
    with context.dbs.records.read() as tx:
        limits = limit_store.current(tx, room)
    return RoomFull.model_validate(
        {
            **_facts(status, _produce(context)),
            "limits": [limit_out(limit) for limit in limits],
            "probes": [_probe(probe) for probe in status.probes],
        }
    )


@router.get("/{room}/history", summary="What a room's probes measured", response_model=curves.CurveOut)
def room_history(
    request: Request,
    person: Viewer,
    room: Ident,
    metric: curves.Metric = "temperature",
    start: curves.Start = None,
    end: curves.End = None,
    points: curves.Points = 1000,
    doubtful: curves.Doubtful = False,
    position: curves.Position = None,
    position_class: Annotated[PositionClass | None, Query(alias="class")] = None,
) -> Response:
    """Minimum of minima, mean of means, maximum of maxima over the probes of one class that stood there
    then; the air's where nothing else is asked."""
    context = context_of(request)
    now = context.now()
    first, last = curves.window(metric, start, end, now)
    with context.dbs.records.read() as tx:
        row = one_room(tx, room)
    if row is None:
        raise missing("room", room)
    of_class = str(position_class) if position_class else None
    curve = room_curve(
        context.dbs,
        context.history,
        room,
        metric,
        first,
        last,
        points,
        of_class,
        position,
        now,
        doubtful=doubtful,
    )
    return curves.answer(curve, doubtful)


def _produce(context: ApiContext) -> dict[str, Produce]:
    with context.dbs.records.read() as tx:
        return produce_store.produce(tx)


def _facts(status: RoomNow, names: dict[str, Produce]) -> dict[str, object]:
    room = status.room
    return {
        "id": room.id,
        "name": room.name,
        "kind": room.kind,
        "site": SiteOut(id=status.site.id, name=status.site.name, timezone=status.site.timezone),
        "state": status.state,
        "verdict": status.verdict,
        "temperature": status.value,
        "spot": status.spot,
        "at": status.at,
        "direction": status.direction,
        "limit": limit_out(status.limit) if status.limit else None,
        "humidity": status.humidity,
        "co2": status.co2,
        "last": _last(status),
        "by_hand": _read(status),
        "contents": [
            ContentOut(
                produce=produce, name=names[produce].name if produce in names else produce, kg=kg(grams)
            )
            for produce, grams in status.contents
        ],
        "alert": _alert(status),
        "interval_s": status.interval_s,
        "capacity_kg": kg(room.capacity_grams) if room.capacity_grams is not None else None,
        "use": room.use,
        "limits_from": room.limits_from,
        "empty_since": room.empty_since,
        "resting_since": status.rest.since if status.rest else None,
    }


def _last(status: RoomNow) -> LastValueOut | None:
    if status.last_value is None or status.last_at is None:
        return None
    return LastValueOut(value=status.last_value, at=status.last_at)


def _read(status: RoomNow) -> ManualReadingOut | None:
    manual_reading = status.read
    return (
        ManualReadingOut(value=manual_reading.value, spot=manual_reading.spot, at=manual_reading.at)
        if manual_reading is not None
        else None
    )


def _alert(status: RoomNow) -> RoomAlertOut | None:
    alert = status.alert
    if alert is None:
        return None
    return RoomAlertOut(
        id=alert.id,
        condition=alert.condition,
        severity=alert.severity,
        status=alert.status,
        since=alert.since,
    )


def _probe(probe: ProbeNow) -> ProbeOut:
    return ProbeOut(
        device=probe.device,
        position=probe.position or None,
        spot=probe.spot,
        position_class=probe.position_class,
        metric=probe.metric,
        value=probe.value,
        unit=unit(probe.metric),
        at=probe.at,
        flags=flag_names(probe.flags),
        fresh=probe.fresh,
        doubtful=probe.doubtful,
    )
