"""Series: (device, metric, position) as a small integer."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from store.tables import series


class Series(NamedTuple):
    id: int
    device: str
    metric: str
    position: str


def all_series(tx: Connection) -> dict[int, Series]:
    found = tx.execute(select(*series.c["id", "device", "metric", "position"]))
    return {row.id: Series(*row) for row in found}


def get_or_make(tx: Connection, device: str, metric: str, position: str, now: int) -> int:
    """The number of a series, made in the caller's transaction if it is new."""
    known = tx.exec_driver_sql(
        "SELECT id FROM series WHERE device = ? AND metric = ? AND position = ?", (device, metric, position)
    ).scalar()
    if known is not None:
        return int(known)
    made = tx.exec_driver_sql(
        "INSERT INTO series (device, metric, position, first_at) VALUES (?, ?, ?, ?)",
        (device, metric, position, now),
    )
    return int(made.lastrowid)
