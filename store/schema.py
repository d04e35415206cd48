"""Makes the tables of the three databases."""

from store.database import Databases
from store.tables import history_metadata, journal_metadata, records_metadata


def create(databases: Databases) -> None:
    """Every table at its newest shape, in databases that have none yet."""
    journal_metadata.create_all(databases.journal.engine)
    records_metadata.create_all(databases.records.engine)
    history_metadata.create_all(databases.history.engine)
