"""What decoder families and the listener remember, by family and key."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from store.tables import decoder_memory as table

LISTENER = "listener"
"""No family: the listener's own."""


def rows(tx: Connection) -> dict[str, dict[str, bytes]]:
    """Everything that families remember."""
    found: dict[str, dict[str, bytes]] = {}
    for family, key, value in tx.execute(select(table).where(table.c.family != LISTENER)):
        found.setdefault(family, {})[key] = value
    return found


def get(tx: Connection, family: str, key: str) -> bytes | None:
    here = (table.c.family == family) & (table.c.key == key)
    return tx.execute(select(table.c.value).where(here)).scalar()


def put(tx: Connection, changes: list[tuple[str, str, bytes | None]]) -> None:
    """(family, key, value), `None` where it goes."""
    insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)
    upsert = insert.on_conflict_do_update(
        index_elements=[table.c.family, table.c.key], set_={"value": insert.excluded.value}
    )
    for family, key, value in changes:
        if value is None:
            tx.execute(delete(table).where(table.c.family == family, table.c.key == key))
        else:
            tx.execute(upsert, {"family": family, "key": key, "value": value})
