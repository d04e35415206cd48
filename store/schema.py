"""Creates, migrates and checks the tables of the three databases.

Each database has its own folder of migrations, `migrations/<name>/<number>_<what>.py`; the highest number
is the version that this program needs. In PostgreSQL each database is a schema of its name, so that two
may have tables of one name, and each its own version.
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, MetaData, inspect

from store import tables
from store.alerts import tables as alerts_tables
from store.catalogue import tables as catalogue_tables
from store.database import SMALL_PAGE_BYTES, Database, Databases
from store.decoding import tables as decoding_tables
from store.devices import tables as devices_tables
from store.history import tables as history_tables
from store.journal import tables as journal_tables
from store.metadata import history_metadata, journal_metadata, records_metadata
from store.notifications import tables as notifications_tables
from store.overview import tables as overview_tables
from store.page_size import rewrite
from store.patrols import tables as patrols_tables
from store.people import tables as people_tables
from store.readings import tables as readings_tables
from store.rooms import tables as rooms_tables
from store.stock import tables as stock_tables

MIGRATIONS = Path(__file__).parent / "migrations"
TABLES = (
    tables,
    alerts_tables,
    catalogue_tables,
    decoding_tables,
    devices_tables,
    history_tables,
    journal_tables,
    notifications_tables,
    overview_tables,
    patrols_tables,
    people_tables,
    readings_tables,
    rooms_tables,
    stock_tables,
)
"""Every module with tables; importing one registers its tables."""
METADATA = {"journal": journal_metadata, "records": records_metadata, "history": history_metadata}
VERSIONS = "alembic_version"

Progress = Callable[[int, int], None]
"""Called with (migrations done, total)."""


class SchemaState(StrEnum):
    """The databases' version compared with the program's."""

    READY = "ready"
    OLDER = "older"
    """Older than the program, or empty: run `migrate`."""
    NEWER = "newer"
    """Written by a newer program: this one must not use them."""


def shape(databases: Databases, *names: str) -> SchemaState:
    """The state of those named, or of all. Does not use Alembic, so that a service can call it at every
    start."""
    states = [_shape_of(database, name) for name, database in _by_name(databases, names)]
    return next(
        (state for state in (SchemaState.NEWER, SchemaState.OLDER) if state in states), SchemaState.READY
    )


def create(databases: Databases, *names: str) -> None:
    """Creates all tables at the latest version in databases without tables; in those named, or all."""
    for name, database in _by_name(databases, names):
        with database.write() as tx:
            create_in(tx, name)


def create_in(tx: Connection, name: str) -> None:
    """`create` for one database, in the caller's transaction."""
    _make_schema(tx, name)
    METADATA[name].create_all(tx)
    tx.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {VERSIONS} (version_num VARCHAR(32) PRIMARY KEY)")
    tx.exec_driver_sql(f"DELETE FROM {VERSIONS}")
    tx.exec_driver_sql(f"INSERT INTO {VERSIONS} VALUES ('{head(name)}')")


def migrate(databases: Databases, *names: str, progress: Progress = lambda _done, _total: None) -> None:
    """Upgrades those named, or the three databases, to the latest version, each in one transaction.

    The caller has checked that they are not newer (`shape`).
    """
    waiting = {name: _waiting(database, name) for name, database in _by_name(databases, names)}
    total, done = sum(waiting.values()), 0
    for name, database in _by_name(databases, names):
        if not waiting[name]:
            continue

        def on_applied(**_facts: object) -> None:
            nonlocal done
            done += 1
            progress(done, total)

        with database.write() as tx:
            _make_schema(tx, name)
            _upgrade(tx, name, METADATA[name], on_applied)
        if name == "journal":
            rewrite(database, SMALL_PAGE_BYTES)


def head(name: str) -> str:
    """The latest version that this program knows, such as `0003`."""
    return versions(name)[-1]


def versions(name: str) -> list[str]:
    return sorted(file.name[:4] for file in (MIGRATIONS / name).glob("[0-9]*.py"))


def is_empty(database: Database) -> bool:
    """Whether the database has no tables of ours yet."""
    return not _version(database)


def has_lost_version(database: Database, name: str) -> bool:
    """Whether tables of ours exist without a version."""
    if _version(database):
        return False
    with database.read() as tx:
        return not METADATA[name].tables.keys().isdisjoint(inspect(tx).get_table_names())


def _by_name(databases: Databases, names: Collection[str] = ()) -> list[tuple[str, Database]]:
    return [(name, getattr(databases, name)) for name in METADATA if not names or name in names]


def _make_schema(tx: Connection, name: str) -> None:
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {name}")


def _version(database: Database) -> str:
    """The database's version; "" without tables."""
    with database.read() as tx:
        if not inspect(tx).has_table(VERSIONS):
            return ""
        return str(tx.exec_driver_sql(f"SELECT version_num FROM {VERSIONS}").scalar() or "")


def _shape_of(database: Database, name: str) -> SchemaState:
    version = _version(database)
    if version == head(name):
        return SchemaState.READY
    return SchemaState.OLDER if not version or version in versions(name) else SchemaState.NEWER


def _waiting(database: Database, name: str) -> int:
    version = _version(database)
    return sum(number > version for number in versions(name))


def _upgrade(tx: Connection, name: str, metadata: MetaData, on_applied: Callable[..., None]) -> None:
    from alembic import command  # imported late: 15 MB
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS / name))
    config.set_main_option("path_separator", "newline")
    config.attributes.update(connection=tx, metadata=metadata, on_applied=on_applied)
    command.upgrade(config, "head")
