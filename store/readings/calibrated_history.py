"""The history for readers: every value is corrected by the calibration valid at its time."""

from collections.abc import Sequence

from sqlalchemy import select

from core.readings.calibrations import (
    Steps,
    corrected,
    merge_rollups,
    offset_at,
    offset_periods,
    shift_rollup,
)
from core.readings.rollups import Rollup
from store.database import Databases
from store.history import History, HistoryPoint
from store.history.wrapped import WrappedHistory
from store.journal.tables import series as series_table
from store.readings.calibrations import corrections


class CalibratedHistory(WrappedHistory):
    """For readers. Writes pass through unchanged.

    If an offset changes within a bucket, the bucket is read in two parts, so that its minimum, mean and
    maximum are those of the corrected readings.
    """

    def __init__(self, databases: Databases, raw: History) -> None:
        super().__init__(raw)
        self._databases = databases

    def points(
        self,
        series: Sequence[int],
        start: int,
        end: int,
        *,
        most: int | None = None,
        counted_only: bool = False,
        newest_first: bool = False,
    ) -> list[HistoryPoint]:
        readings = self.raw.points(
            series, start, end, most=most, counted_only=counted_only, newest_first=newest_first
        )
        steps = self._steps(series)
        if not steps:
            return readings
        return [
            point._replace(value=corrected(point.value, offset_at(steps.get(point.series, ()), point.at)))
            for point in readings
        ]

    def rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        steps = self._steps(series)
        if not steps:
            return self.raw.rollups(series, start, end, step)
        return [
            rollup
            for number in series
            for rollup in self._rollups(number, steps.get(number, ()), start, end, step)
        ]

    def _rollups(self, number: int, steps: Steps, start: int, end: int, step: int) -> list[Rollup]:
        if not steps or start >= end:
            return self.raw.rollups([number], start, end, step)
        return merge_rollups(
            shift_rollup(rollup, piece.offset)
            for piece in offset_periods(steps, start, end)
            for rollup in self.raw.rollups([number], piece.start, piece.end, step)
        )

    def _steps(self, series: Sequence[int]) -> dict[int, Steps]:
        """Corrections of those `series` that were ever calibrated."""
        with self._databases.records.read() as tx:
            corrected_series = corrections(tx).steps
        if not corrected_series:
            return {}
        columns = series_table.c["id", "device", "metric", "position"]
        query = select(*columns).where(
            series_table.c.device.in_({device for device, _, _ in corrected_series})
        )
        wanted = set(series)
        with self._databases.journal.read() as tx:
            rows = list(tx.execute(query))
        return {
            row.id: steps
            for row in rows
            if row.id in wanted and (steps := corrected_series.get((row.device, row.metric, row.position)))
        }

    def latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        """Raw, because callers compare it with raw values."""
        return self.raw.latest(series, start, end)
