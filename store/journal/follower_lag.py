"""How far followers are behind the journal, as time instead of rows."""

from sqlalchemy import Connection, select

from store.journal.tables import journal


def oldest_after(tx: Connection, seq: int) -> int | None:
    """Arrival time (ms) of the oldest journal row after `seq`. None if there is none."""
    later = select(journal.c.received_at).where(journal.c.seq > seq).order_by(journal.c.seq).limit(1)
    return tx.execute(later).scalar()
