"""Live fragments of pages, sent as server-sent events.

A fragment is rendered once per change for all its watchers: 100 ms after the first change, so that changes
that come together are rendered together, and at most four times a second. An event carries the whole
fragment. Its id is the fragment's checksum, so a client that reconnects to any worker gets it again only
if it changed.
"""

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable
from dataclasses import dataclass, field

from store.live import READY, RESET, Hub, LiveEvent

COALESCE_S = 0.1
APART_S = 0.25
AGAIN_S = 10.0
"""Renders again after this time without an event, because ages on the page change with time alone."""
BEAT_S = 10.0

log = logging.getLogger(__name__)


@dataclass(eq=False)
class LiveFragment:
    """One fragment, rendered once for all its watchers. `render` runs in a thread; `concerns` selects
    events. `over`: the hub is closed because the process ends."""

    hub: Hub
    render: Callable[[], str]
    concerns: Callable[[LiveEvent], bool]
    html: str = ""
    ident: str = ""
    watchers: int = 0
    over: bool = False
    _dirty: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def join(self) -> None:
        self.watchers += 1
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._render())]

    def leave(self) -> None:
        self.watchers -= 1
        if not self.watchers:
            for task in self._tasks:
                task.cancel()
            self._tasks = []
            self.ident = ""

    async def next(self, last_id: str) -> str:
        """Waits at most BEAT_S for a fragment other than `last_id`. Returns the current fragment's id."""
        if not self.over and (not self.ident or self.ident == last_id):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._changed.wait()
        return self.ident

    async def _follow(self) -> None:
        kind = RESET
        while kind == RESET:  # this subscriber was too slow: subscribe again
            kind = ""
            async with contextlib.aclosing(self.hub.subscribe()) as events:
                async for event in events:
                    kind = event.kind
                    if kind in (READY, RESET) or self.concerns(event):
                        self._dirty.set()
        self.over = True
        self._changed.set()

    async def _render(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await self._dirty.wait()
                    if self.ident:
                        await asyncio.sleep(COALESCE_S)
            self._dirty.clear()
            begun = time.monotonic()
            try:
                html = await asyncio.to_thread(self.render)
            except Exception:
                log.exception("live: cannot render a fragment; retrying")
                await asyncio.sleep(1)
                self._dirty.set()
                continue
            self._publish(html)
            await asyncio.sleep(max(0.0, APART_S - COALESCE_S - (time.monotonic() - begun)))

    def _publish(self, html: str) -> None:
        ident = hashlib.sha256(html.encode()).hexdigest()[:16]
        if ident != self.ident:
            self.html, self.ident = html, ident
            self._changed.set()
            self._changed = asyncio.Event()


class LiveFragments:
    """The fragments that have watchers."""

    def __init__(self) -> None:
        self._pieces: dict[Hashable, LiveFragment] = {}

    @contextlib.asynccontextmanager
    async def watch(self, key: Hashable, make: Callable[[], LiveFragment]) -> AsyncIterator[LiveFragment]:
        piece = self._pieces.get(key) or self._pieces.setdefault(key, make())
        piece.join()
        try:
            yield piece
        finally:
            piece.leave()
            if not piece.watchers:
                self._pieces.pop(key, None)


async def stream(
    fragments: LiveFragments,
    key: Hashable,
    make: Callable[[], LiveFragment],
    last_id: str,
    still_signed_in: Callable[[], bool],
) -> AsyncGenerator[str, None]:
    """Yields the current fragment and every change as events. A beat in between tells the client that the
    server is alive. Ends when the user is signed out or the process ends."""
    yield "retry: 3000\n\n"
    async with fragments.watch(key, make) as piece:
        while True:
            ident = await piece.next(last_id)
            if piece.over:
                return
            if ident and ident != last_id:
                last_id = ident
                yield event("piece", piece.html, ident)
            else:
                if not await asyncio.to_thread(still_signed_in):
                    return
                yield event("beat", "")


def event(kind: str, data: str, ident: str = "") -> str:
    lines = "".join(f"data: {line}\n" for line in data.split("\n"))
    return (f"id: {ident}\n" if ident else "") + f"event: {kind}\n{lines}\n"
