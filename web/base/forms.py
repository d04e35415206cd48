"""Submitted forms: reading, validation, and idempotent writes."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from api.problems import Problem
from core.errors import Refused
from store import idempotency
from store.idempotency import KeyReused, WriteRequest
from web.base.request_context import PageRequest

KEY = "key"
MOST = 200_000


def new_key() -> str:
    """An idempotency key for a form's hidden field; a form with the same key is stored once."""
    return secrets.token_urlsafe(16)


def refuse_foreign_form(request: Request) -> None:
    """Refuses writes from other sites (CSRF). The cookie's SameSite=Lax already prevents them; this check
    also covers login and first start, where no cookie exists yet. Raises Problem 403."""
    if request.method in ("GET", "HEAD"):
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "")
    elsewhere = origin not in ("", "null") and urlsplit(origin).netloc != request.headers.get("Host", "")
    if site not in ("same-origin", "none") or origin == "null" or elsewhere:
        raise Problem(403, "other-site", "这个请求是别的网站发来的，没有执行")


class SubmittedForm:
    """The submitted fields and one error sentence per invalid field. Times and weights are parsed on
    access."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields
        self.errors: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return self._fields.get(name, [""])[0].strip()

    def names(self) -> list[str]:
        return list(self._fields)

    def all(self, name: str) -> list[str]:
        return [value.strip() for value in self._fields.get(name, [])]

    def wrong(self, name: str, sentence: str) -> None:
        """Shows `sentence` at the field. Only the first error of a field is kept."""
        self.errors.setdefault(name, sentence)

    def whole(self, name: str) -> int | None:
        """The field as a non-negative whole number, e.g. the id of a choice; None if it is anything else."""
        text = self[name]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

    def digest(self) -> str:
        plain = json.dumps(sorted(self._fields.items()), ensure_ascii=False)
        return hashlib.sha256(plain.encode()).hexdigest()


async def read_form(request: Request) -> SubmittedForm:
    """Reads the submitted form. Raises Problem if it is too large; accepts no files."""
    if int(request.headers.get("Content-Length") or 0) > MOST:
        raise Problem(413, "too-large", "内容太大了")
    values_by_name: dict[str, list[str]] = {}
    async with request.form(max_files=0, max_fields=2_000) as submitted:
        for name, value in submitted.multi_items():
            if isinstance(value, str):
                values_by_name.setdefault(name, []).append(value)
    return SubmittedForm(values_by_name)


Filled = Annotated[SubmittedForm, Depends(read_form)]


def submit_once(
    page: PageRequest,
    form: SubmittedForm,
    change: Callable[[Connection, int], str],
    by: int | None = None,
    digest: str | None = None,
) -> Response:
    """Runs `change(tx, now)` in one write transaction and redirects to the address that it returns.

    The same key again redirects to the same address and changes nothing. Refused: the key was used for
    another form, or `change` refuses (then nothing is stored). `digest`: the checksum of the form, if some
    fields may differ between clicks. `by`: the id of the person who writes, if not the signed-in user.
    """
    write = _write(page, form, digest, by)
    if not 8 <= len(write.key or "") <= 64:
        raise Problem(400, "bad-request", "请求的内容读不懂")
    with page.context.dbs.records.write() as tx, _already_done():
        result = idempotency.once(tx, page.now, write, lambda tx, now: change(tx, now).encode(), 303)
    return redirect_to(result.answer.decode())


def refuse_used(page: PageRequest, form: SubmittedForm, digest: str) -> None:
    """Refused if this form's key was used for another form. Call before a step that is outside the records
    database."""
    with page.context.dbs.records.read() as tx, _already_done():
        idempotency.refuse_reused(tx, page.now, _write(page, form, digest))


def _write(page: PageRequest, form: SubmittedForm, digest: str | None, by: int | None = None) -> WriteRequest:
    person = page.who.id if by is None else by
    return WriteRequest(person, form[KEY], f"PAGE {page.request.url.path}", digest or form.digest())


@contextmanager
def _already_done() -> Iterator[None]:
    try:
        yield
    except KeyReused:
        raise Refused("already_done", "这一笔已经记过了。要再记一笔，请重新打开这一页") from None


def redirect_to(address: str) -> Response:
    return RedirectResponse(address, 303)


def refusal_text(page: PageRequest, refused: Refused) -> str:
    """The reason of the refusal in the user's language."""
    return page.words(refused.text, **refused.facts)
