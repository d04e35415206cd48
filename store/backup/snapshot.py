"""Copies SQLite files while others write to them, and checks copies."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import file_digest
from pathlib import Path

from core.errors import StoreError

PAGES_AT_ONCE = 2_000
STEPS_BETWEEN = 1_000_000
"""SQLite instructions between two calls of `progress` during a check."""

Progress = Callable[[int, int], None]
"""Called with (done, total)."""


def copy_database(source: Path, target: Path, progress: Progress = lambda _done, _total: None) -> None:
    """Copies one moment of a database, with what its -wal file holds, and syncs the copy. Writers go on.
    Raises StoreError, which names the file."""
    try:
        with closing(_reader(source)) as origin, closing(sqlite3.connect(target)) as copy:
            origin.execute("BEGIN")  # the copy is of one moment, and does not begin again at each write
            origin.execute("SELECT count(*) FROM sqlite_master").fetchone()
            copy.execute("PRAGMA synchronous=OFF")
            origin.backup(
                copy, pages=PAGES_AT_ONCE, progress=lambda _s, left, total: progress(total - left, total)
            )
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a -wal beside it
    except sqlite3.Error as error:
        raise StoreError(f"{source.name}: {error}") from error
    sync(target)


def damage_of(file: Path, progress: Callable[[], None] = lambda: None, *, thorough: bool = False) -> str:
    """What SQLite finds wrong with a file, "" if nothing. `thorough` also compares indexes with their
    tables. `progress` is called now and then."""

    def on_steps() -> int:
        progress()
        return 0

    try:
        with closing(_reader(file)) as database:
            database.set_progress_handler(on_steps, STEPS_BETWEEN)
            check = "integrity_check" if thorough else "quick_check"
            result = str(database.execute(f"PRAGMA {check}(1)").fetchone()[0])
    except sqlite3.Error as error:
        return str(error)
    return "" if result == "ok" else " ".join(result.split())


def _reader(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def sync(path: Path) -> None:
    """Waits until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def checksum(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()
