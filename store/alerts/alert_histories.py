"""Reads the histories of unsettled alerts with a few queries in total."""

from collections import Counter, defaultdict

from sqlalchemy import Connection, Select, func, select

from core.notifications.alert_history import AlertHistory
from core.notifications.escalation import TELLINGS, NotificationKind, SentNotification
from core.notifications.grouping import JOINED
from store.alerts.alerts import alerts_by_id, unsettled
from store.alerts.tables import alert_events, alert_lots
from store.alerts.tables import alerts as alerts_table
from store.alerts.verdicts import verdicts
from store.columns import columns
from store.notifications.tables import notifications
from store.stock.tables import lots

ANSWERED = ("acknowledged", "handed_back", "passed_on")
"""Kinds of events by which a person showed that they are awake."""
_SENT = columns(notifications, SentNotification, at="queued_at")


def histories(tx: Connection, only: int | None = None) -> list[AlertHistory]:
    """Histories of all unsettled alerts, oldest first, or only of the alert with id `only`."""
    waiting = unsettled(tx) if only is None else list(alerts_by_id(tx, [only]).values())
    if not waiting:
        return []
    which = select(alerts_table.c.id)
    which = which.where(alerts_table.c.settled_at.is_(None) if only is None else alerts_table.c.id == only)
    requests, messages, heard_end = _messages(tx, which)
    last_at, lead_of = _events(tx, which)
    went = _went(tx, which)
    grams = _grams(tx, which)
    verdict_by_alert = {alert.id: verdict for alert, verdict in verdicts(tx, waiting)}
    leads = alerts_by_id(tx, sorted(set(lead_of.values())))
    return [
        AlertHistory(
            alert=alert,
            requests=requests[alert.id],
            messages=messages[alert.id],
            last_at=last_at[alert.id],
            went=frozenset(went[alert.id]),
            heard_end=frozenset(heard_end[alert.id]),
            joined=alert.id in lead_of,
            lead=leads.get(lead_of.get(alert.id, 0)),
            grams=grams[alert.id],
            verdict=verdict_by_alert.get(alert.id),
        )
        for alert in waiting
    ]


def _messages(
    tx: Connection, which: Select[tuple[int]]
) -> tuple[dict[int, list[SentNotification]], dict[int, Counter[int]], dict[int, set[int]]]:
    """Alert -> messages that asked somebody to go (without dropped ones), alert -> person -> number of
    messages of any status, and alert -> people to whom its end was sent."""
    query = (
        select(notifications.c.alert, *_SENT)
        .where(notifications.c.alert.in_(which))
        .order_by(notifications.c.id)
    )
    requests: dict[int, list[SentNotification]] = defaultdict(list)
    messages: dict[int, Counter[int]] = defaultdict(Counter)
    heard_end: dict[int, set[int]] = defaultdict(set)
    for alert, *sent in tx.execute(query.order_by(notifications.c.id)):
        message = _SENT.make(sent)
        messages[alert][message.person] += 1
        if message.kind in TELLINGS and message.status != "dropped":
            requests[alert].append(message)
        if message.kind == NotificationKind.END:
            heard_end[alert].add(message.person)
    return requests, messages, heard_end


def _went(tx: Connection, which: Select[tuple[int]]) -> dict[int, set[int]]:
    """Alert -> people who said that they go, or that they cannot."""
    events = alert_events.c
    query = select(events.alert, events.by).where(
        events.alert.in_(which), events.kind.in_(ANSWERED), events.by.is_not(None)
    )
    went: dict[int, set[int]] = defaultdict(set)
    for alert, person in tx.execute(query):
        went[alert].add(person)
    return went


def _events(tx: Connection, which: Select[tuple[int]]) -> tuple[dict[int, dict[str, int]], dict[int, int]]:
    """Alert -> kind of event -> its latest time, and alert -> the alert that it was joined to."""
    events = alert_events.c
    query = select(events.alert, events.kind, func.max(events.at)).where(events.alert.in_(which))
    last_at: dict[int, dict[str, int]] = defaultdict(dict)
    for alert, kind, at in tx.execute(query.group_by(events.alert, events.kind)):
        last_at[alert][kind] = at
    joins = select(events.alert, events.facts).where(events.alert.in_(which), events.kind == JOINED)
    rows = tx.execute(joins.order_by(events.id))
    return last_at, {alert: int(facts["lead"]) for alert, facts in rows}


def _grams(tx: Connection, which: Select[tuple[int]]) -> dict[int, dict[str, int]]:
    """Alert -> produce -> grams in the room when the alert began."""
    query = (
        select(alert_lots.c.alert, lots.c.produce, func.sum(alert_lots.c.grams))
        .join(lots, lots.c.id == alert_lots.c.lot)
        .where(alert_lots.c.alert.in_(which))
        .group_by(alert_lots.c.alert, lots.c.produce)
    )
    grams: dict[int, dict[str, int]] = defaultdict(dict)
    for alert, produce, weight in tx.execute(query):
        grams[alert][str(produce)] = int(weight)
    return grams
