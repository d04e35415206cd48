"""Plans what to do now about an alert from its history: whom to notify, and with which text.

Pure functions. The same history gives the same plan, so a crash repeats work but never a message: the
dedup key consists of the alert, the kind and the number of earlier messages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.alerts.alerts import Alert, AlertStatus
from core.alerts.conditions import can_wait
from core.alerts.judging import UNKNOWN_WHETHER_OVER
from core.catalogue.produce import Produce
from core.notifications import alert_texts, escalation
from core.notifications.alert_history import AlertHistory
from core.notifications.alert_texts import AlertFacts, GoodsAtRisk, PastAlert, TextStyle
from core.notifications.escalation import NotificationKind, is_daytime, local_clock
from core.notifications.new_message import NewMessage
from core.times import MINUTE_MS

END_BEGUN = "end_begun"
"""Event: from now on people hear of the end of the alert."""
SAID_LATE = 30 * MINUTE_MS
"""After this time (ms) the value at the end is not called the current one."""
EXHAUSTED = ("told_all_there_are", "nobody_to_tell")
"""System issues that last as long as their alert (`alerts.<kind>.<alert>`)."""


class AlertRoom(NamedTuple):
    """The room of an alert."""

    name: str
    site: int
    site_name: str
    timezone: str


@dataclass(frozen=True, slots=True)
class AddEvent:
    alert: int
    kind: str
    facts: Mapping[str, object]
    by: int | None = None


@dataclass(frozen=True, slots=True)
class DropUnsent:
    """Drops messages about the alert that were never sent."""

    alert: int


@dataclass(frozen=True, slots=True)
class Settle:
    """The alert needs no further notification."""

    alert: int


@dataclass(frozen=True, slots=True)
class Take:
    """Acknowledges the alert together with its lead."""

    alert: int
    by: int


@dataclass(frozen=True, slots=True)
class NoteIssue:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ClearIssue:
    name: str


Change = NewMessage | AddEvent | DropUnsent | Settle | Take | NoteIssue | ClearIssue


@dataclass(frozen=True)
class PlanFacts:
    """Facts shared by all alerts. `order`: site -> people to notify, in order. `style`: person -> style of
    texts. `names`: person -> name."""

    now: int
    rooms: Mapping[int, AlertRoom]
    names: Mapping[int, str]
    order: Mapping[int, Sequence[int]]
    catalogue: Mapping[str, Produce]
    style: Callable[[int], TextStyle]
    escalate_after: int = escalation.ESCALATE_AFTER

    def order_of(self, alert: Alert) -> list[int]:
        return list(self.order[self.rooms[alert.room].site])


@dataclass(frozen=True)
class AlertPlan:
    """`digest_for`: the person whose next digest must list the alert."""

    changes: Sequence[Change] = ()
    digest_for: int | None = None
    past: PastAlert | None = None


@dataclass
class _Planner:
    """Collects the changes for one alert. `rooms`: how many rooms fell silent together."""

    history: AlertHistory
    facts: PlanFacts
    rooms: int = 1
    changes: list[Change] = field(default_factory=list)

    @property
    def alert(self) -> Alert:
        return self.history.alert

    def queue(self, person: int, kind: NotificationKind, text: str) -> None:
        alert = self.alert.id
        key = f"alert:{alert}:{kind}:{self.history.messages.get(person, 0)}:person:{person}"
        self.changes.append(NewMessage(person, kind, text, key, alert))

    def ask(self, person: int, kind: NotificationKind, by: str = "") -> None:
        """Asks the person to go. `by`: who passed the alert on."""
        style = self.facts.style(person)
        text_facts = alert_facts(self.history, self.facts, self.rooms)
        self.queue(person, kind, alert_texts.alert_text(kind, text_facts, style, self.facts.now, by))
        self.event("told", person=person, telling=kind)

    def event(self, kind: str, by: int | None = None, **facts: object) -> None:
        self.changes.append(AddEvent(self.alert.id, kind, facts, by))

    def settle(self) -> None:
        self.changes.append(Settle(self.alert.id))
        self.clear_issues()

    def clear_issues(self) -> None:
        self.changes += [ClearIssue(f"alerts.{kind}.{self.alert.id}") for kind in EXHAUSTED]

    def is_day(self) -> bool:
        return is_daytime(self.facts.now, self.facts.rooms[self.alert.room].timezone)


def plan(history: AlertHistory, facts: PlanFacts, rooms: int = 1) -> AlertPlan:
    """Plans the changes for an alert that is not settled."""
    planner = _Planner(history, facts, rooms)
    alert = history.alert
    active = alert.status == AlertStatus.ACTIVE
    if can_wait(alert) and not history.requests:
        _mention(planner)
    elif can_wait(alert) and alert.open and (active or not planner.is_day()):
        return AlertPlan()  # notified once already
    elif active:
        _ask(planner)
    elif alert.status == AlertStatus.ACKNOWLEDGED:
        _announce_taken(planner)
    else:
        return _announce_end(planner)
    return AlertPlan(planner.changes)


def _ask(planner: _Planner) -> None:
    """Asks the next people to go; nobody while the room recovers, because it may be over soon."""
    history, facts, alert = planner.history, planner.facts, planner.alert
    if alert.evidence.is_recovering:
        return
    requests = history.requests
    if (
        "escalated" in history.last_at
        and requests
        and not any(sent.kind == NotificationKind.WORSE for sent in requests)
    ):
        for person in dict.fromkeys(sent.person for sent in requests):
            planner.ask(person, NotificationKind.WORSE)
        return
    order = facts.order_of(alert)
    next_step = escalation.plan(requests, order, facts.now, facts.escalate_after)
    for person in next_step.people:
        planner.ask(person, next_step.kind)
    if next_step.people:
        planner.changes.append(ClearIssue(f"alerts.nobody_to_tell.{alert.id}"))
    if next_step.exhausted:
        kind = "told_all_there_are" if order else "nobody_to_tell"
        if kind not in history.last_at:
            planner.event(kind)
            planner.changes.append(NoteIssue(f"alerts.{kind}.{alert.id}", facts.rooms[alert.room].name))


def _mention(planner: _Planner) -> None:
    """Handles a probe alert that can wait until morning: notifies the first person once, by day. Nobody is
    notified if the alert has ended by then."""
    if planner.alert.status != AlertStatus.ACTIVE:
        planner.settle()
        return
    order = planner.facts.order_of(planner.alert)
    if order and planner.is_day():
        planner.ask(order[0], NotificationKind.FIRST)


def _announce_taken(planner: _Planner) -> None:
    history, facts, alert = planner.history, planner.facts, planner.alert
    if history.last_at.get("taken_said", -1) >= (alert.acknowledged_at or 0):
        return
    planner.changes.append(DropUnsent(alert.id))
    name = facts.names.get(alert.acknowledged_by or 0, "")
    for person in history.notified_people:
        if person != alert.acknowledged_by:
            style = facts.style(person)
            text = alert_texts.taken_text(alert_facts(history, facts), style, name)
            planner.queue(person, NotificationKind.TAKEN, text)
    planner.event("taken_said", others=len(history.notified_people))
    planner.clear_issues()


def _announce_end(planner: _Planner) -> AlertPlan:
    """Says that the alert ended. At night only to those who went; the others hear of it in the morning."""
    history, facts, alert = planner.history, planner.facts, planner.alert
    if END_BEGUN not in history.last_at:
        planner.changes.append(DropUnsent(alert.id))
        planner.clear_issues()
        planner.event(END_BEGUN)
    unaware = [person for person in history.notified_people if person not in history.heard_end]
    is_unsaid = not history.notified_people and not history.joined and facts.order_of(alert)
    if alert.resolved_reason in UNKNOWN_WHETHER_OVER:
        is_unsaid = []  # the alert about the probe says what is unknown
    hearing = [person for person in unaware if planner.is_day() or person in history.went]
    for person in hearing:
        planner.queue(person, NotificationKind.END, _end_text(planner, person))
    if (len(hearing) < len(unaware) or is_unsaid) and not planner.is_day():
        return AlertPlan(planner.changes)
    if is_unsaid:  # the digest settles the alert
        past = PastAlert(
            alert_facts(history, facts), alert.resolved_at or facts.now, facts.rooms[alert.room].timezone
        )
        return AlertPlan(planner.changes, is_unsaid[0], past)
    planner.settle()
    return AlertPlan(planner.changes)


def _end_text(planner: _Planner, person: int) -> str:
    history, facts, alert = planner.history, planner.facts, planner.alert
    ended_at = alert.resolved_at or facts.now
    said_late = facts.now - history.last_at.get(END_BEGUN, facts.now) >= SAID_LATE
    return alert_texts.ended_text(
        alert_facts(history, facts),
        alert.resolved_reason or "",
        facts.style(person),
        ended_at,
        facts.names.get(alert.acknowledged_by or 0, "") or None,
        local_clock(ended_at, facts.rooms[alert.room].timezone) if said_late else "",
    )


def plan_digest(
    person: int, past: Sequence[tuple[AlertHistory, PastAlert]], facts: PlanFacts
) -> list[Change]:
    """One text for all alerts that began and ended while nobody could be notified."""
    last = past[-1][0].alert
    text = alert_texts.digest_text([alert for _, alert in past], facts.style(person))
    changes: list[Change] = [
        NewMessage(person, NotificationKind.DIGEST, text, f"digest:{last.id}:person:{person}")
    ]
    for history, _ in past:
        planner = _Planner(history, facts, changes=changes)
        planner.event("told", person=person, telling=NotificationKind.DIGEST)
        planner.settle()
    return changes


def plan_pass_on(history: AlertHistory, facts: PlanFacts, by: int) -> tuple[int | None, list[Change]]:
    """`by` cannot go: asks the next person now. Returns None as the person if there is nobody else."""
    following = escalation.pass_on(history.requests, facts.order_of(history.alert), by)
    if following is None:
        return None, []
    planner = _Planner(history, facts)
    planner.ask(following, NotificationKind.PASSED_ON, facts.names[by])
    planner.event("passed_on", by, to=following)
    return following, planner.changes


def alert_facts(history: AlertHistory, facts: PlanFacts, rooms: int = 1) -> AlertFacts:
    """The facts for an alert's texts, with the room's contents when the alert began."""
    alert = history.alert
    goods = [(facts.catalogue[name], grams) for name, grams in history.grams.items()]
    room = facts.rooms[alert.room]
    return AlertFacts(
        room=room.name,
        site=room.site_name,
        rooms=rooms,
        condition=alert.condition,
        metric=alert.metric,
        severity=alert.severity,
        verdict=history.verdict,
        evidence=alert.evidence,
        since=alert.since,
        blind=alert.blind,
        goods=tuple(GoodsAtRisk(kind.name, kind.name_en, grams) for kind, grams in goods),
    )
