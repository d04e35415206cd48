"""One write, once: the change and the answer to its `Idempotency-Key` in one transaction."""

import hashlib
from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection

from api.context import context
from api.problems import Problem
from core.people.people import Person
from store.idempotency import StoredAnswer, keep, recall

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


def once(
    request: Request,
    person: Person,
    key: str | None,
    body: BaseModel | None,
    change: Callable[[Connection, int], BaseModel],
    status: int = 200,
) -> Response:
    """Runs `change(tx, now)` in one writing transaction and answers with what it gives.

    What is refused is not kept: nothing was written, so asking again asks anew.
    """
    about = context(request)
    now = about.now()
    route, digest = _route(request), _digest(body)
    with about.dbs.records.write() as tx:
        if key is not None:
            kept = recall(tx, person.id, key, now)
            if kept is not None:
                return _again(kept, route, digest)
        answer = change(tx, now).model_dump_json(by_alias=True).encode()
        if key is not None:
            keep(tx, now, person.id, key, StoredAnswer(route, digest, status, answer))
    return Response(answer, status, media_type=JSON)


def refuse_conflict(request: Request, person: Person, key: str | None, body: BaseModel) -> None:
    """Problem 409 where the key was used for another request: before a first step in another database."""
    if key is None:
        return
    about = context(request)
    with about.dbs.records.read() as tx:
        kept = recall(tx, person.id, key, about.now())
    if kept is not None:
        _again(kept, _route(request), _digest(body))


def _route(request: Request) -> str:
    return f"{request.method} {request.url.path}?{request.url.query}"


def _digest(body: BaseModel | None) -> str:
    return hashlib.sha256(body.model_dump_json().encode() if body else b"").hexdigest()


def _again(kept: StoredAnswer, route: str, digest: str) -> Response:
    if (kept.route, kept.body_hash) != (route, digest):
        raise Problem(409, "idempotency-conflict", "这个 Idempotency-Key 已经用于另一个请求")
    return Response(kept.answer, kept.status, {"Idempotency-Replayed": "true"}, JSON)
