"""State of the writer to an outside server, in `history.db`: the recorder's offset, what was trimmed, the
server process of the last write, and which of our processes made it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from core.readings.readings import Reading
from store.database import Database
from store.history import RetainedSince
from store.history.tables import history_offsets, points, trimmed
from store.journal.journal import RECORDER

LAST_WRITE, SERVER_PROCESS = "writer", "store"
WRITTEN, LOST = "written ", "lost "  # with the name of a part of the outside store
LEVELS = ("points", "rollup_5m", "rollup_1h")

_SET_OFFSET = (
    f"INSERT INTO {history_offsets.name} (follower, seq, at) VALUES (?, ?, ?) "
    "ON CONFLICT (follower) DO UPDATE SET seq = excluded.seq, at = excluded.at"
)
_PUT_ASIDE = (
    f"INSERT INTO {points.name} (series, at, value, flags) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (series, at) DO UPDATE SET value = excluded.value, flags = excluded.flags"
)
_FORGET_LOST = f"DELETE FROM {history_offsets.name} WHERE follower = ? AND at = ?"
_NOTE_TRIMMED = (
    f"INSERT INTO {trimmed.name} (level, before) VALUES (?, ?) "
    "ON CONFLICT (level) DO UPDATE SET before = max(before, excluded.before)"
)


class WriterState:
    """One per process. Two processes may write (the demo's past and the recorder): they take turns, and
    each learns whether its cache of the server is still valid."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._own_write = -1

    @contextmanager
    def exclusive_write(self) -> Iterator[tuple[Connection, bool]]:
        """Excludes other writers of the history. The bool: whether this process also made the last write,
        so that its cache is valid; false after a failed write. Commits at the end."""
        own_write, self._own_write = self._own_write, -1
        with self._database.write() as tx:
            last_write = offset_of(tx, LAST_WRITE)
            yield tx, own_write == last_write
            tx.exec_driver_sql(_SET_OFFSET, (LAST_WRITE, last_write + 1, 0))
        self._own_write = last_write + 1

    def offset(self) -> int:
        with self._database.read() as tx:
            return offset_of(tx, RECORDER)

    def retained_since(self) -> RetainedSince:
        with self._database.read() as tx:
            return retained_since(tx)

    def note_trimmed(self, befores: Sequence[int | None]) -> None:
        """Records the start of complete data per level, points first; None: nothing was trimmed."""
        rows = [(level, before) for level, before in zip(LEVELS, befores, strict=True) if before is not None]
        if rows:
            with self._database.write() as tx:
                note_trimmed(tx, rows)

    def written_parts(self) -> set[str]:
        """The parts of the outside store that accepted a write."""
        with self._database.read() as tx:
            return set(_named(tx, WRITTEN))

    def note_lost(self, parts: Sequence[str], now: int, before: int | None) -> None:
        """Records that parts of the outside store had vanished. `before`: points older than this (ms) may be
        gone."""
        with self._database.write() as tx:
            for part in parts:
                tx.exec_driver_sql(_SET_OFFSET, (LOST + part, 0, now))
            if before is not None:
                note_trimmed(tx, [(LEVELS[0], before)])

    def lost_parts(self) -> dict[str, int]:
        """Part -> when its loss was noticed (ms)."""
        with self._database.read() as tx:
            return _named(tx, LOST)

    def forget_lost(self, lost: Mapping[str, int]) -> None:
        """`lost` as `lost_parts` returned it. A loss that was noted since stays."""
        with self._database.write() as tx:
            for part, noted_at in lost.items():
                tx.exec_driver_sql(_FORGET_LOST, (LOST + part, noted_at))

    def rewind(self, process: int | None, to: int, now: int, *, unconditionally: bool) -> bool:
        """Stores the server's process. If it differs from that of the last write (or `unconditionally`),
        sets the offset back to `to` in the same transaction and returns True."""
        with self._database.read() as tx:
            last_process, offset = offset_of(tx, SERVER_PROCESS), offset_of(tx, RECORDER)
        if process == last_process and not unconditionally:
            return False
        rewinds = to < offset and (unconditionally or (process is not None and last_process != 0))
        with self._database.write() as tx:
            if process is not None:
                tx.exec_driver_sql(_SET_OFFSET, (SERVER_PROCESS, process, now))
            if rewinds:
                set_offset(tx, to, now)
        return rewinds


def offset_of(tx: Connection, follower: str) -> int:
    row = tx.exec_driver_sql(
        f"SELECT seq FROM {history_offsets.name} WHERE follower = ?", (follower,)
    ).first()
    return int(row.seq) if row else 0


def offset_noted_at(tx: Connection) -> int:
    """When the recorder's offset was written (ms), 0 if never."""
    statement = f"SELECT at FROM {history_offsets.name} WHERE follower = ?"
    return int(tx.exec_driver_sql(statement, (RECORDER,)).scalar() or 0)


def set_offset(tx: Connection, seq: int, now: int) -> None:
    tx.exec_driver_sql(_SET_OFFSET, (RECORDER, seq, now))


def note_written(tx: Connection, parts: Sequence[str], now: int) -> None:
    for part in parts:
        tx.exec_driver_sql(_SET_OFFSET, (WRITTEN + part, 0, now))


def _named(tx: Connection, prefix: str) -> dict[str, int]:
    rows = tx.exec_driver_sql(
        f"SELECT follower, at FROM {history_offsets.name} WHERE follower LIKE ?", (f"{prefix}%",)
    )
    return {row.follower.removeprefix(prefix): row.at for row in rows}


def retained_since(tx: Connection) -> RetainedSince:
    rows = tx.exec_driver_sql(f"SELECT level, before FROM {trimmed.name}")
    before_by_level: dict[str, int] = {row.level: row.before for row in rows}
    return RetainedSince(*(before_by_level.get(level, 0) for level in LEVELS))


def note_trimmed(tx: Connection, rows: Sequence[tuple[str, int]]) -> None:
    """(level, start of its complete data in ms). A later stored time stays."""
    tx.exec_driver_sql(_NOTE_TRIMMED, rows)


def put_aside(tx: Connection, readings: Sequence[Reading]) -> None:
    """Stores readings that the server will never accept in `history.db`, except NaN."""
    rows = [reading[:4] for reading in readings if reading.value == reading.value]
    if rows:
        tx.exec_driver_sql(_PUT_ASIDE, rows)
