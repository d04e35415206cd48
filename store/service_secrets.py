"""Secrets of our own services that must be the same for every process of one database."""

from secrets import token_hex

from sqlalchemy import Connection, delete, insert, select

from store.tables import service_secrets as table


def get_or_make(tx: Connection, name: str) -> str:
    """32 random hexadecimal digits, made on first use."""
    value = get(tx, name)
    if value is None:
        value = token_hex(16)
        tx.execute(insert(table).values(name=name, value=value))
    return value


def get(tx: Connection, name: str) -> str | None:
    return tx.execute(select(table.c.value).where(table.c.name == name)).scalar()


def forget(tx: Connection, name: str) -> None:
    tx.execute(delete(table).where(table.c.name == name))
