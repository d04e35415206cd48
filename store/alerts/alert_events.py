"""Events of alerts, append-only."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, insert

from store.alerts.tables import alert_events as table
from store.columns import columns


class AlertEvent(NamedTuple):
    id: int
    alert: int
    at: int
    kind: str
    by: int | None
    facts: dict[str, Any]


_COLUMNS = columns(table, AlertEvent)


def events(tx: Connection, alert: int) -> list[AlertEvent]:
    """An alert's events, oldest first."""
    query = _COLUMNS.select().where(table.c.alert == alert).order_by(table.c.id)
    return _COLUMNS.all(tx, query)


def note_event(
    tx: Connection, now: int, alert: int, kind: str, by: int | None = None, **facts: object
) -> None:
    tx.execute(insert(table).values(alert=alert, at=now, kind=kind, by=by, facts=facts))
