"""The pretend phone network as a web application: an API for the outbox, and a page that shows the phones.

Mount it at /phones. The API requires the secret in a header; the page calls `guard`.
"""

import hmac
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from simulators.phones.messages import PhoneMessage, PhoneMessages
from simulators.phones.words import WORDS, page

SECRET_HEADER = "X-Phones-Secret"
PACK = 1_000
"""Number of texts bought."""
LONGEST = 500
"""Longest text (characters), as at the operators."""

HERE = Path(__file__).parent

Guard = Callable[[Scope], Awaitable[bool]]
"""Whether the requester (an ASGI scope) may see and use the page."""
Names = Callable[[], Iterable[tuple[str, str]]]
"""(number, name) of the phones to show before a text was sent to them."""


def wall() -> int:
    return time.time_ns() // 1_000_000


def phones_app(
    data_dir: Path,
    secret: str,
    guard: Guard | None = None,
    names: Names | None = None,
    now: Callable[[], int] = wall,
) -> ASGIApp:
    """Its state is in `data_dir`/phones.db. Without `guard` everybody may see the page."""
    network = _Network(PhoneMessages(data_dir), secret, guard, names, now)
    return Starlette(
        routes=[
            Route("/", network.page),
            Route("/phones.js", lambda _: FileResponse(HERE / "phones.js", media_type="text/javascript")),
            Route("/phones.css", lambda _: FileResponse(HERE / "phones.css", media_type="text/css")),
            Route("/state", network.state),
            Route("/reply", network.reply, methods=["POST"]),
            Route("/api/send", network.send, methods=["POST"]),
            Route("/api/inbox", network.inbox),
            Route("/api/credit", network.credit),
        ]
    )


class _Network:
    def __init__(
        self,
        messages: PhoneMessages,
        secret: str,
        guard: Guard | None,
        names: Names | None,
        now: Callable[[], int],
    ) -> None:
        self.messages = messages
        self.secret = secret
        self.guard = guard
        self.names = names
        self.now = now

    # --- for the outbox ---

    async def send(self, request: Request) -> Response:
        if not self._knows_secret(request):
            return _refusal(403, "secret")
        body = await _body(request)
        phone, text, key = (
            _text(body, "phone", 30),
            _text(body, "text", LONGEST),
            _text(body, "dedup_key", 200),
        )
        if not (phone and text and key):
            return _refusal(400, "phone, text and dedup_key are needed")
        ident, repeated = await run_in_threadpool(self.messages.deliver, phone, text, key, self.now())
        return JSONResponse({"id": str(ident), "repeated": repeated})

    async def inbox(self, request: Request) -> Response:
        if not self._knows_secret(request):
            return _refusal(403, "secret")
        after = request.query_params.get("after", "0")
        if not after.isdecimal() or len(after) > 18:
            return _refusal(400, "after is a number")
        messages = await run_in_threadpool(self.messages.written_after, int(after))
        items = [{"id": str(m.id), "phone": m.phone, "text": m.text, "at": m.at} for m in messages]
        return JSONResponse({"items": items})

    async def credit(self, request: Request) -> Response:
        """The remaining texts: the pack minus the texts sent."""
        if not self._knows_secret(request):
            return _refusal(403, "secret")
        sent = await run_in_threadpool(self.messages.sent)
        return JSONResponse({"texts": max(0, PACK - sent)})

    def _knows_secret(self, request: Request) -> bool:
        secret = request.headers.get(SECRET_HEADER, "")
        return hmac.compare_digest(secret.encode(), self.secret.encode())

    # --- for people ---

    async def page(self, request: Request) -> Response:
        if not await self._may(request):
            return RedirectResponse("/login?next=/phones/", 303)
        return HTMLResponse(page(_language(request)))

    async def state(self, request: Request) -> Response:
        if not await self._may(request):
            return _refusal(401, "login")
        messages = await run_in_threadpool(self.messages.newest)
        name_by_phone = dict(await run_in_threadpool(self.names)) if self.names else {}
        phones = [
            {"phone": phone, "name": name_by_phone.get(phone, ""), "messages": [_shown(m) for m in texts]}
            for phone, texts in _by_phone(name_by_phone, messages).items()
        ]
        return JSONResponse({"phones": phones}, headers={"Cache-Control": "no-store"})

    async def reply(self, request: Request) -> Response:
        # JSON only: a foreign page cannot send it with the user's cookie without a CORS preflight.
        if request.headers.get("content-type", "").split(";")[0] != "application/json":
            return _refusal(415, "JSON")
        if not await self._may(request):
            return _refusal(401, "login")
        body = await _body(request)
        phone, text = _text(body, "phone", 30), _text(body, "text", LONGEST)
        if not (phone and text):
            return _refusal(400, "phone and text are needed")
        ident = await run_in_threadpool(self.messages.write, phone, text, self.now())
        return JSONResponse({"id": str(ident)})

    async def _may(self, request: Request) -> bool:
        return self.guard is None or await self.guard(request.scope)


def _by_phone(name_by_phone: dict[str, str], messages: list[PhoneMessage]) -> dict[str, list[PhoneMessage]]:
    """The phones, the one with the newest message first, those without messages last."""
    last = {message.phone: message.id for message in messages}
    order = sorted(last, key=lambda phone: -last[phone]) + [
        phone for phone in name_by_phone if phone not in last
    ]
    return {phone: [m for m in messages if m.phone == phone] for phone in order}


def _shown(message: PhoneMessage) -> dict[str, object]:
    return {"id": message.id, "outward": message.outward, "text": message.text, "at": message.at}


def _language(request: Request) -> str:
    wanted = request.query_params.get("lang") or request.cookies.get("lang") or "zh"
    return wanted if wanted in WORDS else "zh"


def _text(body: dict[str, Any], name: str, most: int) -> str:
    """The text field, or empty if it is missing or too long."""
    value = body.get(name)
    return value if isinstance(value, str) and value.strip() and len(value) <= most else ""


async def _body(request: Request) -> dict[str, Any]:
    """The JSON object of the body; empty if the body is invalid or too large."""
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > 10_000:
            return {}
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _refusal(status: int, detail: str) -> Response:
    return JSONResponse({"status": status, "detail": detail}, status_code=status)
