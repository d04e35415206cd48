"""The `Idempotency-Key` header over `store.idempotency.once`."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection

from api.context import context_of
from api.problems import Problem
from core.people.people import Person
from store import idempotency
from store.idempotency import KeyReused, WriteRequest

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Any text of yours that is new for every new write. Asked again with the same key and "
        "the same body within seven days, the answer comes again and nothing is written twice.",
    ),
]
JSON = "application/json"


def write_once(
    request: Request,
    person: Person,
    key: str | None,
    body: BaseModel | None,
    change: Callable[[Connection, int], BaseModel],
    status: int = 200,
) -> Response:
    """Runs `change(tx, now)` in one write transaction and answers with its model, or replays the answer.

    A refused write stores nothing, so the same key can try again.
    """
    services = context_of(request)

    def encoded(tx: Connection, now: int) -> bytes:
        return change(tx, now).model_dump_json(by_alias=True).encode()

    with services.dbs.records.write() as tx, _conflict():
        result = idempotency.once(tx, services.now(), _write(request, person, key, body), encoded, status)
    headers = {"Idempotency-Replayed": "true"} if result.replayed else None
    return Response(result.answer, result.status, headers, JSON)


def write_in_pieces(
    request: Request, person: Person, key: str | None, body: BaseModel, work: Callable[[], BaseModel]
) -> Response:
    """Runs `work`, which has transactions of its own and may be repeated, and answers with its model. The
    same key replays the answer, unless the process ended in between."""
    services = context_of(request)
    with services.dbs.records.read() as tx, _conflict():
        stored = idempotency.stored_answer(tx, services.now(), _write(request, person, key, body))
    if stored is not None:
        return Response(stored.answer, stored.status, {"Idempotency-Replayed": "true"}, JSON)
    answer = work()
    return write_once(request, person, key, body, lambda _tx, _now: answer)


def refuse_conflict(request: Request, person: Person, key: str | None, body: BaseModel) -> None:
    """Problem 409 where the key was used for another request: before a first step in another database."""
    services = context_of(request)
    with services.dbs.records.read() as tx, _conflict():
        idempotency.refuse_reused(tx, services.now(), _write(request, person, key, body))


def _write(request: Request, person: Person, key: str | None, body: BaseModel | None) -> WriteRequest:
    route = f"{request.method} {request.url.path}?{request.url.query}"
    digest = hashlib.sha256(body.model_dump_json().encode() if body else b"").hexdigest()
    return WriteRequest(person.id, key, route, digest)


@contextmanager
def _conflict() -> Iterator[None]:
    try:
        yield
    except KeyReused:
        raise Problem(409, "idempotency-conflict", "这个 Idempotency-Key 已经用于另一个请求") from None
