"""Weeks of duty at a site: Monday 08:00 to Monday 08:00 by the site's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from core.people.people import Person, may
from store.notifications.roster import Duty, add_duty, clear, duties
from store.people.people import people
from store.rooms.places import Site
from web.base.localizer import Localizer, local, short_name
from web.base.request_context import PageRequest

STARTS_HOUR = 8
AHEAD = 4
"""Weeks shown at least, this one too."""
WEEKS_MOST = 26
TURN_MOST = 6


@dataclass(frozen=True, slots=True)
class DutyShift:
    """One person within a week; `span` where it is not the whole of it."""

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


def week_start(now: int, zone: str, ahead: int = 0) -> int:
    """When the week began that `now` (ms) lies in, or one `ahead` of it begins."""
    there = local(now, zone).replace(tzinfo=None)
    today = there.replace(hour=STARTS_HOUR, minute=0, second=0, microsecond=0)
    monday = today - timedelta(there.weekday())
    if there < monday:
        monday -= timedelta(weeks=1)
    return _ms(monday + timedelta(weeks=ahead), zone)


def week_after(start: int, zone: str) -> int:
    """By the calendar: 8 o'clock stays 8 o'clock where clocks are changed."""
    return _ms(local(start, zone).replace(tzinfo=None) + timedelta(weeks=1), zone)


def weeks(tx: Connection, site: Site, words: Localizer, now: int) -> Sequence[DutyWeek]:
    """From the running one to the last that anybody is on duty in."""
    found = duties(tx, site.id, start=now)
    known = {one.id: one for one in people(tx)}
    last = max((duty.ends_at for duty in found), default=now)
    made: list[DutyWeek] = []
    start = week_start(now, site.timezone)
    while len(made) < AHEAD or (start < last and len(made) < 2 * WEEKS_MOST):
        end = week_after(start, site.timezone)
        mine = [duty for duty in found if duty.starts_at < end and duty.ends_at > start]
        made.append(_week(site, words, now, start, end, len(made), mine, known))
        start = end
    return made


def _week(
    site: Site,
    words: Localizer,
    now: int,
    start: int,
    end: int,
    number: int,
    mine: Sequence[Duty],
    known: dict[int, Person],
) -> DutyWeek:
    titles = (words("这周"), words("下周"))
    zone = site.timezone

    def part(duty: Duty) -> DutyShift:
        whole = duty.starts_at <= max(start, now) and duty.ends_at >= end
        one = known[duty.person]
        since, until = max(duty.starts_at, start), min(duty.ends_at, end)
        span = (
            ""
            if whole
            else words("%(start)s到%(end)s", start=hour(words, since, zone), end=hour(words, until, zone))
        )
        return DutyShift(short_name(one.name), span, not one.active)

    ordered = sorted(mine, key=lambda duty: (max(duty.starts_at, start), duty.id))
    return DutyWeek(
        start=start,
        title=titles[number] if number < len(titles) else words("%(n)s周后", n=number),
        days=words("%(start)s到%(end)s", start=hour(words, start, zone), end=hour(words, end, zone)),
        parts=[part(duty) for duty in ordered if duty.person in known],
        now=start <= now < end,
    )


def hour(words: Localizer, at: int, zone: str) -> str:
    """1月12日 8:00."""
    return f"{words.day(at, zone)} {words.clock(at, zone)}"


def able(tx: Connection) -> list[Person]:
    """Who can be put on duty: there, may say 我去, and has a number to be told at."""
    return [one for one in people(tx) if one.active and one.phone and may(one, "acknowledge")]


def choosable(tx: Connection, page: PageRequest) -> list[tuple[int, str]]:
    return [(one.id, f"{short_name(one.name)} · {page.words.role(one.role)}") for one in able(tx)]


def turns(first: int, zone: str, order: Sequence[int], count: int) -> list[tuple[int, int, int]]:
    """(person, start, end) for `count` weeks, the people taking turns."""
    found = []
    start = first
    for number in range(count):
        end = week_after(start, zone)
        found.append((order[number % len(order)], start, end))
        start = end
    return found


def in_the_way(tx: Connection, site: int, start: int, end: int) -> list[Duty]:
    return duties(tx, site, start, end)


def put(
    tx: Connection, now: int, site: int, start: int, end: int, wanted: Sequence[tuple[int, int, int]]
) -> None:
    """These and no others are on duty in [start, end); what is over stays as it was."""
    begin = max(start, now)
    clear(tx, now, site, begin, end)
    for person, since, until in wanted:
        if until > begin:
            add_duty(tx, now, site, person, max(since, begin), until)


def _ms(moment: datetime, zone: str) -> int:
    return round(moment.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
