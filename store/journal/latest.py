"""The latest value of every series, written in the transaction of its journal row."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select

from core.readings.calibrations import OffsetTable
from core.readings.readings import AHEAD_AT_MOST, Flag, Reading
from store.journal.tables import latest as table
from store.journal.tables import series
from store.sql import run_all

_LATE = int(Flag.LATE)
_TIME_UNKNOWN = int(Flag.TIME_UNKNOWN)
_PUT = (
    "INSERT INTO latest (series, at, received_at, value, flags, claimed) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (series) DO UPDATE SET at = excluded.at, received_at = excluded.received_at, "
    "value = excluded.value, flags = excluded.flags, claimed = excluded.claimed "
)
_KINDS = ("int", "bigint", "bigint", "float8", "int", "bigint")
_IF_LATER = (  # or if the stored time is ahead, from a wrong clock
    f"{_PUT} WHERE excluded.at >= latest.at OR latest.flags & {_TIME_UNKNOWN} <> 0 "
    f"OR (latest.at > excluded.received_at + {AHEAD_AT_MOST} AND excluded.flags & {_LATE} = 0)"
)
_UNLESS_TIMED = f"{_PUT} WHERE latest.flags & {_TIME_UNKNOWN} <> 0"


class LatestValue(NamedTuple):
    """`value` is corrected by the calibration valid at `at`; `raw` is the measured value."""

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
    """Stores the latest reading of each series by `at`; of two with the same time, the later one in
    `readings`.

    A value of unknown time is stored only if the series has none with a known time: it never counts as
    fresh.
    """
    timed: dict[int, Reading] = {}
    unknown: dict[int, Reading] = {}
    for reading in readings:
        series, at, _, flags, _ = reading
        if flags & _TIME_UNKNOWN:
            unknown[series] = reading
        elif series not in timed or at >= timed[series][1]:
            timed[series] = reading
    for statement, latest_of_series in ((_UNLESS_TIMED, unknown), (_IF_LATER, timed)):
        if latest_of_series:
            rows = [
                (series, at, received_at, value, flags, claimed)
                for series, at, value, flags, claimed in latest_of_series.values()
            ]
            run_all(tx, statement, _KINDS, rows)


def latest_values(tx: Connection, offsets: OffsetTable) -> list[LatestValue]:
    """The latest reading of every series, corrected by the calibration `offsets`."""
    columns = (
        table.c.series,
        *series.c["device", "metric", "position"],
        *table.c["at", "received_at", "value", "flags", "claimed"],
        table.c.value.label("raw"),
    )
    rows = tx.execute(select(*columns).join(series, series.c.id == table.c.series))
    values = [LatestValue(*row) for row in rows]
    if not offsets.steps:
        return values
    return [
        value._replace(
            value=offsets.corrected_value(value.device, value.metric, value.position, value.at, value.raw)
        )
        for value in values
    ]
