"""读不懂的消息: for the technician, what came and could not be read, and what to do about it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from store.decoding.rejected import Rejected, counts, rejected
from web.base.request_context import PageRequest, signed_in

router = APIRouter()
Viewer = Annotated[PageRequest, Depends(signed_in("place_devices"))]
SHOWN_BYTES = 400


@router.get("/rejected")
def show(page: Viewer) -> Response:
    with page.context.dbs.journal.read() as tx:
        counted = sorted(counts(tx), key=lambda one: -one.last_at)[:200]
        newest = rejected(tx, limit=300)
    first: dict[tuple[str, str], Rejected] = {}
    for one in newest:
        first.setdefault((one.topic, one.reason), one)
    reasons = page.settings.reasons
    groups = [
        {
            "topic": one.topic,
            "sentence": page.words(reasons.get(one.reason, one.reason)),
            "times": one.times,
            "age": page.words.age(page.now - one.last_at),
            "detail": sample.detail if (sample := first.get((one.topic, one.reason))) else "",
            "ident": sample.id if sample else 0,
            "payload": sample.payload[:SHOWN_BYTES].decode("utf-8", "replace") if sample else "",
        }
        for one in counted
    ]
    return page.show("decoding/rejected.html", groups=groups)
