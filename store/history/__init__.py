"""What every history store can do. SQLite is the embedded one; all stores pass the same contract tests."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from core.readings.readings import Reading
from core.readings.rollups import Rollup


class HistoryPoint(NamedTuple):
    """A stored reading: value as measured, flags as `core.readings.readings.Flag`."""

    series: int
    at: int
    value: float
    flags: int


class StoredPoint(NamedTuple):
    """From when on (ms) each level is whole. What is older may have been trimmed; 0: never trimmed."""

    points: int = 0
    five_minutes: int = 0
    hours: int = 0


class HistorySpan(NamedTuple):
    """The first and last time (ms) at which a series has anything."""

    first: int
    last: int


class History(Protocol):
    """Points and their roll-ups. Methods raise `core.errors.StoreError` when the store is away.

    Roll-ups are recomputed, never added to, so they are right under late, repeated and changed
    readings (docs/decisions/0004-recompute-rollups.md). Points flagged `NOT_COUNTED` are kept and
    not counted. A bucket whose finer level has been trimmed is replaced only by one that counts at
    least as many readings: a late reading never destroys what is no longer there to be recounted.
    """

    def prepare(self) -> list[str]:
        """Makes what it needs, or looks whether it is there. What was done or found, a line each."""

    @property
    def durable_after_s(self) -> float:
        """How long after a write even a killed store or a power cut cannot undo it."""

    def write(self, readings: Sequence[Reading], seq: int, now: int) -> str | None:
        """Points, the roll-ups they touch, and the recorder's position `seq`.

        The last reading given for a (series, at) wins, also over a stored one. When it raises, the
        position has not moved, and the same can be written again. Where the store will never take some
        of them, those are put aside in `history.db`, and what it said is given back.
        """

    def import_points(
        self, readings: Iterable[Reading], progress: Callable[[int], None] | None = None
    ) -> int:
        """Many readings in pieces, without a position; fastest in time order per series. How many.

        `progress` hears after each piece how many are written. Repeating an import is harmless.
        """

    def position(self) -> int:
        """The journal sequence up to which everything is written, 0 at first."""

    def restarted(self, safe: int, now: int, *, failed: bool) -> bool:
        """Whether the store's process is another than the one last written to (also by an earlier
        recorder), so that it may have lost what it had confirmed. Then the position is `safe` again,
        the newest that is known to have outlived `durable_after_s`. `failed`: a write just failed;
        a store that does not say when it was started is then taken for restarted."""

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
        """The points with start <= at < end, at most `most` per series, series after series."""

    def rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        """Buckets of `step` over exactly the counted readings with start <= at < end.

        `at` of a bucket is a multiple of `step`, so the first may begin before `start`; empty ones
        are absent. A step that is a multiple of an hour is read from hourly roll-ups, of 5 minutes
        from those, any other from points; edges of the window always from the finest level that is
        needed, and nothing is given for an edge whose level has been trimmed.
        """

    def spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        """Where the series that have anything begin and end."""

    def latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        """The value of the newest counted reading with start <= at < end of each series that has one. It
        is for a look at many: a store outside may answer what it knew half a minute ago, and nothing of a
        series whose very newest is not counted."""

    def kept(self) -> StoredPoint:
        """What retention has left."""

    def trim(
        self,
        now: int,
        keep_raw_days: float | None,
        keep_5m_days: float | None,
        keep_1h_days: float | None,
    ) -> Iterator[int]:
        """Removes what is older, None or 0 keeping for ever. Each `next` is one short transaction
        (at most about 100 ms) and says how many rows went, so a caller can do other work between."""
