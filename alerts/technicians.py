"""Who is told of the program's own troubles, and how often."""

from core.notifications.escalation import local_day
from core.people.people import Person, Role


def technicians(people: list[Person]) -> list[Person]:
    """Who can mend the program and has a phone: technicians, else administrators, else managers."""
    for role in (Role.TECHNICIAN, Role.ADMIN, Role.MANAGER):
        able = [person for person in people if person.role == role and person.active and person.phone]
        if able:
            return able
    return []


def notice_key(name: str, now: int, timezone: str, person: int, *, urgent: bool) -> str:
    """The dedup key of a text about an issue: one a day of the federation."""
    haste = "now" if urgent else "by_day"
    return f"{name}:{local_day(now, timezone)}:{haste}:person:{person}"
