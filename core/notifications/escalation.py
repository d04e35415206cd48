"""Who is notified about an alert, in which order, and when."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.people.people import Person, Role
from core.times import MINUTE_MS


class NotificationKind(StrEnum):
    FIRST = "first"
    NEXT = "next"  # the previous person did not answer
    PASSED_ON = "passed_on"  # the previous person answered 2
    AGAIN = "again"
    WORSE = "worse"  # a warning became critical
    TAKEN = "taken"  # somebody goes; sent to the other notified people
    END = "end"
    DIGEST = "digest"
    ANSWER = "answer"
    LAST_WORD = "last_word"  # the box is about to lose power
    BACK = "back"  # the box has mains power again
    SERVICE = "service"  # a service of this program does not do its work, or was restarted
    TRIAL = "trial"  # 试响: tests whether a phone receives messages and its owner answers


TELLINGS = (
    NotificationKind.FIRST,
    NotificationKind.NEXT,
    NotificationKind.PASSED_ON,
    NotificationKind.AGAIN,
    NotificationKind.WORSE,
)
"""Kinds that ask somebody to go."""

ESCALATE_AFTER = 5 * MINUTE_MS
REPEAT_AFTER = (15 * MINUTE_MS, 30 * MINUTE_MS, 60 * MINUTE_MS)
DAY_HOURS = (7, 20)
MOST_PER_PERSON = 4
"""Maximum number of requests about one alert to one person."""


def notification_order(duty: Sequence[Person], people: Iterable[Person]) -> list[Person]:
    """The people to notify, in order: those on duty, then managers; administrators only if there is no
    manager. Skips people who are inactive or have no phone."""
    reachable = [p for p in people if p.active and p.phone]
    chosen = [p for p in duty if p.active and p.phone]
    managers = [p for p in reachable if p.role == Role.MANAGER]
    chosen += managers or [p for p in reachable if p.role == Role.ADMIN]
    return list({p.id: p for p in chosen}.values())


class SentNotification(NamedTuple):
    person: int
    kind: str
    at: int
    status: str  # queued | sent | failed | dropped
    attempts: int = 0

    @property
    def is_unsent(self) -> bool:
        """Whether it was certainly never sent."""
        return self.status == "queued" and self.attempts == 0


class EscalationPlan(NamedTuple):
    """The people to notify now. `exhausted`: nobody may be notified once more."""

    kind: NotificationKind
    people: tuple[int, ...] = ()
    exhausted: bool = False


NOTHING = EscalationPlan(NotificationKind.FIRST)


def plan(
    sent: Sequence[SentNotification], order: Sequence[int], now: int, escalate_after: int = ESCALATE_AFTER
) -> EscalationPlan:
    """The next request about an alert that nobody has answered: to the next person, or to everybody again."""
    if not order:
        return EscalationPlan(NotificationKind.FIRST, exhausted=True)
    if not sent:
        return EscalationPlan(NotificationKind.FIRST, (order[0],))
    latest, waited = _latest(sent, now)
    reached = {t.person for t in sent}
    rest = [person for person in order if person not in reached]
    if rest:
        if waited >= escalate_after or latest.status == "failed":
            return EscalationPlan(NotificationKind.NEXT, (rest[0],))
        return NOTHING
    counts = Counter(t.person for t in sent)
    again = tuple(person for person in order if counts[person] < MOST_PER_PERSON)
    if not again:
        return EscalationPlan(NotificationKind.AGAIN, exhausted=True)
    round_done = min(counts[person] for person in again)
    gap = max(REPEAT_AFTER[min(round_done, len(REPEAT_AFTER)) - 1], escalate_after)
    waiting = {t.person for t in sent if t.status == "queued"}
    if waited < gap:
        return NOTHING
    return EscalationPlan(NotificationKind.AGAIN, tuple(person for person in again if person not in waiting))


def _latest(sent: Sequence[SentNotification], now: int) -> tuple[SentNotification, int]:
    """The latest request, and how long ago it was (ms).

    A request that lies further ahead than one step was made before the clock was set back. Nobody knows
    when; without another one its wait counts as over.
    """
    made = [t for t in sent if t.at - now <= ESCALATE_AFTER]
    if not made:
        return sent[-1], REPEAT_AFTER[-1]
    latest = max(made, key=lambda t: t.at)
    return latest, now - latest.at


def pass_on(sent: Sequence[SentNotification], order: Sequence[int], by: int) -> int | None:
    """The next person after `by` answered `2`: somebody not yet notified, else the next in the circle.
    None if there is nobody."""
    reached = {t.person for t in sent} | {by}
    for person in order:
        if person not in reached:
            return person
    counts = Counter(t.person for t in sent)
    others = [p for p in order if p != by and counts[p] < MOST_PER_PERSON]
    if not others:
        return None
    after = [p for p in others if by in order and order.index(p) > order.index(by)]
    return (after or others)[0]


def local_clock(at: int, timezone: str) -> str:
    """The time of day, as in `03:40`."""
    return datetime.fromtimestamp(at / 1000, ZoneInfo(timezone)).strftime("%H:%M")


def local_day(at: int, timezone: str) -> str:
    """The day, as in `2026-01-14`."""
    return datetime.fromtimestamp(at / 1000, ZoneInfo(timezone)).date().isoformat()


def is_daytime(now: int, timezone: str) -> bool:
    """Whether a notification that can wait may be sent now."""
    return DAY_HOURS[0] <= datetime.fromtimestamp(now / 1000, ZoneInfo(timezone)).hour < DAY_HOURS[1]
