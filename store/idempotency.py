"""What was answered to a write, so that a phone that asks again does not write again."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from core.readings.readings import DAY_MS
from store.tables import idempotency

KEEP = 7 * DAY_MS


class StoredAnswer(NamedTuple):
    route: str
    body_hash: str
    status: int
    answer: bytes


def recall(tx: Connection, person: int, key: str, now: int) -> StoredAnswer | None:
    """What this person was answered under this key within seven days.

    Asked inside the writing transaction: of two requests at once the second waits, then finds it.
    """
    columns = idempotency.c["route", "body_hash", "status", "answer"]
    row = tx.execute(
        select(*columns).where(
            idempotency.c.person == person, idempotency.c.key == key, idempotency.c.at > now - KEEP
        )
    ).first()
    return StoredAnswer(*row) if row else None


def keep(tx: Connection, now: int, person: int, key: str, kept: StoredAnswer) -> None:
    """In the transaction of the write itself; forgets what is older than seven days."""
    forget(tx, now)
    tx.execute(insert(idempotency).values(person=person, key=key, at=now, **kept._asdict()))


def forget(tx: Connection, now: int) -> None:
    tx.execute(delete(idempotency).where(idempotency.c.at <= now - KEEP))
