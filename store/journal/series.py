"""Series: (device, metric, position) as a small integer."""

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
