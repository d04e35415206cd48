"""The newest value of every series, written in the transaction of its journal row."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select

from core.readings import Reading
from store.tables import newest as table
from store.tables import series

_UPSERT = (
    "INSERT INTO newest (series, at, received_at, value, flags, claimed) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (series) DO UPDATE SET at = excluded.at, received_at = excluded.received_at, "
    "value = excluded.value, flags = excluded.flags, claimed = excluded.claimed WHERE excluded.at >= at"
)


class Newest(NamedTuple):
    series: int
    device: str
    metric: str
    position: str
    at: int
    received_at: int
    value: float
    flags: int
    claimed: int | None


def put(tx: Connection, received_at: int, readings: Iterable[Reading]) -> None:
    """Keeps the latest by `at` of each series; of two with the same time the one given last."""
    latest: dict[int, Reading] = {}
    for reading in readings:
        held = latest.get(reading[0])
        if held is None or reading[1] >= held[1]:
            latest[reading[0]] = reading
    if latest:
        tx.exec_driver_sql(
            _UPSERT,
            [(series, at, received_at, value, flags, claimed)
             for series, at, value, flags, claimed in latest.values()],
        )  # fmt: skip


def newest(tx: Connection) -> list[Newest]:
    """The newest reading of every series that has one."""
    columns = (
        table.c.series,
        *series.c["device", "metric", "position"],
        *table.c["at", "received_at", "value", "flags", "claimed"],
    )
    found = tx.execute(select(*columns).join(series, series.c.id == table.c.series))
    return [Newest(*row) for row in found]
