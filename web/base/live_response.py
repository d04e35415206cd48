"""A live piece of a page as an HTTP response (server-sent events)."""

from collections.abc import Callable

from fastapi import Request
from fastapi.responses import StreamingResponse

from api.security import person_or_none
from web.base.live import LiveFragment, LiveFragments, stream

STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def live_response(
    request: Request, key: tuple[object, ...], make: Callable[[], LiveFragment]
) -> StreamingResponse:
    """Streams the piece called `key`; everybody with the same key shares one. `make` builds it for the first
    reader. The stream ends when the reader is signed out."""
    fragments: LiveFragments = request.app.state.fragments
    last_id = request.headers.get("Last-Event-ID", "")

    def still_signed_in() -> bool:
        return person_or_none(request) is not None

    return StreamingResponse(
        stream(fragments, key, make, last_id, still_signed_in),
        media_type="text/event-stream",
        headers=STREAM_HEADERS,
    )
