"""Alerts, and what people did about them."""

from enum import StrEnum
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Connection

from api.context import context_of
from api.paging import Cursor, Limit, PageOut, cursor_after, id_of_cursor
from api.problems import missing
from api.security import require
from api.shapes import Ident, Kg, RowOut, Text
from api.times import Time
from api.writes import IdempotencyKey, write_once
from core.alerts.alerts import OPEN, Alert, AlertStatus, Condition, Severity
from core.alerts.judging import Reason
from core.metrics import Verdict
from core.people.people import Person, sees_lots, visible_cooperative
from core.rooms.places import PositionClass
from store.alerts import alert_events, lifecycle
from store.alerts import alerts as store
from store.alerts.verdicts import verdict_of, verdicts

router = APIRouter(prefix="/alerts", tags=["alerts"])
Viewer = Annotated[Person, Depends(require("see_alerts"))]
Goer = Annotated[Person, Depends(require("acknowledge"))]


class AlertFilterIn(StrEnum):
    """`open` means active or acknowledged."""

    OPEN = "open"
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    CLOSED = "closed"


_EXAMPLE: JsonDict = {
    "id": 12,
    "room": 3,
    "condition": "low",
    "metric": "temperature",
    "class": "air",
    "severity": "warning",
    "status": "acknowledged",
    "since": "2026-01-14T03:02:10Z",
    "activated_at": "2026-01-14T03:12:10Z",
    "acknowledged_at": "2026-01-14T03:14:02Z",
    "acknowledged_by": 4,
    "resolved_at": None,
    "resolved_reason": None,
    "closed_at": None,
    "closed_by": None,
    "cause": None,
    "action": None,
    "limit": 2.5,
    "value": 1.2,
    "worst": 1.1,
    "worst_at": "2026-01-14T03:18:40Z",
    "spot": "door",
    "verdict": "freezing",
}


class AlertOut(RowOut):
    """`limit` is the bound that was passed; `value` the newest worst value, `worst` the worst of all;
    `acknowledged_by` and `closed_by` are people;
    `verdict` is the word that board and SMS use, null where the alert is about no limit."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    room: int
    condition: Condition
    metric: str
    position_class: PositionClass | Literal[""] = Field(serialization_alias="class")
    severity: Severity
    status: AlertStatus
    since: Time
    activated_at: Time
    acknowledged_at: Time | None
    acknowledged_by: int | None
    resolved_at: Time | None
    resolved_reason: Reason | None
    closed_at: Time | None
    closed_by: int | None
    cause: str | None
    action: str | None
    limit: float
    value: float
    worst: float
    worst_at: Time
    spot: str | None
    verdict: Verdict | None = None


class EventOut(RowOut):
    at: Time
    kind: str
    by: int | None
    facts: dict[str, object]


class LotAtRisk(BaseModel):
    lot: int
    kg: Kg


class AlertFull(AlertOut):
    """`lots`: the lots in the room when the alert began; a clerk sees only their own cooperative's lots."""

    events: list[EventOut]
    lots: list[LotAtRisk]


class CloseIn(BaseModel):
    """A critical alert needs a cause and an action to be closed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"cause": "门没关严", "action": "关门，盖了门边的垛"}]}
    )

    cause: Text | None = None
    action: Text | None = None


def _alert_out(alert: Alert, verdict: Verdict | None) -> AlertOut:
    facts = {name: getattr(alert, name) for name in AlertOut.model_fields if hasattr(alert, name)}
    return AlertOut.model_validate({**facts, **alert.evidence.figures._asdict(), "verdict": verdict})


def _alert_row_out(tx: Connection, alert: Alert) -> AlertOut:
    return _alert_out(alert, verdict_of(tx, alert))


@router.get("", summary="Alerts, newest first")
def list_alerts(
    request: Request,
    person: Viewer,
    room: Ident | None = None,
    status: AlertFilterIn | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOut[AlertOut]:
    wanted = OPEN if status == AlertFilterIn.OPEN else [AlertStatus(status)] if status else None
    with context_of(request).dbs.records.read() as tx:
        alerts = store.alerts(tx, room=room, status=wanted, limit=limit, before_id=id_of_cursor(cursor))
        verdict_by_alert = {alert.id: verdict for alert, verdict in verdicts(tx, alerts)}
    items = [_alert_out(alert, verdict_by_alert.get(alert.id)) for alert in alerts]
    return PageOut(items=items, next=cursor_after(alerts, limit))


@router.get("/{alert}", summary="One alert with its events and lots")
def get_alert(request: Request, person: Viewer, alert: Ident) -> AlertFull:
    with context_of(request).dbs.records.read() as tx:
        row = store.alert(tx, alert)
        if row is None:
            raise missing("alert", alert)
        out, events = _alert_row_out(tx, row), alert_events.events(tx, alert)
        lots = store.lots_of(tx, alert, visible_cooperative(person)) if sees_lots(person) else {}
    return AlertFull.model_validate(
        {
            **dict(out),
            "events": events,
            "lots": [{"lot": lot, "grams": grams} for lot, grams in lots.items()],
        },
    )


@router.post("/{alert}/acknowledge", summary="Acknowledge an alert", response_model=AlertOut)
def acknowledge_alert(request: Request, person: Goer, alert: Ident, key: IdempotencyKey = None) -> Response:
    """Repeating it changes nothing. 409 if somebody else has acknowledged it or it is over."""

    def change(tx: Connection, now: int) -> AlertOut:
        return _alert_row_out(tx, lifecycle.acknowledge(tx, now, alert, person.id, "api"))

    return write_once(request, person, key, None, change)


@router.post("/{alert}/close", summary="Close an alert", response_model=AlertOut)
def close_alert(
    request: Request, person: Goer, alert: Ident, body: CloseIn, key: IdempotencyKey = None
) -> Response:
    def change(tx: Connection, now: int) -> AlertOut:
        return _alert_row_out(tx, lifecycle.close(tx, now, alert, person.id, body.cause, body.action))

    return write_once(request, person, key, body, change)
