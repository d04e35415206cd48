"""What people type: read, checked, and booked once however often the button is pressed."""

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
    """Stands hidden in a form: the same key books once."""
    return secrets.token_urlsafe(16)


def refuse_foreign_form(request: Request) -> None:
    """A form of another site must not write here. The cookie's SameSite=Lax already holds it off; this
    also covers sign-in and first start, where there is no cookie yet."""
    if request.method in ("GET", "HEAD"):
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "")
    elsewhere = origin not in ("", "null") and urlsplit(origin).netloc != request.headers.get("Host", "")
    if site not in ("same-origin", "none") or origin == "null" or elsewhere:
        raise Problem(403, "other-site", "这个请求是别的网站发来的，没有执行")


class SubmittedForm:
    """The fields as typed, and a sentence at each that is wrong. Times and weights are read on asking."""

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
        """`sentence` is shown at the field; the first one counts."""
        self.errors.setdefault(name, sentence)

    def whole(self, name: str) -> int | None:
        """An id of a choice, or nothing where none (or something else) was chosen."""
        text = self[name]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

    def digest(self) -> str:
        plain = json.dumps(sorted(self._fields.items()), ensure_ascii=False)
        return hashlib.sha256(plain.encode()).hexdigest()


async def read_form(request: Request) -> SubmittedForm:
    """The form that came. Files are not taken."""
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
    another form, or `change` refuses (then nothing is stored). `digest`: checksum of what was typed, where a
    field of the form may differ from press to press. `by`: the person who writes, if not the reader.
    """
    write = _write(page, form, digest, by)
    if not 8 <= len(write.key or "") <= 64:
        raise Problem(400, "bad-request", "请求的内容读不懂")
    with page.context.dbs.records.write() as tx, _already_done():
        result = idempotency.once(tx, page.now, write, lambda tx, now: change(tx, now).encode(), 303)
    return redirect_to(result.answer.decode())


def refuse_used(page: PageRequest, form: SubmittedForm, digest: str) -> None:
    """Refused where this form's key was used for something else: before a first step outside the records."""
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
    """Why not, in the reader's language."""
    return page.words(refused.text, **refused.facts)
