"""读不懂的消息: rejected messages and what to do about them, for technicians."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from store.decoding.rejected import Rejected, counts, rejected
from web.base.request_context import PageRequest, signed_in

router = APIRouter()
Viewer = Annotated[PageRequest, Depends(signed_in("place_devices"))]
SHOWN_BYTES = 400


@router.get("/rejected")
def list_rejected(page: Viewer) -> Response:
    with page.context.dbs.journal.read() as tx:
        counted = sorted(counts(tx), key=lambda count: -count.last_at)[:200]
        newest = rejected(tx, limit=300)
    first: dict[tuple[str, str], Rejected] = {}
    for message in newest:
        first.setdefault((message.topic, message.reason), message)
    reasons = page.settings.reasons
    groups = [
        {
            "topic": count.topic,
            "sentence": page.words(reasons.get(count.reason, count.reason)),
            "times": count.times,
            "age": page.words.age(page.now - count.last_at),
            "detail": sample.detail if (sample := first.get((count.topic, count.reason))) else "",
            "ident": sample.id if sample else 0,
            "payload": sample.payload[:SHOWN_BYTES].decode("utf-8", "replace") if sample else "",
        }
        for count in counted
    ]
    return page.show("decoding/rejected.html", groups=groups)
