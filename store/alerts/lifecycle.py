"""Changes alerts: the engine activates, escalates and resolves them; people acknowledge and close them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.alerts.alerts import Alert, AlertKey, AlertStatus, Severity, may_close
from core.alerts.evidence import Evidence
from core.alerts.judging import ConditionState
from core.errors import Refused
from store import changes
from store.alerts.alert_events import note_event
from store.alerts.alerts import alert, blind_rooms
from store.alerts.tables import alert_lots
from store.alerts.tables import alerts as table
from store.notifications import notifications
from store.people.tables import people


def activate(
    tx: Connection, now: int, key: AlertKey, state: ConditionState, reason: str, lots: Mapping[int, int]
) -> int:
    """Creates an alert with the lots in the room (lot -> grams). Returns its id."""
    inserted = tx.execute(
        insert(table).values(
            {
                "room": key.room,
                "condition": key.condition,
                "metric": key.metric,
                "class": key.position_class,
                "series": key.series,
                "severity": state.severity,
                "status": AlertStatus.ACTIVE,
                "since": now if state.since is None else state.since,
                "activated_at": now,
                **_measured(key, state),
            }
        )
    ).inserted_primary_key
    assert inserted is not None
    ident = int(inserted[0])
    if lots:
        tx.execute(
            insert(alert_lots), [{"alert": ident, "lot": lot, "grams": grams} for lot, grams in lots.items()]
        )
    note_event(
        tx,
        now,
        ident,
        "activated",
        None,
        reason=reason,
        severity=state.severity,
        version=state.version,
        **_facts(state),
    )
    changes.note(tx, "alert", ident, now)
    return ident


def escalate(tx: Connection, now: int, alert: Alert, state: ConditionState, reason: str) -> None:
    """Makes the alert critical and removes its acknowledgement, so that people are notified again."""
    values = {
        "severity": state.severity,
        "status": AlertStatus.ACTIVE,
        "acknowledged_at": None,
        "acknowledged_by": None,
        **_measured(alert.key, state),
    }
    _changed(tx, now, alert.id, "escalated", values, reason=reason, **_facts(state))


def resolve(
    tx: Connection,
    now: int,
    alert_id: int,
    reason: str,
    value: float | None,
    ended_at: int | None = None,
) -> None:
    """Resolves the alert. `value` is the value measured at its end. `ended_at`: when the trouble was over,
    if that was before it is known (now)."""
    values: dict[str, object] = {
        "status": AlertStatus.RESOLVED,
        "resolved_at": now if ended_at is None else ended_at,
        "resolved_reason": reason,
    }
    if value is not None:
        values["evidence"] = _required(tx, alert_id).evidence.with_value(value)
    _changed(tx, now, alert_id, "resolved", values, reason=reason, value=value)


def measure(tx: Connection, alert: Alert, state: ConditionState) -> None:
    """Updates the evidence of an open alert."""
    tx.execute(update(table).where(table.c.id == alert.id).values(**_measured(alert.key, state)))


def _measured(key: AlertKey, state: ConditionState) -> dict[str, object]:
    evidence = _evidence(state)
    return {"evidence": evidence, "blind": evidence.is_blind(key.metric, key.position_class)}


def _facts(state: ConditionState) -> dict[str, Any]:
    """An event's facts: the evidence, and `value` and `limit`, which the API shows."""
    evidence = _evidence(state)
    figures = evidence.figures
    return {"value": figures.value, "limit": figures.limit, "evidence": evidence.to_json()}


def _evidence(state: ConditionState) -> Evidence:
    if state.evidence is None:
        raise ValueError("an alert needs evidence")
    return state.evidence


def settle(tx: Connection, now: int, alert_id: int) -> None:
    """Marks the alert as settled: no further notification is due."""
    tx.execute(update(table).where(table.c.id == alert_id).values(settled_at=now))


def acknowledge(tx: Connection, now: int, alert_id: int, by: int, via: str) -> Alert:
    """The person `by` takes the alert. `via`: page, api, sms. A second call by the same person changes
    nothing.

    Refused: no_such_alert, not_open, already_acknowledged (by somebody else).
    """
    alert = _required(tx, alert_id)
    if not alert.open:
        raise Refused("not_open", "这件事已经过去了。", alert=alert_id)
    if alert.status == AlertStatus.ACKNOWLEDGED:
        if alert.acknowledged_by == by:
            return alert
        name = tx.execute(select(people.c.name).where(people.c.id == alert.acknowledged_by)).scalar()
        raise Refused("already_acknowledged", "%(name)s已经去了。", name=name or "")
    values = {"status": AlertStatus.ACKNOWLEDGED, "acknowledged_at": now, "acknowledged_by": by}
    return _changed(tx, now, alert_id, "acknowledged", values, by=by, via=via)


def hand_back(tx: Connection, now: int, alert_id: int, by: int, via: str) -> Alert:
    """The person who acknowledged it cannot go; the alert is active again. Refused: no_such_alert,
    not_yours."""
    alert = _required(tx, alert_id)
    if alert.status != AlertStatus.ACKNOWLEDGED or alert.acknowledged_by != by:
        raise Refused("not_yours", "这件事不是你在管。", alert=alert_id)
    values = {"status": AlertStatus.ACTIVE, "acknowledged_at": None, "acknowledged_by": None}
    return _changed(tx, now, alert_id, "handed_back", values, by=by, via=via)


def close(
    tx: Connection, now: int, alert_id: int, by: int, cause: str | None = None, action: str | None = None
) -> Alert:
    """Closes the alert. Refused: no_such_alert, already_closed. A critical alert cannot be silenced; it is
    also refused with cause_and_action (one is missing) or still_critical (it has not resolved, and a probe
    shows the room)."""
    alert = _required(tx, alert_id)
    if alert.status == AlertStatus.CLOSED:
        raise Refused("already_closed", "这件事已经了结了。", alert=alert_id)
    cause, action = (cause or "").strip(), (action or "").strip()
    if alert.severity == Severity.CRITICAL and not (cause and action):
        raise Refused("cause_and_action", "危险的报警要写明原因和怎么处理的,才能了结。", alert=alert_id)
    if not may_close(alert, blind=alert.room in blind_rooms(tx)):
        raise Refused("still_critical", "还没好,危险的报警不能了结。先去处理,好了再写。", alert=alert_id)
    values: dict[str, object] = {
        "status": AlertStatus.CLOSED,
        "closed_at": now,
        "closed_by": by,
        "cause": cause or None,
        "action": action or None,
    }
    if alert.open:
        values["settled_at"] = now  # no further notification is due
        notifications.drop_unsent(tx, now, alert_id)
    return _changed(tx, now, alert_id, "closed", values, by=by, cause=cause, action=action)


def _required(tx: Connection, alert_id: int) -> Alert:
    row = alert(tx, alert_id)
    if row is None:
        raise Refused("no_such_alert", "没有这条报警。", alert=alert_id)
    return row


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
