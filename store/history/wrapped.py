"""Base of histories that change what readers get of another history."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from core.readings.readings import Reading
from core.readings.rollups import Rollup
from store.history import History, HistoryPoint, HistorySpan, RetainedSince


class WrappedHistory:
    """Implements `store.history.History` by passing everything through."""

    def __init__(self, raw: History) -> None:
        self.raw = raw

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
        return self.raw.points(
            series, start, end, most=most, counted_only=counted_only, newest_first=newest_first
        )

    def rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        return self.raw.rollups(series, start, end, step)

    def spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        return self.raw.spans(series)

    def latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        return self.raw.latest(series, start, end)

    def retained_since(self) -> RetainedSince:
        return self.raw.retained_since()

    def offset(self) -> int:
        return self.raw.offset()

    @property
    def durable_after_s(self) -> float:
        return self.raw.durable_after_s

    def prepare(self) -> list[str]:
        return self.raw.prepare()

    def check(self) -> None:
        self.raw.check()

    def lost_parts(self) -> dict[str, int]:
        return self.raw.lost_parts()

    def rebuild(self, series: Sequence[int]) -> Iterator[int]:
        return self.raw.rebuild(series)

    def on_rebuilt(self, lost: Mapping[str, int]) -> None:
        self.raw.on_rebuilt(lost)

    def rewind_if_restarted(self, safe: int, now: int, *, failed: bool) -> bool:
        return self.raw.rewind_if_restarted(safe, now, failed=failed)

    def write(self, readings: Sequence[Reading], seq: int, now: int) -> str | None:
        return self.raw.write(readings, seq, now)

    def import_points(
        self, readings: Iterable[Reading], progress: Callable[[int], None] | None = None
    ) -> int:
        return self.raw.import_points(readings, progress)

    def trim(
        self,
        now: int,
        keep_raw_days: float | None,
        keep_5m_days: float | None,
        keep_1h_days: float | None,
    ) -> Iterator[int]:
        return self.raw.trim(now, keep_raw_days, keep_5m_days, keep_1h_days)
