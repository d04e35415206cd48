"""Looks for probes that are stuck or pinned, in the history, a few series at a time.

What is found stands in `store.readings.suspect_periods`; the listener marks what comes from then on
(`ingest.quality`), and ends the doubt as soon as the series moves.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from core.metrics import METRICS
from core.readings.calibrations import OffsetTable
from core.readings.readings import DAY_MS, HOUR_MS, NOT_COUNTED, Flag
from core.readings.rollups import Bucket
from core.readings.stuck_detection import (
    LOOK_BACK,
    PINNED_FOR,
    PINNED_HIGH,
    PINNED_LOW,
    STEP,
    is_stuck,
    longest_rest,
    pinned,
    resolution,
    rest,
)
from store.database import Databases
from store.history import History
from store.journal import latest
from store.journal.latest import LatestValue
from store.readings import suspect_periods
from store.readings.suspect_periods import SuspectPeriod
from store.rooms.places import placements

log = logging.getLogger(__name__)

EVERY_MS = 10 * 60_000
SERIES_IN_A_CHUNK = 50
FIRST_LOOK = 12 * HOUR_MS
SPOKE_WITHIN = 3 * HOUR_MS
LEARN_FROM = 60 * DAY_MS
"""So long it is remembered that a rest was one."""
STUCK, PINNED = int(Flag.STUCK), int(Flag.PINNED)


class _Room(NamedTuple):
    """Series by where they stand, and the other way round."""

    group: dict[int, tuple[int, str, str]]
    members: dict[tuple[int, str, str], list[int]]


class StuckProbeScanner:
    """`now` gives ms UTC."""

    def __init__(self, dbs: Databases, history: History, now: Callable[[], int]) -> None:
        self._dbs = dbs
        self._history = history
        self._now = now
        self._due = 0
        self._round: Iterator[None] | None = None

    def piece(self) -> bool:
        """A few series of the round that is due. Whether there are more. Raises StoreError."""
        now = self._now()
        if self._round is None:
            if 0 <= self._due - now <= EVERY_MS:
                return False
            self._due = now + EVERY_MS
            self._round = self._look(now)
        try:
            next(self._round)
        except StopIteration:
            self._round = None
        except BaseException:
            self._round = None
            raise
        return self._round is not None

    def _look(self, now: int) -> Iterator[None]:
        with self._dbs.journal.write() as tx:
            suspect_periods.forget(tx, now - LEARN_FROM)
        with self._dbs.journal.read() as tx:
            lasting = {doubt.series for doubt in suspect_periods.periods(tx)}
            spoke = [
                value
                for value in latest.latest_values(tx, OffsetTable())
                if METRICS[value.metric].stuck is not None
                and value.received_at >= now - SPOKE_WITHIN
                and value.series not in lasting
                and not value.flags & NOT_COUNTED
            ]
        rooms = self._rooms(spoke, now)
        for begin in range(0, len(spoke), SERIES_IN_A_CHUNK):
            piece = {value.series: value for value in spoke[begin : begin + SERIES_IN_A_CHUNK]}
            end = now // STEP * STEP + STEP
            buckets = self._buckets(list(piece), end - FIRST_LOOK, end, STEP)
            for series, value in piece.items():
                resting = rest(buckets.get(series, []))
                if value.metric == "humidity" and not PINNED_LOW < value.raw < PINNED_HIGH:
                    self._pinned(value, now)
                elif resting is not None and resting.is_long:
                    self._resting(value, end, rooms)
            yield

    def _resting(self, value: LatestValue, end: int, rooms: _Room) -> None:
        buckets = self._buckets([value.series], end - LOOK_BACK, end, STEP).get(value.series, [])
        resting = rest(buckets)
        if resting is None or resting.value != value.raw:
            return
        past = [bucket for bucket in buckets if bucket.at < resting.since]
        moved = self._neighbours(value.series, rooms, resting.since, end)
        rested = self._rested(value.series, resolution(past, resting.value))
        if is_stuck(value.metric, past, resting, rested, moved):
            log.warning(
                "%s %s %s has said %g for %.1f h and never rested so long (%.1f h); it counts as stuck",
                *(value.device, value.position, value.metric, value.raw),
                resting.length / HOUR_MS,
                max(longest_rest(past), rested) / HOUR_MS,
            )
            since, raw = value.at + 1, value.raw
            self._begin(SuspectPeriod(value.series, STUCK, since, raw, raw, resting.length))

    def _pinned(self, value: LatestValue, now: int) -> None:
        end = now // HOUR_MS * HOUR_MS + HOUR_MS
        hours = self._buckets([value.series], end - PINNED_FOR - HOUR_MS, end, HOUR_MS).get(value.series, [])
        pinned_range = pinned(hours, end)
        if pinned_range is not None:
            probe = (value.device, value.position)
            log.warning("%s %s humidity has stood at %g for too long", *probe, value.raw)
            self._begin(SuspectPeriod(value.series, PINNED, value.at + 1, *pinned_range, PINNED_FOR))

    def _begin(self, doubt: SuspectPeriod) -> None:
        with self._dbs.journal.write() as tx:
            suspect_periods.begin(tx, doubt)

    def _rested(self, series: int, step: float) -> int:
        """The longest doubt that ended with one small step, as a room moves: it had been a true rest."""
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

    def _rooms(self, spoke: Sequence[LatestValue], now: int) -> _Room:
        with self._dbs.records.read() as tx:
            placed = {(p.device, p.position): p for p in placements(tx, at=now)}
        rooms = _Room({}, defaultdict(list))
        for value in spoke:
            place = placed.get((value.device, value.position))
            if place is not None:
                group = rooms.group[value.series] = (place.room, str(place.position_class), value.metric)
                rooms.members[group].append(value.series)
        return rooms

    def _neighbours(self, series: int, rooms: _Room, start: int, end: int) -> float | None:
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
