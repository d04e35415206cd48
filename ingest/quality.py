"""Marks readings that cannot be believed for what was said before and after them.

A reading that stands alone after a jump is told from a real change by those that follow, so the last
readings of each series are remembered, and one that turns out otherwise than it was marked goes to the
journal once more: the last word on a (series, time) counts everywhere. What is stuck or pinned was found
in the history (`ingest.doubts`) and stands in a table.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from operator import itemgetter

from sqlalchemy import Connection

from core.readings.calibrations import OffsetTable
from core.readings.jump_detection import AGREE, FAST_K, METRICS, NO_WITNESS, STEP
from core.readings.jump_detection import steps as alone
from core.readings.readings import DAY_MS, Reading
from store.journal import latest
from store.readings import jump_windows, suspect_periods
from store.readings.suspect_periods import SuspectPeriod

REMEMBERED = 3 * AGREE
DOUBTS_AGAIN_MS = 10_000
ENDED_MS = DAY_MS
"""So long after its end a doubt still marks what is delivered again."""

_SLOWLY = NO_WITNESS | STEP
_time = itemgetter(1)

Key = tuple[str, str, str]
Window = list[Reading]
Changed = dict[tuple[int, int], Reading]


def _follows(last: Reading, reading: Reading) -> bool:
    """Whether it comes behind one that is believed, without a jump."""
    return (
        reading[1] > last[1]
        and -FAST_K < reading[2] - last[2] < FAST_K
        and not (reading[3] | last[3]) & _SLOWLY
    )


class QualityFlagger:
    """What is remembered of each series. A batch that is not committed leaves no trace."""

    def __init__(self, tx: Connection, series: Mapping[Key, int]) -> None:
        self._windows: dict[int, Window] = {
            number: [] for (_, metric, _), number in series.items() if metric in METRICS
        }
        self._jumped = jump_windows.windows(tx)
        self.recall(reading for window in self._jumped.values() for reading in window)
        self.recall(
            Reading(one.series, one.at, one.value, one.flags, one.claimed)
            for one in latest.latest_values(tx, OffsetTable())
        )
        self._new: set[int] = set()
        self._doubts: dict[int, list[SuspectPeriod]] = {}
        self._doubts_at: int | None = None
        self._appended: list[Window] = []
        self._added: list[int] = []
        self._touched: dict[int, Window] = {}
        self._news: dict[int, Window] = {}

    def recall(self, readings: Iterable[Reading]) -> None:
        """Readings as they were kept, which may be delivered again."""
        for reading in readings:
            window = self._windows.get(reading[0])
            if window is not None and not reading[3] & NO_WITNESS:
                _put(window, reading)
                del window[:-REMEMBERED]

    def judge(
        self, tx: Connection, now: int, readings: list[Reading], new_series: Mapping[Key, int]
    ) -> list[Reading]:
        """The readings of a batch with their marks, and earlier ones whose marks have changed."""
        self._forget()
        windows, touched, added = self._windows, self._touched, self._appended.append
        self._added = [number for (_, metric, _), number in new_series.items() if metric in METRICS]
        windows.update((number, []) for number in self._added)
        readings = self._doubted(tx, now, readings)
        changed: Changed = {}
        window_of = windows.get
        for reading in readings:
            window = window_of(reading[0])
            if window is None:
                continue
            if window and (not touched or reading[0] not in touched):
                last = window[-1]
                follows = -FAST_K < reading[2] - last[2] < FAST_K and reading[1] > last[1]
                if follows and not (reading[3] | last[3]) & _SLOWLY:  # the way of nearly all
                    window.append(reading)
                    added(window)
                    continue
            behind = touched.get(-reading[0])
            if behind and window and reading[1] < window[0][1] and _follows(behind[-1], reading):
                behind.append(reading)  # a backlog in its order
                if len(behind) > 4 * REMEMBERED:
                    del behind[:-REMEMBERED]
                continue
            self._weigh(self._touch(reading[0]), reading, changed)
        self._remember(tx)
        return _with(readings, changed) if changed else readings

    def _forget(self) -> None:
        """What a batch that was not committed has left."""
        for window in reversed(self._appended):
            window.pop()
        for number in self._added:
            del self._windows[number]
        self._clear()

    def _clear(self) -> None:
        self._appended, self._added, self._touched, self._news = [], [], {}, {}

    def kept(self) -> None:
        """The batch is committed."""
        self._windows |= self._touched
        self._new.update(self._added)
        for series, jumped in self._news.items():
            if jumped:
                self._jumped[series] = jumped
            else:
                self._jumped.pop(series, None)
        for window in self._appended:
            if len(window) > 2 * REMEMBERED:
                self._new.discard(window[0][0])
                del window[:-REMEMBERED]
        self._clear()

    def _touch(self, series: int) -> Window:
        """A copy, since what changes in its middle cannot be taken back."""
        window = self._touched.get(series)
        if window is None:
            window = self._touched[series] = self._windows.get(series, []).copy()
        return window

    def _weigh(self, window: Window, reading: Reading, changed: Changed) -> None:
        """Takes a reading into its series' window and marks anew whatever that changes."""
        series, at, value, flags, _ = reading
        if flags & NO_WITNESS:
            return
        place = bisect_left(window, at, key=_time)
        known = window[place] if place < len(window) and window[place][1] == at else None
        if known is not None and known[2] == value:
            if known[3] != flags:
                changed[series, at] = known
            return
        if known is None and place == 0 and window and not self._whole(series):
            self._behind(window, reading, changed)
            return
        self._settle(window, reading, changed)

    def _behind(self, window: Window, reading: Reading, changed: Changed) -> None:
        """What is older than all that is remembered, as of a backlog, is weighed by itself."""
        behind = self._touch(-reading[0])
        if behind and not behind[0][1] <= reading[1] < window[0][1]:
            behind.clear()
        known = next((one for one in behind if one[1] == reading[1] and one[2] == reading[2]), None)
        if known is None:
            self._settle(behind, reading, changed)
        elif known[3] != reading[3]:
            changed[known[0], known[1]] = known

    def _settle(self, window: Window, reading: Reading, changed: Changed) -> None:
        series = reading[0]
        _put(window, reading)
        for number, wrong in enumerate(alone(window)):
            one = window[number]
            marked = one[3] | STEP if wrong else one[3] & ~STEP
            if marked != one[3]:
                window[number] = changed[series, one[1]] = Reading(series, one[1], one[2], marked, one[4])
        if len(window) > 2 * REMEMBERED:  # the last word that is believed stays, whatever follows
            self._new.discard(series)
            believed = [number for number, one in enumerate(window) if not one[3] & STEP]
            del window[1 if believed == [0] else 0]

    def _whole(self, series: int) -> bool:
        """Whether all that the series ever said is remembered."""
        return series in self._new or series in self._added

    def _doubted(self, tx: Connection, now: int, readings: list[Reading]) -> list[Reading]:
        if self._doubts_at is None or abs(now - self._doubts_at) >= DOUBTS_AGAIN_MS:
            self._doubts_at, self._doubts = now, {}
            for doubt in suspect_periods.doubts(tx, ended_after=now - ENDED_MS):
                self._doubts.setdefault(doubt.series, []).append(doubt)
        if not self._doubts:
            return readings
        return [self._mark(tx, reading) if reading[0] in self._doubts else reading for reading in readings]

    def _mark(self, tx: Connection, reading: Reading) -> Reading:
        series, at, value, flags, claimed = reading
        if flags & NO_WITNESS:
            return reading
        for doubt in self._doubts[series]:
            if doubt.marks(at, value):
                flags |= doubt.flag
            elif doubt.until is None and at > doubt.since and not doubt.low <= value <= doubt.high:
                suspect_periods.end(tx, doubt, at, value)
                self._doubts_at = None  # read again with the next batch, whether or not this one is kept
        return Reading(series, at, value, flags, claimed)

    def _remember(self, tx: Connection) -> None:
        """A series whose newest reading is doubted for a jump is kept with what was there before it."""
        for series, window in self._touched.items():
            if series < 0:
                continue  # a backlog: what is newest is not in doubt
            if window and window[-1][3] & STEP:
                self._news[series] = window.copy()
            elif series in self._jumped:
                self._news[series] = []
        if self._news:
            jump_windows.keep(tx, self._news)


def _put(window: Window, reading: Reading) -> None:
    """At its place by time; the last given of two with one time takes the place of the other."""
    place = bisect_left(window, reading[1], key=_time)
    if place < len(window) and window[place][1] == reading[1]:
        window[place] = reading
    else:
        window.insert(place, reading)


def _with(readings: Iterable[Reading], changed: Mapping[tuple[int, int], Reading]) -> list[Reading]:
    found = [changed.get((reading[0], reading[1]), reading) for reading in readings]
    given = {(reading[0], reading[1]) for reading in found}
    return found + [reading for key, reading in changed.items() if key not in given]
