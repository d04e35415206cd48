"""Outbox and inbox: every message to a person with its attempts, every reply with its effect."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, case, func, insert, select, update

from core.notifications.escalation import TELLINGS, NotificationKind, SentNotification
from core.notifications.new_message import NewMessage
from core.times import DAY_MS
from store import changes
from store.alerts.tables import alerts
from store.columns import columns
from store.notifications.tables import inbound, notification_attempts
from store.notifications.tables import notifications as table
from store.people.tables import people

CLAIM_FOR = 30_000
"""After this time (ms) a claimed message that was never marked (crash) can be claimed again."""


class Notification(NamedTuple):
    id: int
    alert: int | None
    person: int
    channel: str
    kind: str
    text: str
    dedup_key: str
    status: str  # queued | sent | failed | dropped
    queued_at: int
    next_try_at: int
    attempts: int
    sent_at: int | None
    error: str | None


class SendAttempt(NamedTuple):
    """One attempt to send a notification; `error` is None if the channel accepted it."""

    at: int
    error: str | None


class DueNotification(NamedTuple):
    id: int
    alert: int | None
    person: int
    channel: str
    phone: str | None
    text: str
    dedup_key: str
    attempts: int


_COLUMNS = columns(table, Notification)
_ATTEMPT = columns(notification_attempts, SendAttempt)
_SENT = columns(table, SentNotification, at="queued_at")


def notifications(
    tx: Connection,
    alert: int | None = None,
    status: str | None = None,
    limit: int = 100,
    before_id: int | None = None,
) -> list[Notification]:
    """Newest first; `before_id` is the last id of the previous page."""
    query = _COLUMNS.select().order_by(table.c.id.desc()).limit(limit)
    if alert is not None:
        query = query.where(table.c.alert == alert)
    if status is not None:
        query = query.where(table.c.status == status)
    if before_id is not None:
        query = query.where(table.c.id < before_id)
    return _COLUMNS.all(tx, query)


def attempts(tx: Connection, notification: int) -> list[SendAttempt]:
    query = _ATTEMPT.select().where(notification_attempts.c.notification == notification)
    return _ATTEMPT.all(tx, query.order_by(notification_attempts.c.id))


def queue(tx: Connection, now: int, channel: str, message: NewMessage) -> int | None:
    """Queues a message and returns its id. None if one with this `dedup_key` exists; nothing is added
    then."""
    if tx.execute(select(table.c.id).where(table.c.dedup_key == message.dedup_key)).first():
        return None
    made = tx.execute(
        insert(table).values(
            alert=message.alert,
            person=message.person,
            channel=channel,
            kind=message.kind,
            text=message.text,
            dedup_key=message.dedup_key,
            status="queued",
            queued_at=now,
            next_try_at=now,
        )
    ).inserted_primary_key
    assert made is not None
    changes.note(tx, "notification", made[0], now)
    return int(made[0])


def _is_due(now: int) -> ColumnElement[bool]:
    """Never tried, or its delay is over. A try later than `now` was made before the clock was set back; its
    delay is unknown, so it counts as over."""
    return (table.c.attempts == 0) | (table.c.next_try_at <= now) | (table.c.tried_at > now)


_URGENCY = case(
    (table.c.kind == NotificationKind.LAST_WORD, 0),
    (table.c.kind.in_(TELLINGS) & (alerts.c.severity == "critical"), 0),
    (table.c.kind.in_((*TELLINGS, NotificationKind.ANSWER)), 1),
    else_=2,
)


def anything_due(tx: Connection, now: int, channel: str) -> bool:
    due = (table.c.status == "queued") & (table.c.channel == channel) & _is_due(now)
    return tx.execute(select(table.c.id).where(due).limit(1)).first() is not None


def oldest_due(tx: Connection, now: int) -> int | None:
    """Since when (ms) the oldest text of the past day waits although it could be sent. None if none waits.
    Which channel it is for does not count: a text for another one than is configured is never sent."""
    since = case(
        (table.c.attempts == 0, table.c.queued_at),
        (table.c.next_try_at <= now, table.c.next_try_at),
        else_=now,
    )
    fresh = (table.c.queued_at > now - DAY_MS) & _is_due(now)
    due = select(func.min(since)).where(table.c.id.in_(_next_of_each()), fresh)
    return tx.execute(due).scalar()


def _next_of_each(*which: ColumnElement[bool]) -> Select[tuple[int]]:
    """Ids of the queued messages that no earlier one about the same alert to the same person holds up."""
    first = select(func.min(table.c.id)).where(table.c.status == "queued", *which)
    return first.group_by(table.c.person, func.coalesce(table.c.alert, -table.c.id))


def claim(
    tx: Connection, now: int, channel: str, claim_for: int = CLAIM_FOR, claimed_by: str | None = None
) -> DueNotification | None:
    """Claims the most urgent due message, the oldest of several, for the process `claimed_by`. None if
    nothing is due.

    A person gets the messages about one alert in sequence; a message that waits for its next try holds up
    nothing else.
    """
    oldest = _next_of_each(table.c.channel == channel)
    query = (
        select(*table.c["id", "alert", "person", "channel"], people.c.phone)
        .add_columns(*table.c["text", "dedup_key", "attempts"])
        .join(people, people.c.id == table.c.person)
        .outerjoin(alerts, alerts.c.id == table.c.alert)
        .where(table.c.id.in_(oldest), _is_due(now))
        .order_by(_URGENCY, table.c.id)
        .limit(1)
    )
    row = tx.execute(query).first()
    if row is None:
        return None
    tx.execute(
        update(table)
        .where(table.c.id == row.id)
        .values(
            next_try_at=now + claim_for, tried_at=now, claimed_by=claimed_by, attempts=table.c.attempts + 1
        )
    )
    return DueNotification(*row)


def release(tx: Connection, now: int, is_gone: Callable[[str], bool]) -> None:
    """Makes due what processes that are gone have claimed and not finished."""
    claimed = (table.c.status == "queued") & table.c.claimed_by.is_not(None)
    for holder in list(tx.execute(select(table.c.claimed_by).where(claimed).distinct()).scalars()):
        if is_gone(holder):
            of_holder = claimed & (table.c.claimed_by == holder)
            tx.execute(update(table).where(of_holder).values(next_try_at=now, claimed_by=None))


def mark_sent(tx: Connection, now: int, notification: int) -> None:
    _attempted(tx, now, notification, None, {"status": "sent", "sent_at": now, "error": None})


def is_sent(tx: Connection, dedup_key: str) -> bool:
    same = (table.c.dedup_key == dedup_key) & (table.c.status == "sent")
    return tx.execute(select(table.c.id).where(same)).first() is not None


def note_sent(tx: Connection, now: int, channel: str, message: NewMessage) -> None:
    """Records a message that was sent without a row. One that waits with its `dedup_key` is sent by that."""
    queue(tx, now, channel, message)
    waiting = (table.c.dedup_key == message.dedup_key) & (table.c.status == "queued")
    for ident in list(tx.execute(select(table.c.id).where(waiting)).scalars()):
        mark_sent(tx, now, ident)


def mark_failed(tx: Connection, now: int, notification: int, error: str, next_try_at: int | None) -> None:
    """Records a failed attempt; `next_try_at` None means that no further attempt follows."""
    values: dict[str, object] = {"error": error}
    if next_try_at is None:
        values["status"] = "failed"
    else:
        values["next_try_at"] = next_try_at
    _attempted(tx, now, notification, error, values)


def _attempted(
    tx: Connection, now: int, notification: int, error: str | None, values: dict[str, object]
) -> None:
    tx.execute(insert(notification_attempts).values(notification=notification, at=now, error=error))
    values["claimed_by"] = None
    tx.execute(update(table).where(table.c.id == notification).values(**values))
    changes.note(tx, "notification", notification, now)


def drop_unsent(tx: Connection, now: int, alert: int) -> None:
    """Drops the alert's queued messages that were never attempted."""
    never = (table.c.alert == alert) & (table.c.status == "queued") & (table.c.attempts == 0)
    for ident in list(tx.execute(select(table.c.id).where(never, table.c.kind.in_(TELLINGS))).scalars()):
        tx.execute(update(table).where(table.c.id == ident).values(status="dropped"))
        changes.note(tx, "notification", ident, now)


def last_to(tx: Connection, person: int) -> SentNotification | None:
    """The last message to the person, except answers and dropped ones. None if there is none."""
    query = _SENT.select().where(
        table.c.person == person,
        table.c.kind != NotificationKind.ANSWER,
        table.c.status != "dropped",
    )
    return _SENT.first(tx, query.order_by(table.c.id.desc()).limit(1))


# --- replies ----------------------------------------------------------------------------------------


def cursor(tx: Connection, channel: str) -> str | None:
    """The channel's id of the last processed reply. None if there is none."""
    latest = select(inbound.c.external_id).where(inbound.c.channel == channel)
    external_id = tx.execute(latest.order_by(inbound.c.id.desc()).limit(1)).scalar()
    return None if external_id is None else str(external_id)


def keep_inbound(
    tx: Connection, *, channel: str, external_id: str, phone: str, text: str, at: int, effect: str
) -> None:
    tx.execute(
        insert(inbound).values(
            channel=channel, external_id=external_id, phone=phone, text=text, at=at, effect=effect
        )
    )


def had_effect(tx: Connection, channel: str, external_id: str) -> bool:
    same = (inbound.c.channel == channel) & (inbound.c.external_id == external_id)
    return tx.execute(select(inbound.c.id).where(same)).first() is not None


def answered_since(tx: Connection, phone: str, effects: Sequence[str], since: int) -> bool:
    """Whether a message of this phone had one of these effects since then (ms)."""
    same = (inbound.c.phone == phone) & (inbound.c.at >= since) & inbound.c.effect.in_(effects)
    return tx.execute(select(inbound.c.id).where(same).limit(1)).first() is not None


def alerts_told_to(tx: Connection, person: int, statuses: Sequence[str]) -> list[int]:
    """Alerts of these statuses that the person was notified of, newest first."""
    query = (
        select(alerts.c.id)
        .join(table, table.c.alert == alerts.c.id)
        .where(table.c.person == person, table.c.kind.in_(TELLINGS), table.c.status != "dropped")
        .where(alerts.c.status.in_(statuses))
        .distinct()
        .order_by(alerts.c.id.desc())
    )
    return [int(ident) for ident in tx.execute(query).scalars()]
