"""试响: a text to each phone that may have to wake somebody, answered with 1 while nothing is wrong."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from alerts.notification_planner import TextContext
from core.notifications.alert_texts import ReplyEffect, TextStyle, reply
from core.notifications.escalation import NotificationKind
from core.people.people import Person
from core.readings.readings import DAY_MS, MINUTE_MS
from i18n.language import as_lang, translator
from store.notifications import notifications
from store.notifications.tables import notifications as table

ANSWER_WITHIN = DAY_MS
APART = 5 * MINUTE_MS
"""So soon (ms) nobody is rung again, whoever presses."""


def ring(channel: str, tx: Connection, now: int, people: Iterable[Person], key: str) -> int:
    """Queues one text for each who has a phone and was not rung a moment ago, once per `key`. How many."""
    scenery = TextContext.read(tx)
    queued = 0
    for person in people:
        before = _last(tx, person)
        if not person.phone or (
            before is not None and before[0] == NotificationKind.TRIAL and now - before[1] < APART
        ):
            continue
        language = as_lang(person.language)
        style = TextStyle(scenery.signature, language, translator(language), scenery.weight_unit)
        made = notifications.queue(
            tx,
            now,
            person=person.id,
            channel=channel,
            kind=NotificationKind.TRIAL,
            text=reply(ReplyEffect.TRIAL, style),
            dedup_key=f"trial:{key}:{person.id}",
        )
        queued += made is not None
    return queued


def waits_for(tx: Connection, person: Person, at: int) -> bool:
    """Whether the last word that went to the person within a day was a trial."""
    last = _last(tx, person)
    return last is not None and last[0] == NotificationKind.TRIAL and at - last[1] <= ANSWER_WITHIN


def _last(tx: Connection, person: Person) -> tuple[str, int] | None:
    """Kind and time of the last word that went to the person, answers aside."""
    last = (
        select(table.c.kind, table.c.queued_at)
        .where(
            table.c.person == person.id, table.c.kind != NotificationKind.ANSWER, table.c.status != "dropped"
        )
        .order_by(table.c.id.desc())
        .limit(1)
    )
    row = tx.execute(last).first()
    return (row.kind, row.queued_at) if row is not None else None
