"""Makes the tables of the three databases."""

from collections.abc import Callable

from sqlalchemy import inspect

from core.errors import SettingsError
from store.database import Databases
from store.tables import history_metadata, journal_metadata, records_metadata


def create(databases: Databases) -> None:
    """Every table at its newest shape, in databases that have none yet."""
    journal_metadata.create_all(databases.journal.engine)
    records_metadata.create_all(databases.records.engine)
    history_metadata.create_all(databases.history.engine)


def migrate(databases: Databases, progress: Callable[[int, int], None]) -> None:
    """Brings the databases to their newest shape."""
    create(databases)
    progress(1, 1)


def require_head(databases: Databases) -> None:
    """Raises `SettingsError` where the tables are not there yet."""
    if not inspect(databases.journal.engine).has_table("journal"):
        raise SettingsError("the databases are not made yet: run `coldshed migrate`")
