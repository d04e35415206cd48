"""The embedded history in one SQLite file: points by (series, at) and two levels of roll-ups."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from time import monotonic

from sqlalchemy import Connection

from core.readings.readings import NOT_COUNTED, Reading
from core.readings.rollups import FIVE_MINUTES, Rollup, time_slices
from core.times import DAY_MS, HOUR_MS
from store.columns import columns
from store.database import Database
from store.history import HistoryPoint, HistorySpan, RetainedSince
from store.history.bucket_sums import hours_of
from store.history.tables import points
from store.history.writer_state import LEVELS, note_trimmed, offset_of, retained_since, set_offset
from store.journal.journal import RECORDER

IMPORT_PIECE = 10_000
REBUILD_PIECE = 7 * DAY_MS
TRIM_FOR_S = 0.05
TRIM_ROWS = 2_000

_POINT_COLUMNS = columns(points, HistoryPoint)
_POINT_NAMES = ", ".join(column.name for column in _POINT_COLUMNS)
_ROLLUP_FIELDS = {
    "series": ":series",
    "at": "at / {step} * {step}",
    "min": "min(min)",
    "sum": "sum(sum)",
    "max": "max(max)",
    "counted": "sum(count)",
}
_COUNTED = f"flags & {int(NOT_COUNTED)} = 0"

_SUMS_OF_POINTS = "min(value), sum(value), max(value), count(*)"
_SUMS_OF_FIVE = "min(min), sum(sum), max(max), sum(count)"
_POINT = (
    "INSERT INTO points (series, at, value, flags) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (series, at) DO UPDATE SET value = excluded.value, flags = excluded.flags"
)


def _recompute(into: str, select: str, source: str) -> str:
    """Recomputes one bucket (:series, :at) from the level below, which was trimmed before :kept."""
    return (
        f"INSERT INTO {into} (series, at, min, sum, max, count) "
        f"SELECT :series, :at, {select} FROM {source} HAVING count(*) > 0 "
        "ON CONFLICT (series, at) DO UPDATE SET min = excluded.min, sum = excluded.sum, "
        "max = excluded.max, count = excluded.count "
        "WHERE excluded.at >= :kept OR excluded.count >= count"
    )


_FROM_POINTS = f"points WHERE series = :series AND at >= :at AND at < :at + {FIVE_MINUTES} AND {_COUNTED}"
_FROM_FIVE = f"rollup_5m WHERE series = :series AND at >= :at AND at < :at + {HOUR_MS}"
_FIVE = _recompute("rollup_5m", _SUMS_OF_POINTS, _FROM_POINTS)
_HOUR = _recompute("rollup_1h", _SUMS_OF_FIVE, _FROM_FIVE)
_EMPTY = (
    "DELETE FROM {} WHERE series = :series AND at = :at AND at >= :kept AND NOT EXISTS (SELECT 1 FROM {})"
)
_EMPTY_FIVE = _EMPTY.format("rollup_5m", _FROM_POINTS)
_EMPTY_HOUR = _EMPTY.format("rollup_1h", _FROM_FIVE)

_READ = {
    0: f"SELECT at, value AS min, value AS sum, value AS max, 1 AS count FROM points WHERE {_COUNTED} AND ",
    FIVE_MINUTES: "SELECT at, min, sum, max, count FROM rollup_5m WHERE ",
    HOUR_MS: "SELECT at, min, sum, max, count FROM rollup_1h WHERE ",
}
# Skips from series to series in the primary key instead of reading every row.
_SERIES_OF = (
    "WITH RECURSIVE known (series) AS (SELECT min(series) FROM {0} UNION ALL "
    "SELECT (SELECT min(series) FROM {0} WHERE series > known.series) FROM known "
    "WHERE known.series IS NOT NULL) SELECT series FROM known WHERE series IS NOT NULL"
)
_TRIM = (
    "DELETE FROM {0} WHERE series = :series AND at < min(:before, coalesce("
    "(SELECT at FROM {0} WHERE series = :series ORDER BY at LIMIT 1 OFFSET :most), :before))"
)


def _rebuild(into: str, width: int, select: str, source: str) -> str:
    """Recomputes the buckets of :series in [:start, :end) that have data below and do not count more now."""
    return (
        f"INSERT INTO {into} (series, at, min, sum, max, count) "
        f"SELECT series, at / {width} * {width}, {select} FROM {source} "
        "series = :series AND at >= :start AND at < :end GROUP BY 1, 2 "
        "ON CONFLICT (series, at) DO UPDATE SET min = excluded.min, sum = excluded.sum, "
        "max = excluded.max, count = excluded.count WHERE excluded.count >= count"
    )


_REBUILD_FIVE = _rebuild("rollup_5m", FIVE_MINUTES, _SUMS_OF_POINTS, f"points WHERE {_COUNTED} AND")
_REBUILD_HOURS = _rebuild("rollup_1h", HOUR_MS, _SUMS_OF_FIVE, "rollup_5m WHERE")
_POINT_SPAN = (
    "SELECT (SELECT min(at) FROM points WHERE series = :series), "
    "(SELECT max(at) FROM points WHERE series = :series)"
)
_by_series_and_time = itemgetter(0, 1)
_Bucket = tuple[int, int]  # series, start (ms)


class SqliteHistory:
    """Implements `store.history.History`."""

    durable_after_s = 0.0

    def __init__(self, database: Database) -> None:
        self._database = database

    def prepare(self) -> list[str]:
        return ["sqlite needs nothing"]

    def write(self, readings: Sequence[Reading], seq: int, now: int) -> None:
        """One transaction for points, roll-ups and offset."""
        with self._database.write() as tx:
            if readings:
                _put(tx, readings)
            set_offset(tx, seq, now)

    def import_points(
        self, readings: Iterable[Reading], progress: Callable[[int], None] | None = None
    ) -> int:
        source = iter(readings)
        written = 0
        while piece := list(islice(source, IMPORT_PIECE)):
            with self._database.write() as tx:
                _put(tx, piece)
            written += len(piece)
            if progress is not None:
                progress(written)
        return written

    def check(self) -> None:
        with self._database.read() as tx:
            for level in LEVELS:
                tx.exec_driver_sql(f"SELECT 1 FROM {level} LIMIT 1").all()

    def lost_parts(self) -> dict[str, int]:
        """None: the levels are in one file."""
        return {}

    def on_rebuilt(self, lost: Mapping[str, int]) -> None:
        """Nothing to forget."""

    def rebuild(self, series: Sequence[int]) -> Iterator[int]:
        for series_id in series:
            with self._database.read() as tx:
                first, last = tx.exec_driver_sql(_POINT_SPAN, {"series": series_id}).one()
            if first is None:
                continue
            for start in range(first - first % HOUR_MS, last + 1, REBUILD_PIECE):
                values = {"series": series_id, "start": start, "end": start + REBUILD_PIECE}
                with self._database.write() as tx:
                    count = tx.exec_driver_sql(_REBUILD_FIVE, values).rowcount
                    tx.exec_driver_sql(_REBUILD_HOURS, values)
                yield count

    def offset(self) -> int:
        with self._database.read() as tx:
            return offset_of(tx, RECORDER)

    def rewind_if_restarted(self, safe: int, now: int, *, failed: bool) -> bool:
        """Never, because SQLite runs inside this process."""
        return False

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
        statement = (
            f"SELECT {_POINT_NAMES} FROM points WHERE series = ? AND at >= ? AND at < ? "
            f"{'AND ' + _COUNTED if counted_only else ''} "
            f"ORDER BY at {'DESC' if newest_first else ''} LIMIT ?"
        )
        limit = -1 if most is None else most
        with self._database.read() as tx:
            return [
                _POINT_COLUMNS.make(row)
                for series_id in series
                for row in tx.exec_driver_sql(statement, (series_id, start, end, limit)).fetchall()
            ]

    def rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        if step <= 0:
            raise ValueError(f"a step of {step} ms")
        wanted_parts = time_slices(start, end, step)
        if not wanted_parts:
            return []
        source = " UNION ALL ".join(
            f"{_READ[part.level]} series = :series AND at >= {int(part.start)} AND at < {int(part.end)}"
            for part in wanted_parts
        )
        fields = ", ".join(_ROLLUP_FIELDS[name] for name in Rollup._fields).format(step=step)
        statement = f"SELECT {fields} FROM ({source}) GROUP BY 2 ORDER BY 2"
        with self._database.read() as tx:
            return [
                Rollup(*row)
                for series_id in series
                for row in tx.exec_driver_sql(statement, {"series": series_id}).fetchall()
            ]

    def spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        statement = (
            "SELECT (SELECT min(at) FROM points WHERE series = :series), "
            "(SELECT min(at) FROM rollup_1h WHERE series = :series), "
            "(SELECT max(at) FROM points WHERE series = :series), "
            f"(SELECT max(at) + {HOUR_MS - 1} FROM rollup_1h WHERE series = :series)"
        )
        spans: dict[int, HistorySpan] = {}
        with self._database.read() as tx:
            for series_id in series:
                point_first, hour_first, point_last, hour_last = tx.exec_driver_sql(
                    statement, {"series": series_id}
                ).one()
                if point_first is not None and (hour_first is None or point_first < hour_first + HOUR_MS):
                    hour_first = point_first
                if hour_first is not None:
                    last = hour_last if point_last is None else point_last
                    spans[series_id] = HistorySpan(int(hour_first), int(last))
        return spans

    def latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        newest = self.points(series, start, end, most=1, counted_only=True, newest_first=True)
        return {point.series: point.value for point in newest}

    def retained_since(self) -> RetainedSince:
        with self._database.read() as tx:
            return retained_since(tx)

    def trim(
        self,
        now: int,
        keep_raw_days: float | None,
        keep_5m_days: float | None,
        keep_1h_days: float | None,
    ) -> Iterator[int]:
        for level, days in (
            ("points", keep_raw_days),
            ("rollup_5m", keep_5m_days),
            ("rollup_1h", keep_1h_days),
        ):
            if days:
                yield from self._trim_level(level, (now - round(days * DAY_MS)) // HOUR_MS * HOUR_MS)

    def _trim_level(self, level: str, before: int) -> Iterator[int]:
        with self._database.write() as tx:  # noted first, because these buckets may be incomplete from now on
            note_trimmed(tx, [(level, before)])
            todo = [row[0] for row in tx.exec_driver_sql(_SERIES_OF.format(level))]
        statement = _TRIM.format(level)
        while todo:
            removed = 0
            until = monotonic() + TRIM_FOR_S
            with self._database.write() as tx:
                while todo and monotonic() < until:
                    values = {"series": todo[-1], "before": before, "most": TRIM_ROWS}
                    gone = tx.exec_driver_sql(statement, values).rowcount
                    removed += gone
                    if gone < TRIM_ROWS:
                        todo.pop()
            yield removed


def _put(tx: Connection, readings: Sequence[Reading]) -> None:
    """Writes points, then 5-minute roll-ups from points, then hourly ones from those."""
    rows = [reading[:4] for reading in readings]
    rows.sort(key=_by_series_and_time)  # stable: of two readings with one time the last stays last
    tx.exec_driver_sql(_POINT, rows)
    retained = retained_since(tx)
    five = {(row[0], row[1] - row[1] % FIVE_MINUTES) for row in rows}
    # Only an uncounted reading can have replaced the bucket's last counted one.
    doubtful = {(row[0], row[1] - row[1] % FIVE_MINUTES) for row in rows if row[3] & NOT_COUNTED}
    _refresh(tx, five, doubtful, (_FIVE, _EMPTY_FIVE), retained.points)
    _refresh(tx, hours_of(five), hours_of(doubtful), (_HOUR, _EMPTY_HOUR), retained.five_minutes)


def _refresh(
    tx: Connection,
    touched: set[_Bucket],
    doubtful: set[_Bucket],
    statements: tuple[str, str],
    trimmed_until: int,
) -> None:
    for statement, buckets in zip(statements, (touched, doubtful), strict=True):
        if buckets:
            values = [{"series": series, "at": at, "kept": trimmed_until} for series, at in sorted(buckets)]
            tx.exec_driver_sql(statement, values)
