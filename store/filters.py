"""Filters shared by the lists of people's records."""

from typing import Any

from sqlalchemy import Select, Table


def between(
    query: Select[Any], table: Table, room: int | None, start: int | None, end: int | None, before: int | None
) -> Select[Any]:
    """Rows of one room (or of all) with `at` in [start, end) (ms), newest first; only ids below `before`."""
    if room is not None:
        query = query.where(table.c.room == room)
    if start is not None:
        query = query.where(table.c.at >= start)
    if end is not None:
        query = query.where(table.c.at < end)
    if before is not None:
        query = query.where(table.c.id < before)
    return query.order_by(table.c.id.desc())
