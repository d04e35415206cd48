"""Messages to and from each pretend phone, in an SQLite file of their own."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_TABLE = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    outward INTEGER NOT NULL,  -- 1: to the phone, 0: written on it
    phone TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,  -- ms
    dedup_key TEXT UNIQUE
)
"""
FILE = "phones.db"


class PhoneMessage(NamedTuple):
    id: int
    outward: bool
    phone: str
    text: str
    at: int


class PhoneMessages:
    def __init__(self, data_dir: Path) -> None:
        self.file = data_dir / FILE
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode=DELETE")  # a read writes nothing, unlike with WAL
            connection.execute(_TABLE)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.file, timeout=10, isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()

    def deliver(self, phone: str, text: str, dedup_key: str, now: int) -> tuple[int, bool]:
        """Delivers a text to a phone. Returns its id, and whether it was delivered before (same
        `dedup_key`)."""
        with self._open() as connection:
            cursor = connection.execute(
                "INSERT INTO messages (outward, phone, text, at, dedup_key) VALUES (1, ?, ?, ?, ?) "
                "ON CONFLICT (dedup_key) DO NOTHING",
                (phone, text, now, dedup_key),
            )
            if cursor.rowcount:
                return int(cursor.lastrowid or 0), False
            existing = connection.execute("SELECT id FROM messages WHERE dedup_key = ?", (dedup_key,))
            return int(existing.fetchone()[0]), True

    def write(self, phone: str, text: str, now: int) -> int:
        """Stores a text that a person writes on a phone. Returns its id."""
        with self._open() as connection:
            cursor = connection.execute(
                "INSERT INTO messages (outward, phone, text, at) VALUES (0, ?, ?, ?)", (phone, text, now)
            )
            return int(cursor.lastrowid or 0)

    def written_after(self, ident: int, most: int = 100) -> list[PhoneMessage]:
        """Texts that people wrote after the id, oldest first."""
        return self._read("WHERE outward = 0 AND id > ? ORDER BY id LIMIT ?", (ident, most))

    def newest(self, most: int = 500) -> list[PhoneMessage]:
        """The newest messages of all phones, oldest first."""
        return self._read("ORDER BY id DESC LIMIT ?", (most,))[::-1]

    def sent(self) -> int:
        """How many texts were delivered to phones."""
        with self._open() as connection:
            return int(connection.execute("SELECT count(*) FROM messages WHERE outward = 1").fetchone()[0])

    def _read(self, clause: str, values: tuple[int, ...]) -> list[PhoneMessage]:
        with self._open() as connection:
            rows = connection.execute("SELECT id, outward, phone, text, at FROM messages " + clause, values)
            return [PhoneMessage(i, bool(o), p, t, a) for i, o, p, t, a in rows]
