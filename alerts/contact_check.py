"""试响: sends a test message to everybody who may be woken; answering `1` confirms the phone while no alert
is open."""

from collections.abc import Iterable

from sqlalchemy import Connection

from alerts.text_context import TextContext
from core.notifications.alert_texts import ReplyEffect, reply_text
from core.notifications.escalation import NotificationKind
from core.notifications.new_message import NewMessage
from core.people.people import Person
from core.times import DAY_MS, MINUTE_MS
from store.notifications import notifications

ANSWER_WITHIN = DAY_MS
APART = 5 * MINUTE_MS
"""Minimum time (ms) between two test messages to one person."""


def queue_test_messages(channel: str, tx: Connection, now: int, people: Iterable[Person], key: str) -> int:
    """Queues one test message per person, once per `key`; skips people without a phone and people tested
    within `APART`. Returns the number queued."""
    context = TextContext.read(tx)
    queued = 0
    for person in people:
        last = notifications.last_to(tx, person.id)
        just_rung = last is not None and last.kind == NotificationKind.TRIAL and now - last.at < APART
        if not person.phone or just_rung:
            continue
        text = reply_text(ReplyEffect.TRIAL, context.style(person.id))
        dedup_key = f"trial:{key}:{person.id}"
        message = NewMessage(person.id, NotificationKind.TRIAL, text, dedup_key)
        queued_id = notifications.queue(tx, now, channel, message)
        queued += queued_id is not None
    return queued


def is_answer_expected(tx: Connection, person: Person, at: int) -> bool:
    """Whether the person's last message of the past day was a test message."""
    last = notifications.last_to(tx, person.id)
    return last is not None and last.kind == NotificationKind.TRIAL and at - last.at <= ANSWER_WITHIN
