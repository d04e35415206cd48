"""Last readings of series that have just jumped, so that a restarted listener still knows the readings
before."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select

from core.readings.readings import Reading
from store.readings.tables import jump_windows as table

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Reading]).decode


def windows(tx: Connection) -> dict[int, list[Reading]]:
    """Series -> its last readings, oldest first."""
    return {row.series: _decode(row.readings) for row in tx.execute(select(table))}


def keep(tx: Connection, windows_by_series: Mapping[int, Sequence[Reading]]) -> None:
    """Replaces the windows of these series; an empty window deletes the row."""
    tx.execute(delete(table).where(table.c.series.in_(list(windows_by_series))))
    rows = [
        {"series": series, "readings": _encode(window)}
        for series, window in windows_by_series.items()
        if window
    ]
    if rows:
        tx.execute(insert(table), rows)
