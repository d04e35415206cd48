"""Duty weeks: from Monday 08:00 to Monday 08:00 in the site's time zone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

STARTS_HOUR = 8


class Shift(NamedTuple):
    """`start` and `end` in ms."""

    person: int
    start: int
    end: int


def week_start(now: int, zone: str, ahead: int = 0) -> int:
    """Start (ms) of the duty week of `now` (ms), or of the week `ahead` weeks later."""
    local_now = _local(now, zone)
    today = local_now.replace(hour=STARTS_HOUR, minute=0, second=0, microsecond=0)
    monday = today - timedelta(local_now.weekday())
    if local_now < monday:
        monday -= timedelta(weeks=1)
    return _ms(monday + timedelta(weeks=ahead), zone)


def week_after(start: int, zone: str) -> int:
    """Adds a calendar week, so that weeks start at 08:00 also after a change to summer time."""
    return _ms(_local(start, zone) + timedelta(weeks=1), zone)


def assign_shifts(first: int, zone: str, people: Sequence[int], weeks: int) -> list[Shift]:
    """One shift per week from `first`; the people take turns."""
    shifts = []
    start = first
    for number in range(weeks):
        end = week_after(start, zone)
        shifts.append(Shift(people[number % len(people)], start, end))
        start = end
    return shifts


def remaining_shifts(shifts: Sequence[Shift], since: int) -> list[Shift]:
    """The shifts that end after `since`; a running one starts at `since`."""
    return [shift._replace(start=max(shift.start, since)) for shift in shifts if shift.end > since]


def _local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).replace(tzinfo=None)


def _ms(local: datetime, zone: str) -> int:
    return round(local.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
