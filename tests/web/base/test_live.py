import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

import pytest

from store.live import Hub
from tests.web.scene import Scene
from web.base import live
from web.base.live import LiveFragment, LiveFragments, stream

PATIENCE_S = 10


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await story()

    asyncio.run(limited())


class Counted:
    """A piece that says how often it was rendered, and may fail."""

    def __init__(self) -> None:
        self.times = 0
        self.fails = 0

    def __call__(self) -> str:
        self.times += 1
        if self.fails:
            self.fails -= 1
            raise RuntimeError("no luck")
        return f"<p>{self.times}\nlines</p>"


def reader(
    scene: Scene, fragments: LiveFragments, render: Counted, last_id: str = "", welcome: bool = True
) -> AsyncGenerator[str, None]:
    hub = Hub(scene.dbs, lambda: 0)
    return stream(
        fragments, "board", lambda: LiveFragment(hub, render, lambda event: True), last_id, lambda: welcome
    )


async def piece(events: AsyncIterator[str]) -> str:
    async for text in events:
        if "event: piece" in text:
            return text
    raise AssertionError("it ended")


def test_two_readers_get_the_same_piece_rendered_once(scene: Scene, now: int) -> None:
    async def story() -> None:
        fragments, render = LiveFragments(), Counted()
        first_reader, second_reader = reader(scene, fragments, render), reader(scene, fragments, render)
        async with contextlib.aclosing(first_reader), contextlib.aclosing(second_reader):
            first, second = await asyncio.gather(piece(first_reader), piece(second_reader))
            assert first == second
            assert "data: <p>1\ndata: lines</p>\n" in first
            scene.say("1号库-door", now, temperature=3.3)
            assert await piece(first_reader) == await piece(second_reader)
            assert render.times == 2

    run(story)


def test_a_burst_becomes_few_pieces(scene: Scene, now: int) -> None:
    async def story() -> None:
        fragments, render = LiveFragments(), Counted()
        events = reader(scene, fragments, render)
        async with contextlib.aclosing(events):
            await piece(events)
            for n in range(30):
                await asyncio.to_thread(scene.say, "1号库-door", now + n, temperature=3.0 + n / 10)
            await piece(events)
            assert render.times < 12

    run(story)


def test_who_comes_back_with_the_newest_piece_does_not_get_it_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.5)

    async def story() -> None:
        steady = lambda: "<p>always the same</p>"  # noqa: E731
        hub = Hub(scene.dbs, lambda: 0)
        fragments = LiveFragments()

        def make() -> LiveFragment:
            return LiveFragment(hub, steady, lambda event: True)

        first = stream(fragments, "board", make, "", lambda: True)
        async with contextlib.aclosing(first):
            ident = (await piece(first)).split("\n")[0].removeprefix("id: ")
        again = stream(fragments, "board", make, ident, lambda: True)
        async with contextlib.aclosing(again):
            assert await anext(again) == "retry: 3000\n\n"
            assert await anext(again) == "event: beat\ndata: \n\n"

    run(story)


def test_whoever_was_signed_out_hears_no_more(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.2)

    async def story() -> None:
        events = reader(scene, LiveFragments(), Counted(), welcome=False)
        assert [text async for text in events][-1].count("event: piece") == 1

    run(story)


def test_a_piece_that_cannot_be_rendered_is_tried_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        render = Counted()
        render.fails = 1
        events = reader(scene, LiveFragments(), render)
        async with contextlib.aclosing(events):
            assert "<p>2" in await piece(events)

    run(story)
    assert "cannot render" in caplog.text


def test_it_ends_with_the_process(scene: Scene) -> None:
    async def story() -> None:
        hub, render = Hub(scene.dbs, lambda: 0), Counted()
        events = stream(
            LiveFragments(), "board", lambda: LiveFragment(hub, render, lambda e: True), "", lambda: True
        )
        await piece(events)
        hub.close()
        assert [text async for text in events] == []

    run(story)


def test_nobody_watching_costs_nothing(scene: Scene) -> None:
    async def story() -> None:
        hub = Hub(scene.dbs, lambda: 0)
        fragments, render = LiveFragments(), Counted()
        events = stream(
            fragments, "board", lambda: LiveFragment(hub, render, lambda e: True), "", lambda: True
        )
        async with contextlib.aclosing(events):
            await piece(events)
            assert hub.awake
        while hub.listeners:
            await asyncio.sleep(0)
        assert not hub.awake

    run(story)
