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


class RetainedSince(NamedTuple):
    """From when on (ms) each level is whole. What is older may have been trimmed; 0: never trimmed."""

    points: int = 0
    five_minutes: int = 0
    hours: int = 0


class HistorySpan(NamedTuple):
    """The first and last time (ms) at which a series has anything."""

    first: int
    last: int


class History(Protocol):
    """Points and their roll-ups. Methods raise `core.errors.StoreError` while the store is unreachable.

    Roll-ups are recomputed, never added to, so they are right under late, repeated and changed
    readings (docs/decisions/0004-recompute-rollups.md). Points flagged `NOT_COUNTED` are kept and
    not counted. A bucket whose finer level was trimmed is replaced only by one that counts at least
    as many readings, so a late reading never destroys a roll-up that cannot be recounted.
    """

    def prepare(self) -> list[str]:
        """Makes what it needs, or checks that it exists. What was done, a line each."""

    @property
    def durable_after_s(self) -> float:
        """Seconds after which neither a killed store nor a power cut can undo a write."""

    def write(self, readings: Sequence[Reading], seq: int, now: int) -> str | None:
        """Writes points, the roll-ups they touch, and the recorder's offset `seq`.

        The last reading of a (series, at) wins, also over a stored one. When it raises, the offset
        has not moved, and the same can be written again. Readings that the store will never accept
        are put aside in `history.db`; the result is then the store's reason, otherwise None.
        """

    def import_points(
        self, readings: Iterable[Reading], progress: Callable[[int], None] | None = None
    ) -> int:
        """Writes many readings in pieces, without an offset; fastest in time order per series.

        Returns how many. `progress` is called with the number written after each piece. Repeating an
        import is harmless.
        """

    def offset(self) -> int:
        """The journal sequence up to which everything is written, 0 at first."""

    def rewind_if_restarted(self, safe: int, now: int, *, failed: bool) -> bool:
        """Sets the offset back to `safe` where the store was restarted since the last write, because
        it may have lost confirmed writes. Returns whether it did.

        `safe` is the newest offset that has outlived `durable_after_s`. `failed`: a write just failed;
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
        are absent. A multiple of an hour is read from hourly roll-ups, a multiple of 5 minutes from
        5-minute roll-ups, any other step from points. Edges of the window are read from the finest
        level that is needed; an edge whose level was trimmed has no bucket.
        """

    def spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        """Where each series begins and ends; a series without points or roll-ups is absent."""

    def latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        """The value of the newest counted reading with start <= at < end of each series that has one.

        For a view of many series: an outside server may answer up to half a minute old values, and
        omits a series whose newest reading is not counted."""

    def retained_since(self) -> RetainedSince:
        """From when on retention has left each level whole."""

    def trim(
        self,
        now: int,
        keep_raw_days: float | None,
        keep_5m_days: float | None,
        keep_1h_days: float | None,
    ) -> Iterator[int]:
        """Removes what is older; None or 0 keeps for ever. Each `next` is one short transaction (at most
        about 100 ms) and yields how many rows it removed, so a caller can do other work between."""
