"""Turns alerts into notifications: reads the facts once, lets core decide, writes the rows. Sends nothing.

Decisions depend only on rows, so after a crash a second run gives the same result.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import Connection

from alerts.guard import Guard
from alerts.text_context import TextContext
from core.alerts.alerts import Alert
from core.notifications.alert_history import AlertHistory
from core.notifications.alert_plan import (
    AddEvent,
    AlertRoom,
    Change,
    ClearIssue,
    DropUnsent,
    NoteIssue,
    PlanFacts,
    Settle,
    Take,
    plan,
    plan_digest,
    plan_pass_on,
)
from core.notifications.alert_texts import PastAlert
from core.notifications.escalation import ESCALATE_AFTER
from core.notifications.grouping import group_silences
from core.notifications.new_message import NewMessage
from core.people.people import Person
from store.alerts import lifecycle
from store.alerts.alert_events import note_event
from store.alerts.alert_histories import histories
from store.catalogue.produce import produce_of
from store.notifications import notifications as outbox
from store.notifications import roster
from store.overview import system_issues

log = logging.getLogger(__name__)


class NotificationPlanner:
    """`channel`: the name under which messages are queued. `escalate_after` in ms."""

    def __init__(self, channel: str, escalate_after: int = ESCALATE_AFTER) -> None:
        self.channel = channel
        self.escalate_after = escalate_after
        self._guard = Guard(log)

    def plan(self, tx: Connection, now: int) -> None:
        """Queues the messages due now for every alert that is not settled.

        An alert that cannot be notified (a room without a site, a text that fails) becomes a system issue;
        the others are handled.
        """
        waiting = histories(tx)
        if not waiting:
            return
        facts = self._facts(tx, now, waiting, TextContext.read(tx))
        group = group_silences(waiting, {ident: room.site for ident, room in facts.rooms.items()}, now)
        self._write(tx, now, group.changes)
        past: dict[int, list[tuple[AlertHistory, PastAlert]]] = defaultdict(list)
        for history in waiting:
            alert = history.alert.id
            if alert in group.held:
                continue
            name = f"alerts.notification_planner.{alert}"
            with self._guard.guarded(name, "nobody can be told"), tx.begin_nested():
                made = plan(history, facts, group.rooms.get(alert, 1))
                self._write(tx, now, made.changes)
                if made.digest_for is not None and made.past is not None:
                    past[made.digest_for].append((history, made.past))
        for person, ended in past.items():
            with self._guard.guarded(f"alerts.digest.{person}", "cannot be told"), tx.begin_nested():
                self._write(tx, now, plan_digest(person, ended, facts))
        self._guard.report(tx, now)

    def on_committed(self) -> None:
        """Call after the transaction of `plan` has committed."""
        self._guard.on_committed()

    def pass_on(self, tx: Connection, now: int, alert: Alert, by: Person) -> Person | None:
        """Notifies the next person because `by` cannot go. Returns None if there is nobody else."""
        context = TextContext.read(tx)
        [history] = histories(tx, alert.id)
        following, changes = plan_pass_on(history, self._facts(tx, now, [history], context), by.id)
        self._write(tx, now, changes)
        return None if following is None else context.people[following]

    def _facts(
        self, tx: Connection, now: int, waiting: Collection[AlertHistory], context: TextContext
    ) -> PlanFacts:
        """What `waiting` needs, and no more: this is read every minute while an alert stands."""
        room_ids = {history.alert.room for history in waiting}
        rooms = {
            room.id: AlertRoom(room.name, site.id, site.name, site.timezone)
            for room in context.rooms.values()
            if room.id in room_ids and (site := context.sites.get(room.site)) is not None
        }
        return PlanFacts(
            now=now,
            rooms=rooms,
            names={person.id: person.name for person in context.people.values()},
            order={
                site: [person.id for person in roster.order(tx, site, now)]
                for site in {room.site for room in rooms.values()}
            },
            catalogue=produce_of(tx, {name for history in waiting for name in history.grams}),
            style=context.style,
            escalate_after=self.escalate_after,
        )

    def _write(self, tx: Connection, now: int, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case NewMessage():
                    outbox.queue(tx, now, self.channel, change)
                case AddEvent(alert, kind, facts, by):
                    note_event(tx, now, alert, kind, by, **facts)
                case DropUnsent(alert):
                    outbox.drop_unsent(tx, now, alert)
                case Settle(alert):
                    lifecycle.settle(tx, now, alert)
                case Take(alert, by):
                    lifecycle.acknowledge(tx, now, alert, by, "joined")
                case NoteIssue(name, text):
                    system_issues.note(tx, name, text, now)
                    log.warning("%s: nobody answered in %s", name, text)
                case ClearIssue(name):
                    system_issues.clear(tx, name, now)
