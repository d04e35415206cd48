"""Every room as it is now, and what its probes measured."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api import curves
from api.context import ApiContext, context
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
def list_rooms(request: Request, who: Viewer, limit: Limit = 500, cursor: Cursor = None) -> PageOut[RoomOut]:
    about = context(request)
    names = _produce(about)
    piece, following = slice_of(rooms_now(about.dbs, about.now(), about.history), limit, cursor)
    return PageOut(items=[RoomOut.model_validate(_facts(one, names)) for one in piece], next=following)


@router.get("/{room}", summary="One room with its probes and limits")
def get_room(request: Request, who: Viewer, room: Ident) -> RoomFull:
    about = context(request)
    found = room_now(about.dbs, room, about.now(), about.history)
    if found is None:
        raise missing("room", room)
    with about.dbs.records.read() as tx:
        limits = limit_store.current(tx, room)
    return RoomFull.model_validate(
        {
            **_facts(found, _produce(about)),
            "limits": [limit_out(limit) for limit in limits],
            "probes": [_probe(probe) for probe in found.probes],
        }
    )


@router.get("/{room}/history", summary="What a room's probes measured", response_model=curves.CurveOut)
def room_history(
    request: Request,
    who: Viewer,
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
    about = context(request)
    now = about.now()
    first, last = curves.window(metric, start, end, now)
    with about.dbs.records.read() as tx:
        known = one_room(tx, room)
    if known is None:
        raise missing("room", room)
    of_class = str(position_class) if position_class else None
    found = room_curve(
        about.dbs,
        about.history,
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
    return curves.answer(found, doubtful)


def _produce(about: ApiContext) -> dict[str, Produce]:
    with about.dbs.records.read() as tx:
        return produce_store.produce(tx)


def _facts(found: RoomNow, names: dict[str, Produce]) -> dict[str, object]:
    room = found.room
    return {
        "id": room.id,
        "name": room.name,
        "kind": room.kind,
        "site": SiteOut(id=found.site.id, name=found.site.name, timezone=found.site.timezone),
        "state": found.state,
        "verdict": found.verdict,
        "temperature": found.value,
        "spot": found.spot,
        "at": found.at,
        "direction": found.direction,
        "limit": limit_out(found.limit) if found.limit else None,
        "humidity": found.humidity,
        "co2": found.co2,
        "last": _last(found),
        "by_hand": _read(found),
        "contents": [
            ContentOut(produce=one, name=names[one].name if one in names else one, kg=kg(grams))
            for one, grams in found.contents
        ],
        "alert": _alert(found),
        "interval_s": found.interval_s,
        "capacity_kg": kg(room.capacity_grams) if room.capacity_grams is not None else None,
        "use": room.use,
        "limits_from": room.limits_from,
        "empty_since": room.empty_since,
        "resting_since": found.rest.since if found.rest else None,
    }


def _last(found: RoomNow) -> LastValueOut | None:
    if found.last_value is None or found.last_at is None:
        return None
    return LastValueOut(value=found.last_value, at=found.last_at)


def _read(found: RoomNow) -> ManualReadingOut | None:
    read = found.read
    return ManualReadingOut(value=read.value, spot=read.spot, at=read.at) if read is not None else None


def _alert(found: RoomNow) -> RoomAlertOut | None:
    alert = found.alert
    if alert is None:
        return None
    return RoomAlertOut(
        id=alert.id,
        condition=alert.condition,
        severity=alert.severity,
        status=alert.status,
        since=alert.since,
    )


def _probe(found: ProbeNow) -> ProbeOut:
    return ProbeOut(
        device=found.device,
        position=found.position or None,
        spot=found.spot,
        position_class=found.position_class,
        metric=found.metric,
        value=found.value,
        unit=unit(found.metric),
        at=found.at,
        flags=flag_names(found.flags),
        fresh=found.fresh,
        doubtful=found.doubtful,
    )
