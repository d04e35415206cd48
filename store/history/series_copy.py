"""A copy of the journal's series in `history.db`: whose points these are if the journal is lost."""

from collections.abc import Iterable

from sqlalchemy import Connection

from store.columns import columns
from store.history.tables import points, rollup_1h
from store.history.tables import series_copy as table
from store.journal.series import Series

_SERIES = columns(table, Series)
_PUT = (
    f"INSERT INTO {table.name} ({', '.join(Series._fields)}) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET device = excluded.device, metric = excluded.metric, "
    "position = excluded.position"
)


def read(tx: Connection) -> list[Series]:
    return _SERIES.all(tx, _SERIES.select().order_by(table.c.id))


def put(tx: Connection, series: Iterable[Series]) -> None:
    rows = [tuple(row) for row in series]
    if rows:
        tx.exec_driver_sql(_PUT, rows)


def highest_id(tx: Connection) -> int:
    """The highest series id in `history.db`, 0 without any."""
    maxima = " UNION ALL ".join(
        f"SELECT max({column}) AS id FROM {name}"
        for name, column in ((table.name, "id"), (points.name, "series"), (rollup_1h.name, "series"))
    )
    return int(tx.exec_driver_sql(f"SELECT max(id) FROM ({maxima})").scalar() or 0)
