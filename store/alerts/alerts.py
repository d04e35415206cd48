"""Reads alerts and the goods that were in the room when they began."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, select

from core.alerts.alerts import OPEN, Alert, AlertKey
from store.alerts.tables import alert_lots
from store.alerts.tables import alerts as table
from store.columns import columns
from store.stock.tables import lots

_COLUMNS = columns(table, Alert, position_class="class")


def alert(tx: Connection, ident: int) -> Alert | None:
    return _COLUMNS.first(tx, _COLUMNS.select().where(table.c.id == ident))


def alerts(
    tx: Connection,
    room: int | None = None,
    status: str | Sequence[str] | None = None,
    limit: int = 100,
    before_id: int | None = None,
) -> list[Alert]:
    """Newest first; `before_id` is the last id of the previous page."""
    query = _COLUMNS.select().order_by(table.c.id.desc()).limit(limit)
    if room is not None:
        query = query.where(table.c.room == room)
    if status is not None:
        query = query.where(table.c.status.in_([status] if isinstance(status, str) else status))
    if before_id is not None:
        query = query.where(table.c.id < before_id)
    return _COLUMNS.all(tx, query)


def open_alerts(tx: Connection) -> list[Alert]:
    """Active and acknowledged alerts, newest first."""
    return alerts(tx, status=OPEN, limit=10_000)


def blind_rooms(tx: Connection) -> set[int]:
    """Rooms of which no probe shows anything, by their open alerts."""
    query = select(table.c.room).where(table.c.status.in_(OPEN), table.c.blind)
    return set(tx.execute(query).scalars())


def alerts_by_id(tx: Connection, ids: Sequence[int]) -> dict[int, Alert]:
    """The existing alerts among these ids."""
    return {alert.id: alert for alert in _COLUMNS.all(tx, _COLUMNS.select().where(table.c.id.in_(ids)))}


def unsettled(tx: Connection) -> list[Alert]:
    """Alerts for which notifications may still be due, oldest first."""
    query = _COLUMNS.select().where(table.c.settled_at.is_(None)).order_by(table.c.id)
    return _COLUMNS.all(tx, query)


def lots_of(tx: Connection, alert: int, cooperative: int | None = None) -> dict[int, int]:
    """Lot -> grams in the room when the alert began; of one cooperative or of all."""
    query = select(alert_lots.c.lot, alert_lots.c.grams).where(alert_lots.c.alert == alert)
    if cooperative is not None:
        query = query.join(lots, lots.c.id == alert_lots.c.lot).where(lots.c.cooperative == cooperative)
    return {row.lot: row.grams for row in tx.execute(query)}


def goods_by_alert(tx: Connection, idents: Iterable[int]) -> dict[int, dict[str, int]]:
    """Alert -> produce -> grams in the room when the alert began."""
    goods: dict[int, dict[str, int]] = defaultdict(dict)
    query = select(alert_lots.c.alert, lots.c.produce, func.sum(alert_lots.c.grams))
    query = query.join(lots, lots.c.id == alert_lots.c.lot).where(alert_lots.c.alert.in_(set(idents)))
    for alert, produce, grams in tx.execute(query.group_by(alert_lots.c.alert, lots.c.produce)):
        goods[alert][str(produce)] = int(grams)
    return goods


def open_of(tx: Connection, key: AlertKey) -> Alert | None:
    """The open alert with this key. None if there is none."""
    return next((alert for alert in alerts(tx, room=key.room, status=OPEN) if alert.key == key), None)
