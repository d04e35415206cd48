"""The sequence of changes: one row per changed noun, written in the transaction of the change."""

from sqlalchemy import Connection, func, insert, select

from store.tables import changes


def note(tx: Connection, noun: str, ident: object, now: int) -> None:
    """Records that `noun` number `ident` changed; live pages follow these rows."""
    tx.execute(insert(changes).values(at=now, noun=noun, ident=str(ident)))


def last_seq(tx: Connection) -> int:
    """The sequence number of the last change, 0 if there was none."""
    return int(tx.execute(select(func.max(changes.c.seq))).scalar() or 0)


def nouns_after(tx: Connection, seq: int) -> tuple[int, set[str]]:
    """The sequence number of the last change, and the nouns that changed after `seq`."""
    rows = list(tx.execute(select(changes.c.seq, changes.c.noun).where(changes.c.seq > seq)))
    return max((row.seq for row in rows), default=seq), {row.noun for row in rows}
