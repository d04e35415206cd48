"""One write, once: the change and the answer to its key are stored in one transaction.

A phone that sends the same write again gets the stored answer, and nothing is written twice. The API (key in
a header) and the pages (key hidden in a form) both call `once`.
"""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from core.times import DAY_MS
from store.tables import idempotency

KEEP = 7 * DAY_MS


class StoredAnswer(NamedTuple):
    route: str
    body_hash: str
    status: int
    answer: bytes


class WriteRequest(NamedTuple):
    """Who writes, under which key, to which route, and the checksum of the body. Without a key nothing is
    stored and every request writes."""

    person: int
    key: str | None
    route: str
    body_hash: str


class WriteResult(NamedTuple):
    status: int
    answer: bytes
    replayed: bool


class KeyReused(Exception):
    """The same person used the key for another request within seven days."""


def once(
    tx: Connection, now: int, request: WriteRequest, change: Callable[[Connection, int], bytes], status: int
) -> WriteResult:
    """Runs `change(tx, now)` and stores its answer under the key, or returns the answer stored before.

    Call inside a write transaction (BEGIN IMMEDIATE): of two requests at once the second waits, then finds
    the answer of the first. Raises KeyReused. An error of `change` stores nothing, so the key may try again.
    """
    stored = stored_answer(tx, now, request)
    if stored is not None:
        return WriteResult(stored.status, stored.answer, True)
    answer = change(tx, now)
    if request.key is not None:
        stored = StoredAnswer(request.route, request.body_hash, status, answer)
        keep(tx, now, request.person, request.key, stored)
    return WriteResult(status, answer, False)


def refuse_reused(tx: Connection, now: int, request: WriteRequest) -> None:
    """Raises KeyReused. For writes whose first step is in another database than the key's."""
    stored_answer(tx, now, request)


def stored_answer(tx: Connection, now: int, request: WriteRequest) -> StoredAnswer | None:
    """The answer stored under the key; None without one. Raises KeyReused."""
    stored = None if request.key is None else recall(tx, request.person, request.key, now)
    if stored is not None and (stored.route, stored.body_hash) != (request.route, request.body_hash):
        raise KeyReused
    return stored


def recall(tx: Connection, person: int, key: str, now: int) -> StoredAnswer | None:
    """The stored answer to this key of the person. None if there is none within seven days."""
    columns = idempotency.c["route", "body_hash", "status", "answer"]
    row = tx.execute(
        select(*columns).where(
            idempotency.c.person == person, idempotency.c.key == key, idempotency.c.at > now - KEEP
        )
    ).first()
    return StoredAnswer(*row) if row else None


def keep(tx: Connection, now: int, person: int, key: str, answer: StoredAnswer) -> None:
    """Stores an answer. Call in the transaction of the write itself. Deletes answers older than seven
    days."""
    forget(tx, now)
    tx.execute(insert(idempotency).values(person=person, key=key, at=now, **answer._asdict()))


def forget(tx: Connection, now: int) -> None:
    tx.execute(delete(idempotency).where(idempotency.c.at <= now - KEEP))
