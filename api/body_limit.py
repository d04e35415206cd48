"""Limits the size of a request: its body is held in memory, even before the login is checked."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 1 << 20


class BodyLimit:
    """Answers 413 as soon as more than `MOST_BYTES` arrives or is announced."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            receive = _counted(receive, dict(scope["headers"]).get(b"content-length", b"0"))
        await self.app(scope, receive, send)


def _counted(receive: Receive, announced: bytes) -> Receive:
    received = 0

    async def counted() -> Message:
        nonlocal received
        if announced.isdigit() and int(announced) > MOST_BYTES:
            raise HTTPException(413)
        message = await receive()
        received += len(message.get("body", b""))
        if received > MOST_BYTES:
            raise HTTPException(413)
        return message

    return counted
