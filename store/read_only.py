"""Databases that are only looked at: nothing in the data folder changes, not even a file beside them.

SQLite creates files beside a database that it only reads, and the last reader of a database that nobody has
open rewrites it. How a file can be read without that depends on what lies beside it.
"""

import shutil
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import NamedTuple

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.engine import Connection

from core.errors import StoreError
from store import database_files
from store.database import SQLITE, Database, Databases

BUSY_S = 5


class ReadOnlyDatabases(Databases):
    """Each read sees what is committed. A write raises StoreError. `close` removes the copies."""

    def __init__(self, data_dir: Path, url: str = SQLITE) -> None:
        self.data_dir, self.url = data_dir, url
        self._copies: TemporaryDirectory[str] | None = None
        if url == SQLITE:
            self.journal, self.records = self._file("journal"), self._file("records")
        else:
            from store import postgresql  # an optional package

            self.journal = Database(postgresql.engine(url, "journal"), "PostgreSQL, schema journal")
            self.records = Database(postgresql.engine(url, "records"), "PostgreSQL, schema records")
        self.history = self._file("history")

    def close(self) -> None:
        super().close()
        if self._copies is not None:
            self._copies.cleanup()
            self._copies = None

    def _file(self, name: str) -> Database:
        file = self.data_dir.absolute() / f"{name}.db"
        engine = create_engine("sqlite://", creator=lambda: self._connect(file), poolclass=NullPool)

        @event.listens_for(engine, "begin")
        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN")

        return Database(engine, file.name)

    def _connect(self, file: Path) -> sqlite3.Connection:
        try:
            uri = self._uri(file)
        except OSError as error:
            raise sqlite3.OperationalError(str(error)) from error
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, check_same_thread=False)
        connection.isolation_level = None
        connection.execute("PRAGMA query_only=ON")
        return connection

    def _uri(self, file: Path) -> str:
        log, index = (file.with_name(file.name + suffix) for suffix in ("-wal", "-shm"))
        if log.exists() and index.exists():
            return f"{file.as_uri()}?mode=ro&readonly_shm=1"
        if log.exists() and log.stat().st_size:
            return f"{self._copy_of(file).as_uri()}?mode=ro"
        return f"{file.as_uri()}?mode=ro&immutable=1"

    def _copy_of(self, file: Path) -> Path:
        """For a database whose index was lost: SQLite would make it anew."""
        if self._copies is None:
            self._copies = TemporaryDirectory(prefix="coldshed-look-")
        copy = Path(self._copies.name) / file.name
        if not copy.exists():
            for suffix in database_files.SUFFIXES:
                part = file.with_name(file.name + suffix)
                if part.exists():
                    shutil.copyfile(part, copy.with_name(copy.name + suffix))
        return copy


class FileCheck(NamedTuple):
    """`damage`: what SQLite finds wrong, "" if nothing. `is_complete`: the whole file was looked through."""

    damage: str
    is_complete: bool


def quick_check(database: Database, within_s: float) -> FileCheck:
    """Looks for damage in a SQLite file (without comparing indexes), for at most `within_s`. Raises
    StoreError for a file that cannot be opened, DamagedDatabase for one that is no database."""
    with database.read() as tx:
        driver = tx.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        timer = Timer(within_s, driver.interrupt)
        timer.daemon = True
        timer.start()
        try:
            result = str(driver.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.OperationalError as error:
            if str(error) == "interrupted":
                return FileCheck("", False)
            raise StoreError(f"{database.name}: {error}") from error
        except sqlite3.DatabaseError as error:
            return FileCheck(str(error), True)
        finally:
            timer.cancel()
    return FileCheck("" if result == "ok" else " ".join(result.split()), True)
