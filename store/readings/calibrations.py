"""Calibrations, and the only place where raw values are corrected by them.

Everything that shows or judges a value uses `corrections`: `store.journal.latest.latest_values` takes
them, readers of the history read through `store.readings.calibrated_history`, the alert engine gives each
probe its `Steps`. Stored values stay raw (docs/decisions/0010-calibration-on-reading.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from core.readings.calibrations import NewCalibration, OffsetStep, OffsetTable, SeriesKey, full_hour, steps_of
from store import changes
from store.columns import columns
from store.readings.tables import calibrations as table

Probe = tuple[str, str]
"""(device, position)"""


class Calibration(NamedTuple):
    """`offset` is added to values measured from `valid_from` (a full hour, ms) on."""

    id: int
    device: str
    position: str
    metric: str
    offset: float
    valid_from: int
    method: str
    reference: float | None
    measured: float | None
    done_at: int
    due_at: int | None
    certificate: str
    note: str
    by: int | None
    recorded_at: int


_CALIBRATION = columns(table, Calibration)


def calibrations(tx: Connection, device: str | None = None) -> list[Calibration]:
    """All calibrations, latest first; of one device or of all."""
    query = _CALIBRATION.select().order_by(table.c.done_at.desc(), table.c.id.desc())
    if device is not None:
        query = query.where(table.c.device == device)
    return _CALIBRATION.all(tx, query)


def corrections(tx: Connection) -> OffsetTable:
    by_series: dict[SeriesKey, list[OffsetStep]] = {}
    wanted = table.c["device", "metric", "position", "valid_from", "offset"]
    for row in tx.execute(select(*wanted).order_by(table.c.id)):
        key = (row.device, row.metric, row.position)
        by_series.setdefault(key, []).append(OffsetStep(row.valid_from, row.offset))
    return OffsetTable({key: steps_of(steps) for key, steps in by_series.items()})


def last_of(history: Iterable[Calibration]) -> dict[SeriesKey, Calibration]:
    """Each series' last calibration, which determines its due date."""
    last: dict[SeriesKey, Calibration] = {}
    for calibration in sorted(history, key=lambda calibration: (calibration.done_at, calibration.id)):
        last[calibration.device, calibration.metric, calibration.position] = calibration
    return last


def due_of(history: Sequence[Calibration]) -> dict[Probe, int | None]:
    """The next due date of each calibrated probe: the earliest of its metrics. None without a date."""
    soonest: dict[Probe, int | None] = {}
    for calibration in last_of(history).values():
        dates = [
            at
            for at in (soonest.get((calibration.device, calibration.position)), calibration.due_at)
            if at is not None
        ]
        soonest[calibration.device, calibration.position] = min(dates, default=None)
    return soonest


def calibrate(tx: Connection, now: int, new: NewCalibration) -> int:
    """Returns the calibration's id. It is valid from the full hour in which it was made. The caller has
    checked that the series exists. Refused: invalid values."""
    new.check(now)
    done = now if new.done_at is None else new.done_at
    values = asdict(new) | {"valid_from": full_hour(done), "done_at": done, "recorded_at": now}
    values |= {"certificate": new.certificate.strip(), "note": new.note.strip()}
    ident = int(tx.execute(insert(table).values(values).returning(table.c.id)).scalar_one())
    changes.note(tx, "calibration", ident, now)
    return ident
