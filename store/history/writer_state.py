"""What a history outside cannot keep for us, in `history.db`: the recorder's position, what was trimmed,
which process of the store we wrote to, and whose turn it is to write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from core.readings.readings import Reading
from store.database import Database
from store.history import StoredPoint

RECORDER, TURN, PROCESS = "recorder", "writer", "store"
LEVELS = ("points", "rollup_5m", "rollup_1h")

_SET = (
    "INSERT INTO offsets (follower, seq, at) VALUES (?, ?, ?) "
    "ON CONFLICT (follower) DO UPDATE SET seq = excluded.seq, at = excluded.at"
)
_ASIDE = (
    "INSERT INTO points (series, at, value, flags) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (series, at) DO UPDATE SET value = excluded.value, flags = excluded.flags"
)
_TRIMMED = (
    "INSERT INTO trimmed (level, before) VALUES (?, ?) "
    "ON CONFLICT (level) DO UPDATE SET before = max(before, excluded.before)"
)


class WriterState:
    """One per process. Two processes may write (the demo's past and the recorder): they take turns, and
    each learns whether what it remembers of the store is still true."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = -1

    @contextmanager
    def turn(self) -> Iterator[tuple[Connection, bool]]:
        """Nobody else writes the history meanwhile. Also whether nobody else wrote since our last turn;
        that is false after a turn that failed. What is noted in the transaction counts at its end."""
        mine, self._turn = self._turn, -1
        with self._database.write() as tx:
            found = _get(tx, TURN)
            yield tx, mine == found
            tx.exec_driver_sql(_SET, (TURN, found + 1, 0))
        self._turn = found + 1

    def position(self) -> int:
        with self._database.read() as tx:
            return _get(tx, RECORDER)

    def kept(self) -> StoredPoint:
        with self._database.read() as tx:
            return kept(tx)

    def note_trimmed(self, befores: Sequence[int | None]) -> None:
        """From when on each level is whole, the points first; None: for ever."""
        rows = [(level, before) for level, before in zip(LEVELS, befores, strict=True) if before is not None]
        if rows:
            with self._database.write() as tx:
                tx.exec_driver_sql(_TRIMMED, rows)

    def go_back(self, process: int | None, to: int, now: int, *, anyhow: bool) -> bool:
        """Remembers the store's process. Where it is another than we wrote to (or `anyhow`), the position
        goes back to `to` with it, and that is true."""
        with self._database.read() as tx:
            known, at = _get(tx, PROCESS), _get(tx, RECORDER)
        if process == known and not anyhow:
            return False
        again = to < at and (anyhow or (process is not None and known != 0))
        with self._database.write() as tx:
            if process is not None:
                tx.exec_driver_sql(_SET, (PROCESS, process, now))
            if again:
                set_position(tx, to, now)
        return again


def _get(tx: Connection, follower: str) -> int:
    found = tx.exec_driver_sql("SELECT seq FROM offsets WHERE follower = ?", (follower,)).scalar()
    return int(found or 0)


def set_position(tx: Connection, seq: int, now: int) -> None:
    tx.exec_driver_sql(_SET, (RECORDER, seq, now))


def kept(tx: Connection) -> StoredPoint:
    rows = tx.exec_driver_sql("SELECT level, before FROM trimmed")
    found: dict[str, int] = {row.level: row.before for row in rows}
    return StoredPoint(*(found.get(level, 0) for level in LEVELS))


def put_aside(tx: Connection, readings: Sequence[Reading]) -> None:
    """What the store will never take is not lost: it lies here. What is no number is nothing to keep."""
    rows = [reading[:4] for reading in readings if reading.value == reading.value]
    if rows:
        tx.exec_driver_sql(_ASIDE, rows)
