"""Scans the history for stuck and pinned probes, a few series at a time.

A probe that it finds gets a suspect period (`store.readings.suspect_periods`). From then on the listener
flags its readings (`ingest.quality`) and ends the period as soon as the series moves.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from core.metrics import METRICS
from core.readings.calibrations import OffsetTable
from core.readings.readings import NOT_COUNTED, Flag
from core.readings.rollups import Bucket
from core.readings.stuck_detection import (
    LOOK_BACK,
    PINNED_FOR,
    PINNED_HIGH,
    PINNED_LOW,
    STEP,
    is_stuck,
    longest_still,
    resolution,
    still_period,
    stuck_at_end,
)
from core.times import DAY_MS, HOUR_MS
from store.database import Databases
from store.history import History
from store.journal import latest
from store.journal.latest import LatestValue
from store.readings import suspect_periods
from store.readings.suspect_periods import SuspectPeriod
from store.rooms.places import placements

log = logging.getLogger(__name__)

SCAN_EVERY_MS = 10 * 60_000
SERIES_IN_A_CHUNK = 50
SHORT_LOOK_BACK_MS = 12 * HOUR_MS
RECENT_MS = 3 * HOUR_MS
REMEMBER_MS = 60 * DAY_MS
"""How long ended periods are kept, to learn how long a healthy series may stay constant."""
STUCK, PINNED = int(Flag.STUCK), int(Flag.PINNED)


class _Room(NamedTuple):
    """The series that share a room, position class and metric."""

    group: dict[int, tuple[int, str, str]]
    members: dict[tuple[int, str, str], list[int]]


class StuckProbeScanner:
    """Call `run_next_chunk` repeatedly. `now` returns ms UTC."""

    def __init__(self, dbs: Databases, history: History, now: Callable[[], int]) -> None:
        self._dbs = dbs
        self._history = history
        self._now = now
        self._due = 0
        self._scan_in_progress: Iterator[None] | None = None

    def run_next_chunk(self) -> bool:
        """Scans the next series of the due scan. Returns whether more are left. Raises StoreError."""
        now = self._now()
        if self._scan_in_progress is None:
            if 0 <= self._due - now <= SCAN_EVERY_MS:
                return False
            self._due = now + SCAN_EVERY_MS
            self._scan_in_progress = self._scan(now)
        try:
            next(self._scan_in_progress)
        except StopIteration:
            self._scan_in_progress = None
        except BaseException:
            self._scan_in_progress = None
            raise
        return self._scan_in_progress is not None

    def _scan(self, now: int) -> Iterator[None]:
        with self._dbs.journal.write() as tx:
            suspect_periods.forget(tx, now - REMEMBER_MS)
        with self._dbs.journal.read() as tx:
            suspect_series = {period.series for period in suspect_periods.periods(tx)}
            recent = [
                value
                for value in latest.latest_values(tx, OffsetTable())
                if METRICS[value.metric].stuck is not None
                and value.received_at >= now - RECENT_MS
                and value.series not in suspect_series
                and not value.flags & NOT_COUNTED
            ]
        rooms = self._rooms(recent, now)
        for start in range(0, len(recent), SERIES_IN_A_CHUNK):
            piece = {value.series: value for value in recent[start : start + SERIES_IN_A_CHUNK]}
            end = now // STEP * STEP + STEP
            buckets = self._buckets(list(piece), end - SHORT_LOOK_BACK_MS, end, STEP)
            for series, value in piece.items():
                resting = still_period(buckets.get(series, []))
                if value.metric == "humidity" and not PINNED_LOW < value.raw < PINNED_HIGH:
                    self._check_pinned(value, now)
                elif resting is not None and resting.is_long:
                    self._check_stuck(value, end, rooms)
            yield

    def _check_stuck(self, value: LatestValue, end: int, rooms: _Room) -> None:
        buckets = self._buckets([value.series], end - LOOK_BACK, end, STEP).get(value.series, [])
        resting = still_period(buckets)
        if resting is None or resting.value != value.raw:
            return
        past = [bucket for bucket in buckets if bucket.at < resting.since]
        moved = self._least_movement_of_neighbours(value.series, rooms, resting.since, end)
        rested = self._longest_true_rest(value.series, resolution(past, resting.value))
        if is_stuck(value.metric, past, resting, rested, moved):
            log.warning(
                "%s %s %s has been at %g for %.1f h, longer than ever before (%.1f h); marked as stuck",
                *(value.device, value.position, value.metric, value.raw),
                resting.length / HOUR_MS,
                max(longest_still(past), rested) / HOUR_MS,
            )
            since, raw = value.at + 1, value.raw
            self._store_period(SuspectPeriod(value.series, STUCK, since, raw, raw, resting.length))

    def _check_pinned(self, value: LatestValue, now: int) -> None:
        end = now // HOUR_MS * HOUR_MS + HOUR_MS
        hours = self._buckets([value.series], end - PINNED_FOR - HOUR_MS, end, HOUR_MS).get(value.series, [])
        pinned_range = stuck_at_end(hours, end)
        if pinned_range is not None:
            probe = (value.device, value.position)
            log.warning("%s %s humidity has been at %g for too long; marked as pinned", *probe, value.raw)
            self._store_period(SuspectPeriod(value.series, PINNED, value.at + 1, *pinned_range, PINNED_FOR))

    def _store_period(self, period: SuspectPeriod) -> None:
        with self._dbs.journal.write() as tx:
            suspect_periods.begin(tx, period)

    def _longest_true_rest(self, series: int, step: float) -> int:
        """The longest suspect period (ms) that ended with one small step, as real room values do, so the
        probe was not stuck."""
        with self._dbs.journal.read() as tx:
            periods = suspect_periods.periods(tx, ended_after=0, series=series)
        return max(
            (
                period.rested + period.until - period.since
                for period in periods
                if period.flag == STUCK
                and period.until is not None
                and period.after is not None
                and abs(period.after - period.low) <= 2 * step + 1e-6
            ),
            default=0,
        )

    def _rooms(self, recent: Sequence[LatestValue], now: int) -> _Room:
        with self._dbs.records.read() as tx:
            placed = {(p.device, p.position): p for p in placements(tx, at=now)}
        rooms = _Room({}, defaultdict(list))
        for value in recent:
            place = placed.get((value.device, value.position))
            if place is not None:
                group = rooms.group[value.series] = (place.room, str(place.position_class), value.metric)
                rooms.members[group].append(value.series)
        return rooms

    def _least_movement_of_neighbours(self, series: int, rooms: _Room, start: int, end: int) -> float | None:
        group = rooms.group.get(series)
        others = [other for other in rooms.members.get(group, ()) if other != series] if group else []
        moved = [
            max(bucket.max for bucket in buckets) - min(bucket.min for bucket in buckets)
            for buckets in self._buckets(others, start, end, STEP).values()
        ]
        return min(moved, default=None)

    def _buckets(self, series: Sequence[int], start: int, end: int, step: int) -> dict[int, list[Bucket]]:
        buckets: dict[int, list[Bucket]] = {}
        for rollup in self._history.rollups(series, start, end, step) if series else ():
            mean = rollup.sum / rollup.counted
            bucket = Bucket(rollup.at, rollup.min, mean, rollup.max, rollup.counted)
            buckets.setdefault(rollup.series, []).append(bucket)
        return buckets
