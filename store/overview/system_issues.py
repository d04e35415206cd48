"""Faults of the program's own services, for the page and for `/metrics`."""

import logging
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from core.errors import Refused
from core.overview.past_issues import check_past
from store import changes
from store.columns import columns
from store.overview.tables import system_issues as table

log = logging.getLogger(__name__)


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


def acknowledge(tx: Connection, name: str, now: int, by: int) -> None:
    """Ends an issue about something past. Refused: not_past, no_such_issue."""
    check_past(name)
    if tx.execute(select(table.c.name).where(table.c.name == name)).first() is None:
        raise Refused("no_such_issue", "这条已经没了")
    clear(tx, name, now)
    log.warning("issue %s acknowledged by person %d", name, by)


def open_issues(tx: Connection) -> list[SystemIssue]:
    """Oldest first."""
    return _ISSUE.all(tx, _ISSUE.select().order_by(table.c.first_at))
