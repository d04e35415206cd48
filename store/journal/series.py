"""Series: (device, metric, position) as a small integer."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from store.journal.tables import series
from store.sql import execute_sql


class Series(NamedTuple):
    id: int
    device: str
    metric: str
    position: str


def all_series(tx: Connection) -> dict[int, Series]:
    rows = tx.execute(select(*series.c["id", "device", "metric", "position"]))
    return {row.id: Series(*row) for row in rows}


def get_or_make(tx: Connection, device: str, metric: str, position: str, now: int) -> int:
    """The id of a series; creates it in the caller's transaction if it is new."""
    key = (device, metric, position)
    number = execute_sql(
        tx, "SELECT id FROM series WHERE device = ? AND metric = ? AND position = ?", key
    ).scalar()
    if number is not None:
        return int(number)
    made = "INSERT INTO series (device, metric, position, first_at) VALUES (?, ?, ?, ?) RETURNING id"
    return int(execute_sql(tx, made, (*key, now)).scalar_one())


def restore(tx: Connection, lost: Iterable[Series], highest: int, now: int) -> None:
    """Creates series under the ids that they had, and lets new ones begin above `highest`.

    Raises ValueError if an id belongs to another series. A series that exists under another id keeps that;
    of two lost ids of one series (a forgotten device that came again) the later one counts.
    """
    existing, lost = all_series(tx), list(lost)
    if why := contradiction(existing, lost):
        raise ValueError(why)
    keys = {row[1:] for row in existing.values()}
    for row in sorted(lost, reverse=True):
        if row.id not in existing and row[1:] not in keys:
            made = "INSERT INTO series (id, device, metric, position, first_at) VALUES (?, ?, ?, ?, ?)"
            execute_sql(tx, made, (*row, now))
            keys.add(row[1:])
    _begin_above(tx, max([highest, *existing]))


def contradiction(existing: Mapping[int, Series], other: Iterable[Series]) -> str:
    """How one id means two series, "" if none does."""
    for row in other:
        held = existing.get(row.id)
        if held is not None and held != row:
            return f"series {row.id} is {held[1:]}, not {row[1:]}"
    return ""


def _begin_above(tx: Connection, highest: int) -> None:
    """New series get ids above `highest`; the tables of both databases count by themselves."""
    if tx.dialect.name == "postgresql":
        sequence = "pg_get_serial_sequence('series', 'id')"
        top = "greatest(?, (SELECT max(id) FROM series), nextval(" + sequence + "))"
        execute_sql(tx, f"SELECT setval({sequence}, {top})", (highest,))
        return
    execute_sql(tx, "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'series'", (highest,))
    missing = "NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'series')"
    execute_sql(tx, f"INSERT INTO sqlite_sequence (name, seq) SELECT 'series', ? WHERE {missing}", (highest,))
