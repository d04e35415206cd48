"""The three databases, in SQLite or PostgreSQL. `read` and `write` are the only ways to access them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Transaction, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import StoreError

BUSY_S = 15


PRIMARY_CODE = 0xFF
"""Of SQLite's extended error codes, such as SQLITE_READONLY_DBMOVED."""
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


UNWRITABLE = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
)


class UnwritableDatabase(StoreError):
    """The disk takes no more: it is read-only, full or broken."""


class DamagedDatabase(StoreError):
    """SQLite says that the file is no database or is malformed. Only a backup helps."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name


class Database:
    """One database, called `name` in errors. `write` uses BEGIN IMMEDIATE, so no update between a read and
    a write is lost.

    With the defaults of SQLAlchemy and the drivers, a transaction that reads and then writes loses updates
    or fails under concurrency (docs/decisions/0003-begin-immediate.md).
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    @property
    def postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction; all reads inside see one snapshot."""
        with self._store_errors(), self.engine.connect() as connection, _begin(connection):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction: committed at the end of the block, rolled back on any exception."""
        with self._store_errors(), self.engine.connect() as plain:
            connection = plain.execution_options(coldshed_writes=True)
            with _begin(connection):
                yield connection

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _store_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            text = " ".join(str(error.orig).split())
            code = getattr(error.orig, "sqlite_errorcode", 0) & PRIMARY_CODE
            if code in UNWRITABLE:
                raise UnwritableDatabase(f"{self.name}: {text}") from error
            if code in DAMAGED:
                self.engine.dispose()  # another file may stand in its place the next time
                raise DamagedDatabase(self.name, text) from error
            raise StoreError(f"{self.name}: {text}") from error
        except PoolTimeout as error:
            raise StoreError(f"{self.name}: {error}") from error


def _begin(connection: Connection) -> Transaction:
    """Begins a transaction; tries once more with a new connection if the pooled one is dead (the server
    was restarted). Nothing is lost, because no statement has run yet."""
    try:
        return connection.begin()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return connection.begin()


PAGE_BYTES, SMALL_PAGE_BYTES = 4096, 512
"""A commit writes whole pages. The journal commits every message, so small ones wear the disk less."""
CHECKPOINT_BYTES = 8 << 20
"""The size of the write-ahead log at which its pages are copied into the file."""


def sqlite(file: Path, *, page_bytes: int = PAGE_BYTES) -> Database:
    """A SQLite file, created if missing. Every commit survives a power cut. `page_bytes` holds for a new
    file."""
    return Database(_sqlite_engine(f"sqlite:///{file}", page_bytes), file.name)


def _sqlite_engine(url: str, page_bytes: int) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_S, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # this module begins and commits explicitly
        for pragma in (
            f"page_size={page_bytes}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "journal_size_limit=67108864",
            f"wal_autocheckpoint={CHECKPOINT_BYTES // page_bytes}",
            "cache_size=-8000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("coldshed_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


SQLITE = "sqlite"


class Databases:
    """`journal`, `records` and `history`: files of the data folder; all survive a power cut. The first two
    may be in PostgreSQL, at `postgresql://user:password@host:5432/database`."""

    def __init__(self, data_dir: Path, url: str = SQLITE) -> None:
        self.data_dir = data_dir
        self.url = url
        if url == SQLITE:
            self.journal = sqlite(data_dir / "journal.db", page_bytes=SMALL_PAGE_BYTES)
            self.records = sqlite(data_dir / "records.db")
        else:
            from store import postgresql  # an optional package, 10 MB of memory

            self.journal = Database(postgresql.engine(url, "journal"), "PostgreSQL, schema journal")
            self.records = Database(postgresql.engine(url, "records"), "PostgreSQL, schema records")
        self.history = sqlite(data_dir / "history.db")

    def use_schema(self, tx: Connection, name: str) -> None:
        """In PostgreSQL, lets a write transaction of one of the two go on in the other, so that both are
        committed together."""
        from store import postgresql

        postgresql.use_schema(tx, name)

    def close(self) -> None:
        for database in (self.journal, self.records, self.history):
            database.close()
