"""The live stream."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from api.context import context_of
from api.live import HEADERS, MEDIA_TYPE, stream
from api.security import person_or_none, require
from core.people.people import Person

router = APIRouter(tags=["live"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]

_EXAMPLE = (
    "id: 1042.88\nevent: reading\n"
    'data: {"device":"coldroom-3","position":"door","metric":"temperature","value":1.2,"raw":1.4,"unit":"°C",'
    '"at":"2026-01-14T03:19:40Z","received_at":"2026-01-14T03:19:40.120Z","flags":[],"room":3,'
    '"spot":"door","class":"air"}\n\n'
    'id: 1042.89\nevent: alert\ndata: {"id":"12","at":"2026-01-14T03:19:41Z","room":3,'
    '"severity":"warning","status":"active","condition":"low"}\n\n: still here\n\n'
)


@router.get(
    "/live",
    summary="Live events (server-sent events)",
    response_class=StreamingResponse,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}}}},
)
async def stream_live(
    request: Request,
    person: Viewer,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
    after: Annotated[str | None, Query(max_length=40, description="Same as Last-Event-ID.")] = None,
) -> StreamingResponse:
    """Events: `reading`, and one per changed object, named after it (`room`, `alert`, `movement`, `lot`,
    `placement`, `limits`, `notification`, `duty` ...) with its id: fetch it again.

    `ready` starts a stream; `reset` means events were missed: fetch everything again. `Last-Event-ID`
    resumes at any worker and may repeat the last few events. A comment is sent every 15 s."""
    events = stream(
        context_of(request).hub,
        person,
        last_event_id or after or None,
        lambda: person_or_none(request) == person,
    )
    return StreamingResponse(events, media_type=MEDIA_TYPE, headers=HEADERS)
