"""Notifications: messages to people, and their delivery."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import ConfigDict

from api.context import context_of
from api.paging import Cursor, Limit, PageOut, cursor_after, id_of_cursor
from api.security import require
from api.shapes import Ident, RowOut
from api.times import Time
from core.notifications.escalation import NotificationKind
from core.people.people import Person
from store.notifications import notifications as store

router = APIRouter(prefix="/notifications", tags=["alerts"])
Viewer = Annotated[Person, Depends(require("see_alerts"))]
NotificationStatus = Literal["queued", "sent", "failed", "dropped"]


class NotificationOut(RowOut):
    """`kind`: why it was sent. `status`: queued, sent, failed, or dropped (the alert ended before it was
    sent). `error` is that of the last attempt."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 31,
                    "alert": 12,
                    "person": 4,
                    "channel": "pretend",
                    "kind": "first",
                    "text": "【万宝山联合社】3号库要冻了!门边1.2度还在降。回1我去,回2换人",
                    "status": "sent",
                    "queued_at": "2026-01-14T03:12:10Z",
                    "sent_at": "2026-01-14T03:12:11Z",
                    "attempts": 1,
                    "error": None,
                }
            ]
        }
    )

    id: int
    alert: int | None
    person: int
    channel: str
    kind: NotificationKind
    text: str
    status: NotificationStatus
    queued_at: Time
    sent_at: Time | None
    attempts: int
    error: str | None


@router.get("", summary="Notifications, newest first")
def list_notifications(
    request: Request,
    person: Viewer,
    alert: Ident | None = None,
    status: NotificationStatus | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOut[NotificationOut]:
    with context_of(request).dbs.records.read() as tx:
        rows = store.notifications(
            tx, alert=alert, status=status, limit=limit, before_id=id_of_cursor(cursor)
        )
    items = [NotificationOut.model_validate(row) for row in rows]
    return PageOut(items=items, next=cursor_after(rows, limit))
