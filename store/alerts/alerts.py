"""Alerts: rows, everything that happened to them, and what the engine remembers between two looks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from core.alerts.alerts import OPEN, Alert, AlertKey, AlertStatus, ConditionState, Severity
from core.errors import Refused
from store import changes
from store.alerts.tables import alert_events, alert_lots, alert_probes, alert_states
from store.alerts.tables import alerts as table
from store.notifications import notifications
from store.people.tables import people
from store.sql import run
from store.stock.tables import lots

__all__ = ["Alert", "AlertEvent", "ProbeHeard"]


class AlertEvent(NamedTuple):
    id: int
    alert: int
    at: int
    kind: str
    by: int | None
    facts: dict[str, Any]


_NAMES = tuple(f.name for f in fields(Alert))
_COLUMNS = tuple(table.c["class" if name == "position_class" else name] for name in _NAMES)


def _alert(row: Row[Any]) -> Alert:
    return Alert(**dict(zip(_NAMES, row, strict=True)))


def alert(tx: Connection, ident: int) -> Alert | None:
    row = tx.execute(select(*_COLUMNS).where(table.c.id == ident)).first()
    return _alert(row) if row else None


def alerts(
    tx: Connection,
    room: int | None = None,
    status: str | Sequence[str] | None = None,
    limit: int = 100,
    before_id: int | None = None,
) -> list[Alert]:
    """Newest first; `before_id` is the last id of the page before."""
    query = select(*_COLUMNS).order_by(table.c.id.desc()).limit(limit)
    if room is not None:
        query = query.where(table.c.room == room)
    if status is not None:
        query = query.where(table.c.status.in_([status] if isinstance(status, str) else status))
    if before_id is not None:
        query = query.where(table.c.id < before_id)
    return [_alert(row) for row in tx.execute(query)]


def open_alerts(tx: Connection) -> list[Alert]:
    """Active or acknowledged ones, newest first."""
    return alerts(tx, status=OPEN, limit=10_000)


def unsettled(tx: Connection) -> list[Alert]:
    """Those about which somebody may still have to be told, oldest first."""
    query = select(*_COLUMNS).where(table.c.settled_at.is_(None)).order_by(table.c.id)
    return [_alert(row) for row in tx.execute(query)]


def events(tx: Connection, alert: int) -> list[AlertEvent]:
    """Everything that happened to it, in order."""
    columns = alert_events.c["id", "alert", "at", "kind", "by", "facts"]
    found = tx.execute(select(*columns).where(alert_events.c.alert == alert).order_by(alert_events.c.id))
    return [AlertEvent(*row) for row in found]


def last_event(tx: Connection, alert: int, kind: str) -> int | None:
    """When it last happened, None if never."""
    query = select(func.max(alert_events.c.at)).where(alert_events.c.alert == alert)
    return tx.execute(query.where(alert_events.c.kind == kind)).scalar()


def joined_to(tx: Connection, alert: int) -> int | None:
    """The alert in whose texts this one is told, if there is one."""
    query = select(alert_events.c.facts).where(alert_events.c.alert == alert, alert_events.c.kind == "joined")
    facts = tx.execute(query.order_by(alert_events.c.id.desc()).limit(1)).scalar()
    return int(facts["lead"]) if facts else None


def lots_of(tx: Connection, alert: int, cooperative: int | None = None) -> dict[int, int]:
    """Lot -> grams that lay in the room when the alert began; of one cooperative or of all."""
    query = select(alert_lots.c.lot, alert_lots.c.grams).where(alert_lots.c.alert == alert)
    if cooperative is not None:
        query = query.join(lots, lots.c.id == alert_lots.c.lot).where(lots.c.cooperative == cooperative)
    return {row.lot: row.grams for row in tx.execute(query)}


def goods_of(tx: Connection, alert: int) -> dict[str, int]:
    """Produce -> grams of what lay in the room when the alert began."""
    grams = func.sum(alert_lots.c.grams)
    query = select(lots.c.produce, grams).join(lots, lots.c.id == alert_lots.c.lot)
    found = tx.execute(query.where(alert_lots.c.alert == alert).group_by(lots.c.produce))
    return {str(produce): int(weight) for produce, weight in found}


def open_of(tx: Connection, key: AlertKey) -> Alert | None:
    """The open alert about this, if there is one."""
    return next((one for one in alerts(tx, room=key.room, status=OPEN) if one.key == key), None)


def note_event(
    tx: Connection, now: int, alert: int, kind: str, by: int | None = None, **facts: object
) -> None:
    tx.execute(insert(alert_events).values(alert=alert, at=now, kind=kind, by=by, facts=facts))


# --- what people do ---------------------------------------------------------------------------------


def acknowledge(tx: Connection, now: int, alert: int, by: int, via: str) -> Alert:
    """`by` goes. `via`: page, api, sms. Saying it twice changes nothing.

    Refused: no_such_alert, not_open, already_acknowledged (by somebody else).
    """
    found = _required(tx, alert)
    if not found.open:
        raise Refused("not_open", "这件事已经过去了。", alert=alert)
    if found.status == AlertStatus.ACKNOWLEDGED:
        if found.acknowledged_by == by:
            return found
        name = tx.execute(select(people.c.name).where(people.c.id == found.acknowledged_by)).scalar()
        raise Refused("already_acknowledged", "%(name)s已经去了。", name=name or "")
    values = {"status": AlertStatus.ACKNOWLEDGED, "acknowledged_at": now, "acknowledged_by": by}
    return _changed(tx, now, alert, "acknowledged", values, by=by, via=via)


def hand_back(tx: Connection, now: int, alert: int, by: int, via: str) -> Alert:
    """Who said that they go cannot, after all. Refused: no_such_alert, not_yours."""
    found = _required(tx, alert)
    if found.status != AlertStatus.ACKNOWLEDGED or found.acknowledged_by != by:
        raise Refused("not_yours", "这件事不是你在管。", alert=alert)
    values = {"status": AlertStatus.ACTIVE, "acknowledged_at": None, "acknowledged_by": None}
    return _changed(tx, now, alert, "handed_back", values, by=by, via=via)


def close(
    tx: Connection, now: int, alert: int, by: int, cause: str | None = None, action: str | None = None
) -> Alert:
    """Nothing is left to do about it. Refused: no_such_alert, already_closed, and for a critical one
    cause_and_action, and still_critical until its place is back inside, as it may not be silenced."""
    found = _required(tx, alert)
    if found.status == AlertStatus.CLOSED:
        raise Refused("already_closed", "这件事已经了结了。", alert=alert)
    cause, action = (cause or "").strip(), (action or "").strip()
    if found.severity == Severity.CRITICAL and not (cause and action):
        raise Refused("cause_and_action", "危险的报警要写明原因和怎么处理的,才能了结。", alert=alert)
    if found.severity == Severity.CRITICAL and found.open:
        raise Refused("still_critical", "还没好,危险的报警不能了结。先去处理,好了再写。", alert=alert)
    values: dict[str, object] = {
        "status": AlertStatus.CLOSED,
        "closed_at": now,
        "closed_by": by,
        "cause": cause or None,
        "action": action or None,
    }
    if found.open:
        values["settled_at"] = now  # nobody else has to be asked or told
        notifications.drop_unsent(tx, now, alert)
    return _changed(tx, now, alert, "closed", values, by=by, cause=cause, action=action)


def _required(tx: Connection, alert_id: int) -> Alert:
    found = alert(tx, alert_id)
    if found is None:
        raise Refused("no_such_alert", "没有这条报警。", alert=alert_id)
    return found


def _changed(
    tx: Connection,
    now: int,
    alert_id: int,
    kind: str,
    values: Mapping[str, object],
    *,
    by: int | None = None,
    **facts: object,
) -> Alert:
    tx.execute(update(table).where(table.c.id == alert_id).values(**values))
    note_event(tx, now, alert_id, kind, by, **facts)
    changes.note(tx, "alert", alert_id, now)
    return _required(tx, alert_id)


# --- what the engine does ---------------------------------------------------------------------------


def activate(
    tx: Connection, now: int, key: AlertKey, state: ConditionState, reason: str, lots: Mapping[int, int]
) -> int:
    """A new alert with the lots that lie in the room (lot -> grams)."""
    made = tx.execute(
        insert(table).values(
            {
                "room": key.room,
                "condition": key.condition,
                "metric": key.metric,
                "class": key.position_class,
                "severity": state.severity,
                "status": AlertStatus.ACTIVE,
                "since": now if state.since is None else state.since,
                "activated_at": now,
                **_measured(state),
            }
        )
    ).inserted_primary_key
    assert made is not None
    ident = int(made[0])
    if lots:
        tx.execute(
            insert(alert_lots), [{"alert": ident, "lot": lot, "grams": grams} for lot, grams in lots.items()]
        )
    facts = {"reason": reason, "severity": state.severity, "value": state.value, "limit": state.limit}
    note_event(tx, now, ident, "activated", None, **facts, version=state.version)
    changes.note(tx, "alert", ident, now)
    return ident


def escalate(tx: Connection, now: int, alert: int, state: ConditionState, reason: str) -> None:
    """It became critical: whoever had acknowledged it is asked again."""
    values = {
        "severity": state.severity,
        "status": AlertStatus.ACTIVE,
        "acknowledged_at": None,
        "acknowledged_by": None,
        **_measured(state),
    }
    _changed(tx, now, alert, "escalated", values, reason=reason, value=state.value)


def resolve(tx: Connection, now: int, alert: int, reason: str, value: float | None) -> None:
    values: dict[str, object] = {
        "status": AlertStatus.RESOLVED,
        "resolved_at": now,
        "resolved_reason": reason,
    }
    if value is not None:
        values["value"] = value
    _changed(tx, now, alert, "resolved", values, reason=reason, value=value)


def measure(tx: Connection, alert: int, state: ConditionState) -> None:
    """The newest and the worst value of an alert that stands."""
    tx.execute(update(table).where(table.c.id == alert).values(**_measured(state)))


def _measured(state: ConditionState) -> dict[str, object]:
    return {
        "limit": state.limit,
        "value": state.value,
        "worst": state.worst,
        "worst_at": state.worst_at,
        "spot": state.spot,
    }


def settle(tx: Connection, now: int, alert: int) -> None:
    tx.execute(update(table).where(table.c.id == alert).values(settled_at=now))


# --- what the engine remembers ----------------------------------------------------------------------


class ProbeHeard(NamedTuple):
    """A series as the engine knew it at its position; `heard` is on the clock of `listening`."""

    series: int
    at: int
    value: float | None
    doubted: bool
    heard: int
    interval: int | None
    fault: int = 0
    said: float | None = None


def states(tx: Connection) -> dict[AlertKey, ConditionState]:
    names = {f.name for f in fields(ConditionState)}
    found: dict[AlertKey, ConditionState] = {}
    for row in tx.execute(select(*alert_states.c["room", "condition", "metric", "class", "state"])):
        if row.room:
            kept = {name: value for name, value in row.state.items() if name in names}
            found[AlertKey(row.room, row.condition, row.metric, row[3])] = ConditionState(**kept)
    return found


def keep_states(tx: Connection, changed: Mapping[AlertKey, ConditionState]) -> None:
    _keep(tx, {key: asdict(state) for key, state in changed.items()})


_LISTENING = AlertKey(0, "listening", "", "")
"""No room has the number 0: this row is the clock of listening."""


def listening(tx: Connection) -> tuple[int, int, bool]:
    """How long (ms) we have listened in all, when the last heartbeat was, and whether it was connected."""
    query = select(alert_states.c.state).where(alert_states.c.room == 0)
    found = tx.execute(query).scalar()
    return (found["ms"], found["at"], found["connected"]) if found else (0, 0, False)


def keep_listening(tx: Connection, ms: int, at: int, connected: bool) -> None:
    _keep(tx, {_LISTENING: {"ms": ms, "at": at, "connected": connected}})


def _keep(tx: Connection, rows: Mapping[AlertKey, Mapping[str, object]]) -> None:
    for key, state in rows.items():
        same = (
            (alert_states.c.room == key.room)
            & (alert_states.c.condition == key.condition)
            & (alert_states.c.metric == key.metric)
            & (alert_states.c["class"] == key.position_class)
        )
        if tx.execute(update(alert_states).where(same).values(state=state)).rowcount == 0:
            values = {**dict(zip(("room", "condition", "metric", "class"), key, strict=True)), "state": state}
            tx.execute(insert(alert_states).values(values))


def heard(tx: Connection) -> list[ProbeHeard]:
    columns = alert_probes.c[ProbeHeard._fields]
    return [ProbeHeard(*row) for row in tx.execute(select(*columns))]


_HEARD = (
    f"INSERT INTO alert_probes ({', '.join(ProbeHeard._fields)}) "
    f"VALUES ({', '.join('?' for _ in ProbeHeard._fields)}) ON CONFLICT (series) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in ProbeHeard._fields[1:])
)


def keep_heard(tx: Connection, probes: Iterable[ProbeHeard]) -> None:
    """In plain statements: there may be 100,000 of them."""
    rows = [tuple(probe) for probe in probes]
    if rows:
        run(tx, _HEARD, rows)
