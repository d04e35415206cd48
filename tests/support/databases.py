"""Empty databases for tests, made cheaply, and which tests run on both databases."""

import atexit
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg
from sqlalchemy import event

from store.database import Databases
from store.schema import create
from tests.support.machines import Postgres

ON_BOTH = (
    "tests/store/",
    "tests/ingest/test_redecode.py",
    "tests/ingest/test_batch_pipeline.py",
    "tests/ingest/test_leases.py",
    "tests/record/test_recorder.py",
    "tests/alerts/test_engine.py",
)
"""Where the fixture `dbs` comes once in SQLite and once in PostgreSQL. Elsewhere a single test asks for it:
`@pytest.mark.both_databases`."""

IN_ONE = ("test_history.py", "test_curves.py", "test_recent_values.py")
"""What these show is the history's, which never lies in PostgreSQL."""


def on_both(path: str) -> bool:
    return any(folder in path for folder in ON_BOTH) and not path.endswith(IN_ONE)


def new_databases(folder: Path) -> Databases:
    """SQLite files in `folder` with every table and no row. Copied from files that are made once in a run:
    3 ms instead of 60."""
    for file in _empty_files().iterdir():
        shutil.copyfile(file, folder / file.name)
    return open_databases(folder)


def open_databases(folder: Path) -> Databases:
    """The SQLite files in `folder`. Nothing waits for the disk: a process that is killed loses nothing by
    that, and tests cut no power."""
    databases = Databases(folder)
    for database in (databases.journal, databases.records, databases.history):
        event.listen(database.engine, "connect", _do_not_wait)
    return databases


def _do_not_wait(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@cache
def _empty_files() -> Path:
    folder = Path(mkdtemp(prefix="coldshed-empty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    databases = Databases(folder)
    create(databases)
    databases.close()
    return folder


_EMPTY = """
DO $$ DECLARE name text; filled boolean; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
      WHERE schemaname IN ('journal', 'records') AND tablename <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %s', name); END IF;
  END LOOP;
  FOR name IN SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences
      WHERE schemaname IN ('journal', 'records') AND last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %s RESTART', name);
  END LOOP;
END $$
"""


class Server:
    """The one PostgreSQL of a test run."""

    def __init__(self) -> None:
        self.postgres = Postgres().start()
        self._numbers = count()
        self._made: str | None = None

    def new_database(self) -> str:
        """The URL of a database that holds nothing."""
        return self.postgres.create(f"coldshed_{next(self._numbers)}")

    @contextmanager
    def databases(self, folder: Path) -> Iterator[Databases]:
        """Databases with every table and no row. Always the same two schemas, emptied afterwards: making
        one anew for each test would take ten times as long."""
        first, self._made = self._made is None, self._made or self.new_database()
        shutil.copyfile(_empty_files() / "history.db", folder / "history.db")
        dbs = Databases(folder, self._made)
        if first:
            create(dbs, "journal", "records")
        yield dbs
        dbs.close()
        with psycopg.connect(self._made) as connection:
            connection.execute(_EMPTY)
