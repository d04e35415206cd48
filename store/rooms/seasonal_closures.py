"""歇库: which rooms rest, since when and by whose word, and all seasons before. `store.rooms.places`
decides."""

from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from store.rooms.tables import rests as table


class SeasonalClosure(NamedTuple):
    """Times in ms; `ended_by` nobody: goods came in, and the ledger overruled it."""

    room: int
    since: int
    by: int | None
    ended_at: int | None
    ended_by: int | None


_COLUMNS = table.c["room", "since", "by", "ended_at", "ended_by"]


def current(tx: Connection) -> dict[int, SeasonalClosure]:
    """Room -> its rest, of those that rest now."""
    found = tx.execute(select(*_COLUMNS).where(table.c.ended_at.is_(None)))
    return {row.room: SeasonalClosure(*row) for row in found}


def rests(tx: Connection, start: int, end: int) -> list[SeasonalClosure]:
    """Those that touch [start, end), oldest first."""
    until = table.c.ended_at.is_(None) | (table.c.ended_at > start)
    asked = select(*_COLUMNS).where(table.c.since < end, until)
    return [SeasonalClosure(*row) for row in tx.execute(asked.order_by(table.c.since, table.c.id))]


def begin(tx: Connection, now: int, room: int, by: int | None) -> None:
    """A room that rests already goes on since the first time."""
    if room not in current(tx):
        tx.execute(insert(table).values(room=room, since=now, by=by))


def end(tx: Connection, now: int, room: int, by: int | None) -> bool:
    """Whether it rested."""
    mine = (table.c.room == room) & table.c.ended_at.is_(None)
    return bool(tx.execute(update(table).where(mine).values(ended_at=now, ended_by=by)).rowcount)
