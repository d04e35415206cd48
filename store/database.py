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


class Database:
    """One database. `write` uses BEGIN IMMEDIATE, so no update between a read and a write is lost.

    With the defaults of SQLAlchemy and the drivers, a transaction that reads and then writes loses updates
    or fails under concurrency (docs/decisions/0003-begin-immediate.md).
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction; all reads inside see one snapshot."""
        with _as_store_error(), self.engine.connect() as connection, _begin(connection):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction: committed at the end of the block, rolled back on any exception."""
        with _as_store_error(), self.engine.connect() as plain:
            connection = plain.execution_options(coldshed_writes=True)
            with _begin(connection):
                yield connection

    def close(self) -> None:
        self.engine.dispose()


def _begin(connection: Connection) -> Transaction:
    """Begins a transaction; tries once more with a new connection if the pooled one is dead (the server
    was restarted). Nothing is lost, because no statement has run yet."""
    try:
        return connection.begin()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return connection.begin()


@contextmanager
def _as_store_error() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StoreError(" ".join(str(error.orig).split())) from error
    except PoolTimeout as error:
        raise StoreError(str(error)) from error


def sqlite(file: Path, *, durable: bool = False) -> Database:
    """A SQLite file, created if missing. `durable`: every commit survives a power cut."""
    return Database(_sqlite_engine(f"sqlite:///{file}", "FULL" if durable else "NORMAL"))


def _sqlite_engine(url: str, synchronous: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_S, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # this module begins and commits explicitly
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "journal_size_limit=67108864",
            "wal_autocheckpoint=1000",
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
    """`journal`, `records` (both survive a power cut) and `history`: files of the data folder. The first
    two may be in PostgreSQL, at `postgresql://user:password@host:5432/database`."""

    def __init__(self, data_dir: Path, url: str = SQLITE) -> None:
        self.data_dir = data_dir
        self.url = url
        if url == SQLITE:
            self.journal = sqlite(data_dir / "journal.db", durable=True)
            self.records = sqlite(data_dir / "records.db", durable=True)
        else:
            from store import postgresql  # an optional package, 10 MB of memory

            self.journal = Database(postgresql.engine(url, "journal"))
            self.records = Database(postgresql.engine(url, "records"))
        self.history = sqlite(data_dir / "history.db")

    def close(self) -> None:
        for database in (self.journal, self.records, self.history):
            database.close()
