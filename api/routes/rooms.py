"""Rooms as they are now, and their history."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict

from api import curves
from api.context import ApiContext, context_of
from api.paging import Cursor, Limit, PageOut, page_of_rows
from api.problems import missing
from api.security import require
from api.shapes import (
    LIMIT_EXAMPLE,
    Class,
    Flags,
    Ident,
    Kg,
    LimitOut,
    NamedOut,
    ProbeName,
    RowOut,
    Spot,
    Unit,
)
from api.times import Time
from core.alerts.alerts import AlertStatus, Condition, Severity
from core.catalogue.produce import Produce
from core.metrics import Verdict
from core.overview.status import RoomState
from core.people.people import Person
from core.rooms.places import PositionClass, RoomKind
from store.catalogue import produce as produce_store
from store.overview.room_status import RoomNow, room_now, rooms_now
from store.readings.curve_query import CurveQuery
from store.readings.curves import room_curve
from store.rooms import limits as limit_store
from store.rooms.places import room as one_room

router = APIRouter(prefix="/rooms", tags=["rooms"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]


class SiteOut(NamedOut):
    timezone: str


class ContentOut(RowOut):
    produce: str
    name: str
    kg: Kg


class LastValueOut(RowOut):
    value: float
    at: Time


class ManualReadingOut(RowOut):
    """What a person read off a thermometer."""

    value: float
    spot: Spot
    at: Time


class RoomAlertOut(RowOut):
    id: int
    condition: Condition
    severity: Severity
    status: AlertStatus
    since: Time


class ProbeOut(RowOut):
    """`fresh`: recent enough to be shown as current; `doubtful`: the value cannot be true."""

    device: str
    position: ProbeName
    spot: Spot
    position_class: Class
    metric: str
    value: float
    unit: Unit
    at: Time
    flags: Flags
    fresh: bool
    doubtful: bool


class RoomOut(RowOut):
    """`state` and `verdict` are explained in docs/api.md. `temperature`: the air at the worst position, null
    if no value is fresh; then `last` is the latest known one, and `by_hand` what a person has read there
    since. `direction` is up, down or null. `limit`: the limit for the air temperature."""

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
    kind: RoomKind
    site: SiteOut
    state: RoomState
    verdict: Verdict | None
    temperature: float | None
    spot: Spot | None
    at: Time | None
    direction: Literal["up", "down"] | None
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
    limits_from: Literal["contents", "hand"]
    empty_since: Time | None
    resting_since: Time | None


class RoomFull(RoomOut):
    limits: list[LimitOut]
    probes: list[ProbeOut]


@router.get("", summary="Rooms, worst first")
def list_rooms(
    request: Request, person: Viewer, limit: Limit = 500, cursor: Cursor = None
) -> PageOut[RoomOut]:
    context = context_of(request)
    names = _produce(context)
    page, next_cursor = page_of_rows(rooms_now(context.dbs, context.now(), context.history), limit, cursor)
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
            "limits": limits,
            "probes": status.probes,
        }
    )


@router.get("/{room}/history", summary="History of a room", response_model=curves.CurveOut)
def get_room_history(
    request: Request,
    person: Viewer,
    room: Ident,
    query: curves.CurveParameters,
    position: Annotated[
        str | None,
        Query(max_length=200, description="One spot (door, middle, back, pile, outside), device or probe."),
    ] = None,
    position_class: Annotated[PositionClass | None, Query(alias="class")] = None,
) -> Response:
    """Minimum of minima, mean of means and maximum of maxima over the probes of one class that were in the
    room at the time; default: air."""
    context = context_of(request)
    now = context.now()
    start, end = query.window(now)
    with context.dbs.records.read() as tx:
        if one_room(tx, room) is None:
            raise missing("room", room)
    curve = room_curve(
        context.dbs,
        context.history,
        room,
        CurveQuery(
            metric=query.metric,
            start=start,
            end=end,
            points=query.points,
            position_class=str(position_class) if position_class else None,
            position=position,
            now=now,
            doubtful=query.doubtful,
        ),
    )
    return curves.curve_response(curve, query.doubtful)


def _produce(context: ApiContext) -> dict[str, Produce]:
    with context.dbs.records.read() as tx:
        return produce_store.produce(tx)


def _facts(status: RoomNow, names: dict[str, Produce]) -> dict[str, object]:
    room = status.room
    return {
        **asdict(room),
        "site": status.site,
        "state": status.state,
        "verdict": status.verdict,
        "temperature": status.value,
        "spot": status.spot,
        "at": status.at,
        "direction": status.direction,
        "limit": status.limit,
        "humidity": status.humidity,
        "co2": status.co2,
        "last": _last(status),
        "by_hand": status.read,
        "contents": [
            {"produce": produce, "name": names[produce].name if produce in names else produce, "grams": grams}
            for produce, grams in status.contents
        ],
        "alert": status.alert,
        "interval_s": status.interval_s,
        "capacity_kg": None if room.capacity_grams is None else room.capacity_grams / 1000,
        "resting_since": status.rest.since if status.rest else None,
    }


def _last(status: RoomNow) -> LastValueOut | None:
    if status.last_value is None or status.last_at is None:
        return None
    return LastValueOut(value=status.last_value, at=status.last_at)
