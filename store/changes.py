"""The second sequence: one row per changed noun, in the transaction that changed it."""

from sqlalchemy import Connection, insert

from store.tables import changes


def note(tx: Connection, noun: str, ident: object, now: int) -> None:
    """Say that `noun` number `ident` changed; live pages follow these rows."""
    tx.execute(insert(changes).values(at=now, noun=noun, ident=str(ident)))
