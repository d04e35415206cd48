"""From alerts to notifications: who must be told now, in which words. Writes rows, sends nothing.

Everything is read from rows, so it may be asked at any time, after any crash, and answers the same.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from alerts.grouping import NOBODY_SILENT, SilenceGroup, gather
from core.alerts.alerts import Alert, AlertStatus
from core.alerts.conditions import can_wait
from core.notifications import alert_texts as words
from core.notifications import escalation
from core.notifications.alert_texts import AlertFacts, GoodsAtRisk, PastAlert, TextStyle
from core.notifications.escalation import ESCALATE_AFTER, NotificationKind, by_day
from core.people.people import Person
from i18n.language import as_lang, translator
from store.alerts import alerts as alert_store
from store.alerts.alert_events import joined_to, last_event, note_event
from store.alerts.lifecycle import settle
from store.catalogue.produce import produce
from store.notifications import notifications as outbox
from store.notifications import roster
from store.overview import system_issues
from store.people.federation import federation
from store.people.people import people
from store.rooms.places import Room, Site, rooms, sites
from store.rooms.timezones import federation_timezone

log = logging.getLogger(__name__)

EXHAUSTED = ("told_all_there_are", "nobody_to_tell")
"""Problems that stand as long as their alert does (`alerts.<kind>.<alert>`)."""


class TextContext(NamedTuple):
    """What the words need, read once per round."""

    people: dict[int, Person]
    rooms: dict[int, Room]
    sites: dict[int, Site]
    signature: str
    weight_unit: str
    federation_timezone: str

    @staticmethod
    def read(tx: Connection) -> "TextContext":
        ours = federation(tx)
        return TextContext(
            {p.id: p for p in people(tx)},
            {r.id: r for r in rooms(tx)},
            {s.id: s for s in sites(tx)},
            ours.signature if ours else "库棚通",
            ours.weight_unit if ours else "jin",
            federation_timezone(tx),
        )

    def style(self, person: int, room: int) -> TextStyle:
        language = as_lang(self.people[person].language)
        zone = self.sites[self.rooms[room].site].timezone
        return TextStyle(self.signature, language, translator(language), self.weight_unit, zone)

    def plain_style(self, person: int) -> TextStyle:
        """For what is about no room."""
        language = as_lang(self.people[person].language)
        return TextStyle(
            self.signature, language, translator(language), self.weight_unit, self.federation_timezone
        )

    def name(self, person: int | None) -> str:
        return self.people[person].name if person in self.people else ""


@dataclass
class _PlannerRun:
    tx: Connection
    now: int
    scenery: TextContext
    silence: SilenceGroup = NOBODY_SILENT
    passed: dict[int, list[tuple[Alert, PastAlert]]] = field(default_factory=lambda: defaultdict(list))


class NotificationPlanner:
    def __init__(self, channel: str, escalate_after: int = ESCALATE_AFTER) -> None:
        self.channel = channel
        self.escalate_after = escalate_after
        self._logged: set[str] = set()

    def plan(self, tx: Connection, now: int) -> None:
        """Queues what must be said now about every alert that is not settled.

        An alert that cannot be told (a room without a site, a text that fails) becomes a problem on
        the page; the others are told.
        """
        waiting = alert_store.unsettled(tx)
        if not waiting:
            return
        scenery = TextContext.read(tx)
        sites_of = {room.id: room.site for room in scenery.rooms.values()}
        this = _PlannerRun(tx, now, scenery, gather(tx, now, waiting, sites_of))
        for alert in waiting:
            if alert.id in this.silence.held:
                continue
            self._apart(tx, now, f"alerts.notification_planner.{alert.id}", partial(self._about, this, alert))
        for person, passed in this.passed.items():
            self._apart(tx, now, f"alerts.digest.{person}", partial(self._digest, this, person, passed))

    def _apart(self, tx: Connection, now: int, name: str, do: Callable[[], None]) -> None:
        try:
            with tx.begin_nested():
                do()
        except Exception as error:  # one alert's trouble must not silence the others
            system_issues.note(tx, name, repr(error), now)
            if name not in self._logged:
                self._logged.add(name)
                log.exception("%s: cannot be told", name)
        else:
            if name in self._logged:
                self._logged.discard(name)
                system_issues.clear(tx, name, now)

    def _about(self, this: _PlannerRun, alert: Alert) -> None:
        if can_wait(alert) and not outbox.told(this.tx, alert.id):
            self._mention(this, alert)
        elif can_wait(alert) and (alert.status == AlertStatus.ACTIVE or not self._is_day(this, alert)):
            return  # once is enough, and its end can wait
        elif alert.status == AlertStatus.ACTIVE:
            self._ask(this, alert)
        elif alert.status == AlertStatus.ACKNOWLEDGED:
            self._say_taken(this, alert)
        else:
            self._say_end(this, alert)

    def _ask(self, this: _PlannerRun, alert: Alert) -> None:
        tx, now = this.tx, this.now
        told = outbox.told(tx, alert.id)
        worse_at = last_event(tx, alert.id, "escalated")
        if worse_at is not None and told and not any(t.kind == NotificationKind.WORSE for t in told):
            for person in dict.fromkeys(t.person for t in told):
                self._queue_telling(this, alert, person, NotificationKind.WORSE)
            return
        order = [p.id for p in roster.order(tx, this.scenery.rooms[alert.room].site, now)]
        plan = escalation.plan(told, order, now, self.escalate_after)
        for person in plan.people:
            self._queue_telling(this, alert, person, plan.kind)
        if plan.people:
            system_issues.clear(tx, f"alerts.nobody_to_tell.{alert.id}", now)
        if plan.exhausted:
            kind = "told_all_there_are" if order else "nobody_to_tell"
            if last_event(tx, alert.id, kind) is None:
                note_event(tx, now, alert.id, kind)
                system_issues.note(tx, f"alerts.{kind}.{alert.id}", this.scenery.rooms[alert.room].name, now)
                log.warning("alert %d in room %d: %s, nobody answered", alert.id, alert.room, kind)

    def _mention(self, this: _PlannerRun, alert: Alert) -> None:
        """A probe that nobody need look at before morning, while others see the room: said once, by day, to
        whoever is first, and not at all where it is over by then."""
        if alert.status != AlertStatus.ACTIVE:
            self._settle(this, alert)
            return
        order = roster.order(this.tx, this.scenery.rooms[alert.room].site, this.now)
        if order and self._is_day(this, alert):
            self._queue_telling(this, alert, order[0].id, NotificationKind.FIRST)

    def _is_day(self, this: _PlannerRun, alert: Alert) -> bool:
        return by_day(this.now, this.scenery.sites[this.scenery.rooms[alert.room].site].timezone)

    def _queue_telling(
        self, this: _PlannerRun, alert: Alert, person: int, kind: NotificationKind, by: str = ""
    ) -> None:
        style = this.scenery.style(person, alert.room)
        about = matter(this.tx, this.scenery, alert, this.silence.rooms.get(alert.id, 1))
        text = words.telling(kind, about, style, this.now, by)
        self._queue(this, alert, person, kind, text)
        note_event(this.tx, this.now, alert.id, "told", None, person=person, telling=kind)

    def _queue(self, this: _PlannerRun, alert: Alert, person: int, kind: NotificationKind, text: str) -> None:
        count = outbox.count(this.tx, alert.id, person)
        outbox.queue(
            this.tx,
            this.now,
            person=person,
            channel=self.channel,
            kind=kind,
            text=text,
            dedup_key=f"alert:{alert.id}:{kind}:{count}:person:{person}",
            alert=alert.id,
        )

    def _say_taken(self, this: _PlannerRun, alert: Alert) -> None:
        tx = this.tx
        said = last_event(tx, alert.id, "taken_said")
        if said is not None and said >= (alert.acknowledged_at or 0):
            return
        outbox.drop_unsent(tx, this.now, alert.id)
        others = dict.fromkeys(t.person for t in outbox.told(tx, alert.id))
        name = this.scenery.name(alert.acknowledged_by)
        for person in others:
            if person != alert.acknowledged_by:
                style = this.scenery.style(person, alert.room)
                text = words.taken(matter(tx, this.scenery, alert), style, name)
                self._queue(this, alert, person, NotificationKind.TAKEN, text)
        note_event(tx, this.now, alert.id, "taken_said", None, others=len(others))
        _forget_exhausted(tx, alert, this.now)

    def _say_end(self, this: _PlannerRun, alert: Alert) -> None:
        tx = this.tx
        outbox.drop_unsent(tx, this.now, alert.id)
        told = dict.fromkeys(t.person for t in outbox.told(tx, alert.id))
        about = matter(tx, this.scenery, alert)
        ended_at = alert.resolved_at or this.now
        for person in told:
            style = this.scenery.style(person, alert.room)
            handled_by = this.scenery.name(alert.acknowledged_by) or None
            text = words.ended(about, alert.resolved_reason or "", style, ended_at, handled_by)
            self._queue(this, alert, person, NotificationKind.END, text)
        if not told and joined_to(tx, alert.id) is None:
            order = roster.order(tx, this.scenery.rooms[alert.room].site, this.now)
            if order:
                this.passed[order[0].id].append((alert, PastAlert(about, ended_at)))
                return  # settled together with its digest
        self._settle(this, alert)

    def _digest(self, this: _PlannerRun, person: int, passed: list[tuple[Alert, PastAlert]]) -> None:
        """One text for all that came and went while nobody could be told."""
        last = passed[-1][0]
        style = this.scenery.style(person, last.room)
        outbox.queue(
            this.tx,
            this.now,
            person=person,
            channel=self.channel,
            kind=NotificationKind.DIGEST,
            text=words.digest([one for _, one in passed], style),
            dedup_key=f"digest:{last.id}:person:{person}",
        )
        for alert, _ in passed:
            note_event(
                this.tx, this.now, alert.id, "told", None, person=person, telling=NotificationKind.DIGEST
            )
            self._settle(this, alert)

    def _settle(self, this: _PlannerRun, alert: Alert) -> None:
        settle(this.tx, this.now, alert.id)
        _forget_exhausted(this.tx, alert, this.now)

    def pass_on(self, tx: Connection, now: int, alert: Alert, by: Person) -> Person | None:
        """`by` cannot go: asks the next one now. None: there is nobody else."""
        this = _PlannerRun(tx, now, TextContext.read(tx))
        order = roster.order(tx, this.scenery.rooms[alert.room].site, now)
        following = escalation.pass_on(outbox.told(tx, alert.id), [p.id for p in order], by.id)
        if following is None:
            return None
        self._queue_telling(this, alert, following, NotificationKind.PASSED_ON, by.name)
        note_event(tx, now, alert.id, "passed_on", by.id, to=following)
        return this.scenery.people[following]


def _forget_exhausted(tx: Connection, alert: Alert, now: int) -> None:
    for kind in EXHAUSTED:
        system_issues.clear(tx, f"alerts.{kind}.{alert.id}", now)


def matter(tx: Connection, scenery: TextContext, alert: Alert, rooms: int = 1) -> AlertFacts:
    """The facts of an alert for its texts; contents as they were when it began."""
    catalogue = produce(tx)
    found = [(catalogue[name], grams) for name, grams in alert_store.goods_of(tx, alert.id).items()]
    freezing = max((one.freezing for one, _ in found if one.freezing is not None), default=None)
    room = scenery.rooms[alert.room]
    return AlertFacts(
        room=room.name,
        site=scenery.sites[room.site].name,
        rooms=rooms,
        condition=alert.condition,
        metric=alert.metric,
        severity=alert.severity,
        verdict=words.verdict(alert.condition, alert.metric, alert.evidence.figures.worst, freezing),
        evidence=alert.evidence,
        since=alert.since,
        blind=alert.blind,
        goods=tuple(GoodsAtRisk(one.name, one.name_en, grams) for one, grams in found),
    )
