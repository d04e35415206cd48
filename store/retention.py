"""Deletes old rows of the records: changes, stored answers, expired tokens, attempts to send."""

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from core.times import DAY_MS
from store import idempotency
from store.notifications.tables import notification_attempts
from store.people import people
from store.tables import changes

KEEP_CHANGES = 7 * DAY_MS
KEEP_ATTEMPTS = 90 * DAY_MS
PIECE = 2_000
"""Rows of a table per transaction, so that no other writer waits for long."""


def trim(tx: Connection, now: int) -> bool:
    """Deletes one chunk. Returns whether there may be more."""
    idempotency.forget(tx, now)
    people.forget_tokens(tx, now)
    newest = select(func.max(changes.c.seq)).scalar_subquery()  # holds the sequence number
    gone = [
        _drop(tx, changes, (changes.c.at < now - KEEP_CHANGES) & (changes.c.seq < newest)),
        _drop(tx, notification_attempts, notification_attempts.c.at < now - KEEP_ATTEMPTS),
    ]
    return max(gone) == PIECE


def _drop(tx: Connection, table: Table, over: ColumnElement[bool]) -> int:
    (key,) = table.primary_key.columns
    piece = select(key).where(over).order_by(key).limit(PIECE)
    return int(tx.execute(delete(table).where(key.in_(piece))).rowcount)
