"""How far the followers of the journal are behind, for people: in time, not in rows."""

from sqlalchemy import Connection, select

from store.journal.tables import journal


def oldest_after(tx: Connection, seq: int) -> int | None:
    """When the oldest journal row behind `seq` arrived (ms); `None`: there is none."""
    later = select(journal.c.received_at).where(journal.c.seq > seq).order_by(journal.c.seq).limit(1)
    return tx.execute(later).scalar()
