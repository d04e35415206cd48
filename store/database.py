"""The three SQLite files (or PostgreSQL), and the only two ways to touch them: `read` and `write`."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from core.errors import StoreError

BUSY_S = 15


class Database:
    """One database. `write` begins immediately, so nobody's update is ever lost to a read before it.

    As SQLAlchemy and sqlite3 come, a transaction that reads and then writes either loses updates
    or fails at once under concurrency (docs/decisions/0003-begin-immediate.md).
    """

    def __init__(self, url: str, *, durable: bool = False) -> None:
        self.url = url
        self.engine = _engine(url, "FULL" if durable else "NORMAL")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot: all reads inside see one state."""
        with _as_store_error(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed at the end of the block, undone on any exception."""
        with _as_store_error(), self.engine.connect() as plain:
            connection = plain.execution_options(coldshed_writes=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _as_store_error() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StoreError(str(error.orig)) from error


def _engine(url: str, synchronous: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_S, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # we begin and commit by our own words
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


class Databases:
    """The files of one data folder: `journal` (durable against power cuts), `records`, `history`."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.journal = Database(f"sqlite:///{data_dir / 'journal.db'}", durable=True)
        self.records = Database(f"sqlite:///{data_dir / 'records.db'}", durable=True)
        self.history = Database(f"sqlite:///{data_dir / 'history.db'}")

    def close(self) -> None:
        for database in (self.journal, self.records, self.history):
            database.close()
