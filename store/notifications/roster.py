"""The duty roster: who is on duty where and when, and who is next."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, insert

from core.errors import Refused
from core.notifications.escalation import notification_order
from core.people.people import Person
from store import changes
from store.columns import columns
from store.notifications.tables import duties as table
from store.people.people import people


class Duty(NamedTuple):
    id: int
    site: int
    person: int
    starts_at: int
    ends_at: int


_COLUMNS = columns(table, Duty)


def add_duty(tx: Connection, now: int, site: int, person: int, starts_at: int, ends_at: int) -> int:
    """Returns the new duty's id. Refused: ends_before_start."""
    if ends_at <= starts_at:
        raise Refused("ends_before_start", "值班要先开始再结束。")
    made = tx.execute(
        insert(table).values(site=site, person=person, starts_at=starts_at, ends_at=ends_at)
    ).inserted_primary_key
    assert made is not None
    changes.note(tx, "duty", made[0], now)
    return int(made[0])


def remove_duty(tx: Connection, now: int, duty: int) -> None:
    tx.execute(delete(table).where(table.c.id == duty))
    changes.note(tx, "duty", duty, now)


def duties(
    tx: Connection, site: int | None = None, start: int | None = None, end: int | None = None
) -> list[Duty]:
    """Duties that overlap [start, end), by start."""
    query = _COLUMNS.select()
    if site is not None:
        query = query.where(table.c.site == site)
    if start is not None:
        query = query.where(table.c.ends_at > start)
    if end is not None:
        query = query.where(table.c.starts_at < end)
    return _COLUMNS.all(tx, query.order_by(table.c.starts_at, table.c.id))


def clear(tx: Connection, now: int, site: int, start: int, end: int) -> None:
    """Removes duties within [start, end); parts outside stay, in the same order."""
    for duty in sorted(duties(tx, site, start, end), key=lambda duty: duty.id):
        remove_duty(tx, now, duty.id)
        if duty.starts_at < start:
            add_duty(tx, now, site, duty.person, duty.starts_at, start)
        if duty.ends_at > end:
            add_duty(tx, now, site, duty.person, end, duty.ends_at)


def on_duty(tx: Connection, site: int, at: int) -> list[Person]:
    """People on duty, in the order of notification: as their duties were entered."""
    current = sorted(duties(tx, site, at, at + 1), key=lambda duty: duty.id)
    people_by_id = {person.id: person for person in people(tx)}
    people_on_duty = [people_by_id[duty.person] for duty in current if duty.person in people_by_id]
    return list({person.id: person for person in people_on_duty if person.active}.values())


def order(tx: Connection, site: int, at: int) -> list[Person]:
    """Everybody who may be notified about the site, in the order of notification."""
    return notification_order(on_duty(tx, site, at), people(tx))
