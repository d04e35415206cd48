"""歇库 (seasonal closures): closed rooms, since when and by whom, and all earlier seasons. Rules are in
`store.rooms.places`."""

from typing import NamedTuple

from sqlalchemy import Connection, insert, update

from store.columns import columns
from store.rooms.tables import seasonal_closures as table


class SeasonalClosure(NamedTuple):
    """Times in ms; `ended_by` is None if incoming goods ended it."""

    room: int
    since: int
    by: int | None
    ended_at: int | None
    ended_by: int | None


_CLOSURE = columns(table, SeasonalClosure)


def current(tx: Connection) -> dict[int, SeasonalClosure]:
    """Room -> its current closure."""
    closures = _CLOSURE.all(tx, _CLOSURE.select().where(table.c.ended_at.is_(None)))
    return {closure.room: closure for closure in closures}


def closures_between(tx: Connection, start: int, end: int) -> list[SeasonalClosure]:
    """Closures that overlap [start, end), oldest first."""
    until = table.c.ended_at.is_(None) | (table.c.ended_at > start)
    query = _CLOSURE.select().where(table.c.since < end, until)
    return _CLOSURE.all(tx, query.order_by(table.c.since, table.c.id))


def begin(tx: Connection, now: int, room: int, by: int | None) -> None:
    """Begins a closure. A closed room keeps its first date."""
    if room not in current(tx):
        tx.execute(insert(table).values(room=room, since=now, by=by))


def end(tx: Connection, now: int, room: int, by: int | None) -> bool:
    """Ends the closure. Returns whether there was one."""
    running = (table.c.room == room) & table.c.ended_at.is_(None)
    return bool(tx.execute(update(table).where(running).values(ended_at=now, ended_by=by)).rowcount)
