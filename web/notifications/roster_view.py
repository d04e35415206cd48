"""The roster of a site: its weeks as texts, and the people who can be on duty."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.notifications.duty_weeks import Shift, remaining_shifts, week_after, week_start
from core.people.accounts import fit_for_duty
from core.people.people import Person
from store.notifications.roster import Duty, add_duty, clear, duties
from store.people.people import people
from store.rooms.places import Site
from web.base.localizer import Localizer, short_name
from web.base.request_context import PageRequest

AHEAD = 4
"""Minimum number of weeks shown, including the current one."""
WEEKS_MOST = 26
TURN_MOST = 6


@dataclass(frozen=True, slots=True)
class DutyShift:
    """One person's duty in a week; `span` is empty if it covers the whole week."""

    name: str
    span: str
    left: bool


@dataclass(frozen=True, slots=True)
class DutyWeek:
    start: int
    title: str
    days: str
    parts: Sequence[DutyShift]
    now: bool


def weeks(tx: Connection, site: Site, words: Localizer, now: int) -> Sequence[DutyWeek]:
    """From the current week to the last one with a duty."""
    planned = duties(tx, site.id, start=now)
    people_by_id = {person.id: person for person in people(tx)}
    last = max((duty.ends_at for duty in planned), default=now)
    shown: list[DutyWeek] = []
    start = week_start(now, site.timezone)
    while len(shown) < AHEAD or (start < last and len(shown) < 2 * WEEKS_MOST):
        shown.append(_week(site, words, now, start, len(shown), planned, people_by_id))
        start = week_after(start, site.timezone)
    return shown


def _week(
    site: Site,
    words: Localizer,
    now: int,
    start: int,
    number: int,
    planned: Sequence[Duty],
    people_by_id: dict[int, Person],
) -> DutyWeek:
    titles = (words("这周"), words("下周"))
    zone = site.timezone
    end = week_after(start, zone)
    within = [duty for duty in planned if duty.starts_at < end and duty.ends_at > start]

    def part(duty: Duty) -> DutyShift:
        whole = duty.starts_at <= max(start, now) and duty.ends_at >= end
        person = people_by_id[duty.person]
        since, until = max(duty.starts_at, start), min(duty.ends_at, end)
        span = (
            ""
            if whole
            else words(
                "%(start)s到%(end)s",
                start=day_and_time(words, since, zone),
                end=day_and_time(words, until, zone),
            )
        )
        return DutyShift(short_name(person.name), span, not person.active)

    ordered = sorted(within, key=lambda duty: (max(duty.starts_at, start), duty.id))
    return DutyWeek(
        start=start,
        title=titles[number] if number < len(titles) else words("%(n)s周后", n=number),
        days=words(
            "%(start)s到%(end)s", start=day_and_time(words, start, zone), end=day_and_time(words, end, zone)
        ),
        parts=[part(duty) for duty in ordered if duty.person in people_by_id],
        now=start <= now < end,
    )


def day_and_time(words: Localizer, at: int, zone: str) -> str:
    """1月12日 8:00."""
    return f"{words.day(at, zone)} {words.clock(at, zone)}"


def people_fit_for_duty(tx: Connection) -> list[Person]:
    """Active people who may acknowledge alerts and have a phone number."""
    return [person for person in people(tx) if fit_for_duty(person)]


def duty_choices(tx: Connection, page: PageRequest) -> list[tuple[int, str]]:
    return [
        (person.id, f"{short_name(person.name)} · {page.words.role(person.role)}")
        for person in people_fit_for_duty(tx)
    ]


def replace_duties(
    tx: Connection, now: int, site: int, start: int, end: int, shifts: Sequence[Shift]
) -> None:
    """Replaces the duties in [start, end) by `shifts`; the part before `now` is not changed."""
    begin = max(start, now)
    clear(tx, now, site, begin, end)
    for shift in remaining_shifts(shifts, begin):
        add_duty(tx, now, site, shift.person, shift.start, shift.end)
