"""A live fragment of a page as an HTTP response (server-sent events)."""

from collections.abc import Callable

from fastapi import Request
from fastapi.responses import StreamingResponse

from api.security import person_or_none
from web.base.live import LiveFragment, LiveFragments, stream

STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def live_response(
    request: Request, key: tuple[object, ...], make: Callable[[], LiveFragment]
) -> StreamingResponse:
    """Streams the fragment of `key`; all clients with the same key share it. `make` builds it for the
    first client. The stream ends when the user is signed out."""
    fragments: LiveFragments = request.app.state.fragments
    last_id = request.headers.get("Last-Event-ID", "")

    def still_signed_in() -> bool:
        return person_or_none(request) is not None

    return StreamingResponse(
        stream(fragments, key, make, last_id, still_signed_in),
        media_type="text/event-stream",
        headers=STREAM_HEADERS,
    )
