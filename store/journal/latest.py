"""The newest value of every series, written in the transaction of its journal row."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select

from core.readings.readings import HOUR_MS, Flag, Reading
from store.journal.tables import latest as table
from store.journal.tables import series
from store.readings.calibrations import OffsetTable
from store.sql import run_all

_TIME_UNKNOWN = int(Flag.TIME_UNKNOWN)
_PUT = (
    "INSERT INTO newest (series, at, received_at, value, flags, claimed) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (series) DO UPDATE SET at = excluded.at, received_at = excluded.received_at, "
    "value = excluded.value, flags = excluded.flags, claimed = excluded.claimed "
)
_KINDS = ("int", "bigint", "bigint", "float8", "int", "bigint")
_IF_NEWER = (  # or where the one that is kept comes from a clock that was far ahead
    f"{_PUT} WHERE excluded.at >= newest.at OR newest.flags & {_TIME_UNKNOWN} <> 0 "
    f"OR newest.at > excluded.received_at + {HOUR_MS}"
)
_UNLESS_KNOWN = f"{_PUT} WHERE newest.flags & {_TIME_UNKNOWN} <> 0"


class LatestValue(NamedTuple):
    """`value` is corrected by the calibration that counted then, `raw` as it was measured."""

    series: int
    device: str
    metric: str
    position: str
    at: int
    received_at: int
    value: float
    flags: int
    claimed: int | None
    raw: float


def put(tx: Connection, received_at: int, readings: Iterable[Reading]) -> None:
    """Keeps the latest by `at` of each series; of two with the same time the one given last.

    A value of unknown time is kept only where there is none of a known one: it never counts as fresh.
    """
    latest: dict[int, Reading] = {}
    unknown: dict[int, Reading] = {}
    for reading in readings:
        series = reading[0]
        if reading[3] & _TIME_UNKNOWN:
            unknown[series] = reading
        elif series not in latest or reading[1] >= latest[series][1]:
            latest[series] = reading
    for statement, found in ((_UNLESS_KNOWN, unknown), (_IF_NEWER, latest)):
        if found:
            rows = [(r[0], r[1], received_at, r[2], r[3], r[4]) for r in found.values()]
            run_all(tx, statement, _KINDS, rows)


def latest_values(tx: Connection, corrections: OffsetTable) -> list[LatestValue]:
    """The newest reading of every series that has one; `corrections` of `store.readings.calibrations`."""
    columns = (
        table.c.series,
        *series.c["device", "metric", "position"],
        *table.c["at", "received_at", "value", "flags", "claimed"],
        table.c.value.label("raw"),
    )
    rows = tx.execute(select(*columns).join(series, series.c.id == table.c.series))
    found = [LatestValue(*row) for row in rows]
    if not corrections.steps:
        return found
    return [
        one._replace(value=corrections.value(one.device, one.metric, one.position, one.at, one.raw))
        for one in found
    ]
