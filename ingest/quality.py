"""Flags implausible readings by comparing them with the readings before and after.

Only later readings tell a lone jump from a real change. So the last readings of each series are
remembered, and a reading whose flags change later is written to the journal again: the last row of a
(series, time) counts. `record.stuck_scanner` finds stuck and pinned probes in the history and stores them
as suspect periods.

Readings may be plain tuples here, which are cheaper to make. Unpack them; they have no attributes.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from operator import itemgetter

from sqlalchemy import Connection

from core.readings.calibrations import OffsetTable
from core.readings.jump_detection import AGREE, FAST_K, METRICS, NO_WITNESS, STEP, jump_marks
from core.readings.readings import Reading
from core.times import DAY_MS
from ingest.series_registry import SeriesKey
from store.journal import latest
from store.readings import jump_windows, suspect_periods
from store.readings.suspect_periods import SuspectPeriod

REMEMBERED = 3 * AGREE
SUSPECTS_AGAIN_MS = 10_000
ENDED_MS = DAY_MS
"""How long (ms) after its end a suspect period still flags redelivered readings."""

_SLOWLY = NO_WITNESS | STEP
_NONE = Reading(0, 0, 0.0)
_time_of = itemgetter(Reading._fields.index("at"))

Window = list[Reading]
"""The last readings of one series, oldest first."""
Changed = dict[tuple[int, int], Reading]
"""(series, time) -> a reading whose flags have changed."""


class QualityFlagger:
    """Call `on_committed` or `on_rolled_back` before the next batch; a rolled back batch leaves no trace."""

    def __init__(self, tx: Connection, series: Mapping[SeriesKey, int]) -> None:
        self._windows: dict[int, Window] = {
            number: [] for (_, metric, _), number in series.items() if metric in METRICS
        }
        self._backlogs: dict[int, Window] = {}
        """Readings older than the series' window."""
        self._jumped = jump_windows.windows(tx)
        self.recall(reading for window in self._jumped.values() for reading in window)
        self.recall(
            Reading(value.series, value.at, value.value, value.flags, value.claimed)
            for value in latest.latest_values(tx, OffsetTable())
        )
        self._complete: set[int] = set()
        """Series whose readings are all remembered."""
        self._suspects: dict[int, list[SuspectPeriod]] = {}
        self._suspects_at: int | None = None
        self._start_batch()

    def _start_batch(self) -> None:
        self._appended: list[Window] = []
        self._added: list[int] = []
        self._touched: dict[int, Window] = {}
        self._touched_backlogs: dict[int, Window] = {}
        self._newly_jumped: dict[int, Window] = {}

    def recall(self, readings: Iterable[Reading]) -> None:
        """Remembers stored readings that may be delivered again."""
        for reading in readings:
            series, _, _, flags, _ = reading
            window = self._windows.get(series)
            if window is not None and not flags & NO_WITNESS:
                _insert(window, reading)
                del window[:-REMEMBERED]

    def judge(
        self, tx: Connection, now: int, readings: list[Reading], new_series: Mapping[SeriesKey, int]
    ) -> list[Reading]:
        """The readings of a batch with their flags, then earlier ones whose flags have changed."""
        windows, touched, appended = self._windows, self._touched, self._appended.append
        self._added = [number for (_, metric, _), number in new_series.items() if metric in METRICS]
        windows.update((number, []) for number in self._added)
        readings = self._mark_suspects(tx, now, readings)
        changed: Changed = {}
        window_of, backlog_of = windows.get, self._touched_backlogs.get
        for reading in readings:
            series, at, value, flags, _ = reading
            window = window_of(series)
            if window is None:
                continue
            if window and (not touched or series not in touched):
                _, last_at, last_value, last_flags, _ = window[-1]
                follows = -FAST_K < value - last_value < FAST_K and at > last_at
                if follows and not (flags | last_flags) & _SLOWLY:  # fast path of nearly all readings
                    window.append(reading)
                    appended(window)
                    continue
            backlog = backlog_of(series)
            if backlog and window and at < _time_of(window[0]) and _follows(backlog[-1], reading):
                backlog.append(reading)  # a backlog in order
                if len(backlog) > 4 * REMEMBERED:
                    del backlog[:-REMEMBERED]
                continue
            self._judge_reading(self._copy_window(series), reading, changed)
        self._store_jumped(tx)
        return _with_changes(readings, changed) if changed else readings

    def on_committed(self) -> None:
        self._windows |= self._touched
        self._backlogs |= self._touched_backlogs
        self._complete.update(self._added)
        for series, window in self._newly_jumped.items():
            if window:
                self._jumped[series] = window
            else:
                self._jumped.pop(series, None)
        for window in self._appended:
            if len(window) > 2 * REMEMBERED:
                series, *_ = window[0]
                self._complete.discard(series)
                del window[:-REMEMBERED]
        self._start_batch()

    def on_rolled_back(self) -> None:
        for window in reversed(self._appended):
            window.pop()
        for number in self._added:
            del self._windows[number]
        self._start_batch()

    def _copy_window(self, series: int) -> Window:
        """Copies a window, because a change in its middle cannot be undone."""
        window = self._touched.get(series)
        if window is None:
            window = self._touched[series] = self._windows.get(series, []).copy()
        return window

    def _copy_backlog(self, series: int) -> Window:
        window = self._touched_backlogs.get(series)
        if window is None:
            window = self._touched_backlogs[series] = self._backlogs.get(series, []).copy()
        return window

    def _judge_reading(self, window: Window, reading: Reading, changed: Changed) -> None:
        """Inserts a reading into its series' window and updates the flags that this changes."""
        series, at, value, flags, _ = reading
        if flags & NO_WITNESS:
            return
        stored = _entry(window, at)
        if stored is not None and stored.value == value:
            if stored.flags != flags:
                changed[series, at] = stored
            return
        is_oldest = bool(window) and at < _time_of(window[0])
        if is_oldest and series not in self._complete and series not in self._added:
            self._judge_backlog(window, reading, changed)
        else:
            self._insert_and_mark(window, reading, changed)

    def _judge_backlog(self, window: Window, reading: Reading, changed: Changed) -> None:
        """Judges readings older than the window by themselves."""
        series, at, value, flags, _ = reading
        backlog = self._copy_backlog(series)
        if backlog and not _time_of(backlog[0]) <= at < _time_of(window[0]):
            backlog.clear()
        stored = _entry(backlog, at)
        if stored is None or stored.value != value:
            self._insert_and_mark(backlog, reading, changed)
        elif stored.flags != flags:
            changed[series, at] = stored

    def _insert_and_mark(self, window: Window, reading: Reading, changed: Changed) -> None:
        _insert(window, reading)
        for number, is_jump in enumerate(jump_marks(window)):
            series, at, value, flags, claimed = window[number]
            marked = flags | STEP if is_jump else flags & ~STEP
            if marked != flags:
                window[number] = changed[series, at] = Reading(series, at, value, marked, claimed)
        if len(window) > 2 * REMEMBERED:  # keep the last trusted reading
            series, *_ = reading
            self._complete.discard(series)
            believed = [number for number, (_, _, _, flags, _) in enumerate(window) if not flags & STEP]
            del window[1 if believed == [0] else 0]

    def _mark_suspects(self, tx: Connection, now: int, readings: list[Reading]) -> list[Reading]:
        if self._suspects_at is None or abs(now - self._suspects_at) >= SUSPECTS_AGAIN_MS:
            self._suspects_at, self._suspects = now, {}
            for period in suspect_periods.periods(tx, ended_after=now - ENDED_MS):
                self._suspects.setdefault(period.series, []).append(period)
        if not self._suspects:
            return readings
        return [self._mark(tx, reading) for reading in readings]

    def _mark(self, tx: Connection, reading: Reading) -> Reading:
        series, at, value, flags, claimed = reading
        periods = self._suspects.get(series)
        if periods is None or flags & NO_WITNESS:
            return reading
        for period in periods:
            if period.marks(at, value):
                flags |= period.flag
            elif period.until is None and at > period.since and not period.low <= value <= period.high:
                suspect_periods.end(tx, period, at, value)
                self._suspects_at = None  # the next batch reads them again, committed or not
        return Reading(series, at, value, flags, claimed)

    def _store_jumped(self, tx: Connection) -> None:
        """Stores the window of a series whose latest reading is flagged as a jump, so that a restarted
        process knows the readings before it. A backlog is not stored, because its last reading is not
        the latest."""
        for series, window in self._touched.items():
            _, _, _, flags, _ = window[-1] if window else _NONE
            if flags & STEP:
                self._newly_jumped[series] = window.copy()
            elif series in self._jumped:
                self._newly_jumped[series] = []
        if self._newly_jumped:
            jump_windows.keep(tx, self._newly_jumped)


def _follows(last: Reading, reading: Reading) -> bool:
    """Whether the reading follows a trusted one without a jump."""
    _, last_at, last_value, last_flags, _ = last
    _, at, value, flags, _ = reading
    return at > last_at and -FAST_K < value - last_value < FAST_K and not (flags | last_flags) & _SLOWLY


def _entry(window: Window, at: int) -> Reading | None:
    """The window's reading of that time."""
    place = bisect_left(window, at, key=_time_of)
    if place == len(window) or _time_of(window[place]) != at:
        return None
    return Reading._make(window[place])


def _key(reading: Reading) -> tuple[int, int]:
    series, at, _, _, _ = reading
    return series, at


def _insert(window: Window, reading: Reading) -> None:
    """Inserts by time; replaces a reading with the same time."""
    at = _time_of(reading)
    place = bisect_left(window, at, key=_time_of)
    if place < len(window) and _time_of(window[place]) == at:
        window[place] = reading
    else:
        window.insert(place, reading)


def _with_changes(readings: Iterable[Reading], changed: Changed) -> list[Reading]:
    """The readings with their changes, then the changed ones that are not among them."""
    marked = [changed.get(_key(reading), reading) for reading in readings]
    keys = {_key(reading) for reading in marked}
    return marked + [reading for key, reading in changed.items() if key not in keys]
