"""Faults of the program's own services, for the page and for `/metrics`."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, update

from store import changes
from store.columns import columns
from store.overview.tables import system_issues as table


class SystemIssue(NamedTuple):
    name: str
    text: str
    first_at: int
    last_at: int
    times: int


_ISSUE = columns(table, SystemIssue, times="count")


def note(tx: Connection, name: str, text: str, now: int, since: int | None = None) -> None:
    """Notes an issue, or its repetition. `since`: when it began (ms), if that was before `now`."""
    again = update(table).where(table.c.name == name).values(text=text, last_at=now, count=table.c.count + 1)
    if tx.execute(again).rowcount == 0:
        tx.execute(insert(table).values(name=name, text=text, first_at=since or now, last_at=now, count=1))
        changes.note(tx, "problem", name, now)


def clear(tx: Connection, name: str, now: int) -> None:
    if tx.execute(delete(table).where(table.c.name == name)).rowcount:
        changes.note(tx, "problem", name, now)


def open_issues(tx: Connection) -> list[SystemIssue]:
    """Oldest first."""
    return _ISSUE.all(tx, _ISSUE.select().order_by(table.c.first_at))
