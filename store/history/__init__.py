"""The interface of history stores. SQLite is the embedded one; all stores pass the same contract tests."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    """Start (ms) of complete data per level. Older data may be trimmed; 0: never trimmed."""

    points: int = 0
    five_minutes: int = 0
    hours: int = 0


class HistorySpan(NamedTuple):
    """The first and last time (ms) with data of a series."""

    first: int
    last: int


class History(Protocol):
    """Points and their roll-ups. Methods raise `core.errors.StoreError` while the store is unreachable.

    Roll-ups are recomputed, never incremented, so they are right for late, repeated and changed readings
    (docs/decisions/0004-recompute-rollups.md). Points flagged `NOT_COUNTED` are stored and not counted. If
    the finer level was trimmed, a bucket is replaced only by one that counts at least as many readings, so
    a late reading never destroys a roll-up that cannot be recomputed.
    """

    def prepare(self) -> list[str]:
        """Creates what the store needs, or checks that it exists. Returns a line per action."""

    def check(self) -> None:
        """Asks the store whether it can be read and written. Raises StoreError with the reason."""

    def lost_parts(self) -> dict[str, int]:
        """Parts of the store that had vanished and were created anew, empty -> when that was noticed (ms)."""

    def rebuild(self, series: Sequence[int]) -> Iterator[int]:
        """Derives the roll-ups of these series again from their points, and replaces those that do not count
        more. Each `next` is one transaction and yields the number of 5-minute buckets with points."""

    def on_rebuilt(self, lost: Mapping[str, int]) -> None:
        """Forgets these lost parts (`lost_parts`); call after all series are rebuilt. One that was lost
        again since stays lost."""

    @property
    def durable_after_s(self) -> float:
        """Seconds after which a write survives a kill of the store and a power cut."""

    def write(self, readings: Sequence[Reading], seq: int, now: int) -> str | None:
        """Writes points, their roll-ups, and the recorder's offset `seq`.

        The last reading of a (series, at) wins, also over a stored one. If it raises, the offset has not
        moved and the write can be repeated. Readings that the store will never accept are moved to
        `history.db`; the result is then the store's reason, else None.
        """

    def import_points(
        self, readings: Iterable[Reading], progress: Callable[[int], None] | None = None
    ) -> int:
        """Writes many readings in chunks, without an offset; fastest in time order per series.

        Returns their number. `progress` is called with the number written after each chunk. An import can
        be repeated without harm.
        """

    def offset(self) -> int:
        """The journal sequence number up to which everything is written, 0 at first."""

    def rewind_if_restarted(self, safe: int, now: int, *, failed: bool) -> bool:
        """Sets the offset back to `safe` if the store was restarted since the last write, because it may
        have lost confirmed writes. Returns whether it did.

        `safe` is the latest offset older than `durable_after_s`. `failed`: a write just failed; a store
        that does not report its start time then counts as restarted.
        """

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
        """The points with start <= at < end, at most `most` per series, one series after the other."""

    def rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        """Buckets of `step` (ms) over exactly the counted readings with start <= at < end.

        `at` of a bucket is a multiple of `step`, so the first may begin before `start`; empty ones are
        absent. A multiple of an hour is read from hourly roll-ups, a multiple of 5 minutes from 5-minute
        roll-ups, any other step from points. The edges of the window are read from the finest level
        needed; an edge whose level was trimmed has no bucket.
        """

    def spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        """The span of each series; absent for a series without points or roll-ups."""

    def latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        """The latest counted value with start <= at < end of each series that has one.

        For views of many series: an outside server may return values up to 30 s old, and omits a series
        whose latest reading is not counted.
        """

    def retained_since(self) -> RetainedSince:
        """The start of complete data per level, after retention."""

    def trim(
        self,
        now: int,
        keep_raw_days: float | None,
        keep_5m_days: float | None,
        keep_1h_days: float | None,
    ) -> Iterator[int]:
        """Deletes older data; None or 0 keeps all. Each `next` is one short transaction (at most about 100
        ms) and yields the number of deleted rows, so that the caller can do other work in between."""
