"""Leases: at most one holder per name, with an end time that the holder renews."""

from sqlalchemy import Connection, delete, select

from store.journal.tables import leases
from store.sql import execute_sql

LEASE_MS = 15_000


def holder_of(tx: Connection, name: str) -> str | None:
    """The last holder, even if the lease has expired. None if nobody ever held it."""
    return execute_sql(tx, "SELECT holder FROM leases WHERE name = ?", (name,)).scalar()


def is_held(tx: Connection, name: str, now: int) -> bool:
    """Whether the lease has not expired."""
    until = tx.execute(select(leases.c.until).where(leases.c.name == name)).scalar()
    return until is not None and now < until <= now + LEASE_MS


def take(tx: Connection, name: str, holder: str, now: int) -> str:
    """Acquires or renews the lease for 15 s if it is free, ours or expired. Returns the holder."""
    row = tx.execute(select(leases.c.holder, leases.c.until).where(leases.c.name == name)).first()
    if row is not None and row.holder != holder and now < row.until <= now + LEASE_MS:
        return str(row.holder)
    execute_sql(
        tx,
        "INSERT INTO leases (name, holder, until) VALUES (?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until",
        (name, holder, now + LEASE_MS),
    )
    return holder


def give_back(tx: Connection, name: str, holder: str) -> None:
    tx.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
