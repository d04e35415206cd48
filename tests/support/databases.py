"""Which tests run on both databases, and how each of them gets an empty one cheaply."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

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
        dbs = Databases(folder, self._made)
        create(dbs) if first else create(dbs, "history")
        yield dbs
        dbs.close()
        with psycopg.connect(self._made) as connection:
            connection.execute(_EMPTY)
