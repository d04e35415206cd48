"""Persistent memory of decoder families and of the listener, by family and key."""

from sqlalchemy import Connection, delete, select

from store.decoding.tables import decoder_memory as table
from store.sql import execute_sql

LISTENER = "listener"
"""The listener's own entries, under a name that is no family's."""


def rows_by_family(tx: Connection) -> dict[str, dict[str, bytes]]:
    """All rows of families."""
    by_family: dict[str, dict[str, bytes]] = {}
    for family, key, value in tx.execute(select(table).where(table.c.family != LISTENER)):
        by_family.setdefault(family, {})[key] = value
    return by_family


def get(tx: Connection, family: str, key: str) -> bytes | None:
    here = (table.c.family == family) & (table.c.key == key)
    return tx.execute(select(table.c.value).where(here)).scalar()


_PUT = (
    "INSERT INTO decoder_memory (family, key, value) VALUES (?, ?, ?) "
    "ON CONFLICT (family, key) DO UPDATE SET value = excluded.value"
)


def write_changes(tx: Connection, changes: list[tuple[str, str, bytes | None]]) -> None:
    """(family, key, value); a value of None deletes the row."""
    for family, key, value in changes:
        if value is None:
            tx.execute(delete(table).where(table.c.family == family, table.c.key == key))
        else:
            execute_sql(tx, _PUT, (family, key, value))
