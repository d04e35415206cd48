"""Live events as server-sent events with JSON."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

import msgspec

from api.shapes import flag_names, unit_of
from api.times import iso
from core.people.people import Person, has_permission, sees_lots, visible_cooperative
from store.live import READING, Hub, LiveEvent

HEARTBEAT_S = 15.0
MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

_OWNED = ("lot", "movement")
_encode = msgspec.json.Encoder().encode


def may_see_event(event: LiveEvent, person: Person) -> bool:
    """Whether the person may see the event: a clerk sees only their own cooperative's goods."""
    if event.kind in _OWNED:
        return sees_lots(person) and visible_cooperative(person) in (None, event.facts.get("cooperative"))
    if event.kind == "person":
        return has_permission(person, "see_people")
    if event.kind in ("alert", "notification"):
        return has_permission(person, "see_alerts")
    return True


def event_body(event: LiveEvent) -> dict[str, object]:
    facts = dict(event.facts)
    for name in ("at", "received_at"):
        when = facts.get(name)
        if isinstance(when, int):
            facts[name] = iso(when)
    if event.kind == READING:
        facts["flags"] = flag_names(int(str(facts["flags"])))
        facts["unit"] = unit_of(str(facts["metric"]))
        facts["position"] = facts["position"] or None
        del facts["series"]
    return facts


def render(event: LiveEvent) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (
        event.id.encode(),
        event.kind.encode(),
        _encode(event_body(event)),
    )


async def stream(
    hub: Hub,
    person: Person,
    after: str | None,
    still_welcome: Callable[[], bool],
    heartbeat_s: float = HEARTBEAT_S,
) -> AsyncIterator[bytes]:
    """Yields the events the person may see, and a comment when there was none for a while.

    Hidden events still advance the id, so that a resume does not start far back. `still_welcome` is called
    at every heartbeat; the stream ends when it is false."""
    yield b"retry: 2000\n\n"
    async with contextlib.aclosing(hub.subscribe(after)) as events:
        hidden: str | None = None
        waiting: asyncio.Task[LiveEvent] | None = None
        asked_at = time.monotonic()
        try:
            while True:
                if time.monotonic() - asked_at >= heartbeat_s:
                    if not await asyncio.to_thread(still_welcome):
                        return
                    asked_at = time.monotonic()
                waiting = waiting or asyncio.ensure_future(anext(events))
                done, _ = await asyncio.wait({waiting}, timeout=heartbeat_s)
                if not done:
                    yield b": still here\n\n" if hidden is None else b"id: %b\n\n" % hidden.encode()
                    hidden = None
                    continue
                try:
                    event = waiting.result()
                except StopAsyncIteration:
                    return
                waiting = None
                if may_see_event(event, person):
                    yield render(event)
                    hidden = None
                else:
                    hidden = event.id
        finally:
            if waiting is not None:
                waiting.cancel()
                with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                    await waiting
