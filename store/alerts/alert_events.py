"""Everything that happened to an alert, as rows that are only added."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select

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
    """Everything that happened to it, in order."""
    query = _COLUMNS.select().where(table.c.alert == alert).order_by(table.c.id)
    return _COLUMNS.all(tx, query)


def last_event(tx: Connection, alert: int, kind: str) -> int | None:
    """When it last happened, None if never."""
    query = select(func.max(table.c.at)).where(table.c.alert == alert)
    return tx.execute(query.where(table.c.kind == kind)).scalar()


def joined_to(tx: Connection, alert: int) -> int | None:
    """The alert in whose texts this one is told, if there is one."""
    query = select(table.c.facts).where(table.c.alert == alert, table.c.kind == "joined")
    facts = tx.execute(query.order_by(table.c.id.desc()).limit(1)).scalar()
    return int(facts["lead"]) if facts else None


def note_event(
    tx: Connection, now: int, alert: int, kind: str, by: int | None = None, **facts: object
) -> None:
    tx.execute(insert(table).values(alert=alert, at=now, kind=kind, by=by, facts=facts))
