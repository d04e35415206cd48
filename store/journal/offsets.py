"""Followers' offsets in the journal, stored with their effects and committed together."""

from sqlalchemy import Connection, insert, select, update

from store.journal.tables import records_offsets as table


def offset(tx: Connection, follower: str) -> int:
    """The last journal sequence number whose effects are stored; 0 before the first."""
    return int(tx.execute(select(table.c.seq).where(table.c.follower == follower)).scalar() or 0)


def advance(tx: Connection, follower: str, before: int, seq: int, now: int) -> bool:
    """Moves the offset from `before` to `seq`. Returns False if another process moved it; roll back then."""
    here = (table.c.follower == follower) & (table.c.seq == before)
    if tx.execute(update(table).where(here).values(seq=seq, at=now)).rowcount:
        return True
    stored = tx.execute(select(table.c.seq).where(table.c.follower == follower)).first()
    if stored is not None or before != 0:
        return False
    tx.execute(insert(table).values(follower=follower, seq=seq, at=now))
    return True
