"""What listeners hear of the journal and the changes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from core.readings.journal_codec import batch_body
from core.readings.manual_readings import NewManualReading
from core.readings.readings import Reading
from core.rooms.places import NewPlacement, NewRoom
from store import changes
from store.database import Databases
from store.journal import journal, latest, series
from store.live import QUEUE, READING, READY, RESET, Hub, LiveCursor, LiveEvent, position
from store.readings import manual_readings
from store.rooms.places import add_room, place

NOW = 1_768_360_786_000
DEADLINE_S = 60


def say(dbs: Databases, device: str, values: list[tuple[int, float]]) -> int:
    with dbs.journal.write() as tx:
        number = series.get_or_make(tx, device, "temperature", "", NOW)
        readings = [Reading(number, at, value) for at, value in values]
        latest.put(tx, NOW, readings)
        return journal.append(tx, NOW, journal.READINGS, batch_body(readings, []))


def change(dbs: Databases, noun: str, ident: object) -> None:
    with dbs.records.write() as tx:
        changes.note(tx, noun, ident, NOW)


def run(scenario: Callable[[Hub], Awaitable[None]], dbs: Databases, queue_size: int = QUEUE) -> None:
    async def whole() -> None:
        hub = Hub(dbs, lambda: NOW, queue_size)
        async with asyncio.timeout(DEADLINE_S):
            await scenario(hub)

    asyncio.run(whole())


@contextlib.asynccontextmanager
async def listening(hub: Hub, after: str | None = None) -> AsyncIterator[AsyncIterator[LiveEvent]]:
    async with contextlib.aclosing(hub.subscribe(after)) as events:
        yield events


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.005)


def test_what_a_person_reads_is_heard_of_in_its_room_without_a_placement(dbs: Databases) -> None:
    async def scenario(hub: Hub) -> None:
        async with listening(hub) as events:
            assert (await anext(events)).kind == READY
            with dbs.journal.write() as tx:
                manual_readings.put(
                    tx, NOW, NewManualReading(person=1, room=7, spot="pile", values={"temperature": 3.4})
                )
            heard = await anext(events)
            facts = heard.facts
            assert (heard.kind, facts["room"], facts["spot"], facts["class"]) == (READING, 7, "pile", "core")

    run(scenario, dbs)


def test_a_listener_hears_a_reading_with_where_it_was_measured(dbs: Databases) -> None:
    from store.people.federation import add_site

    with dbs.records.write() as tx:
        room = add_room(tx, NOW, NewRoom(site=add_site(tx, NOW, "古池库区"), name="3号库", kind="cold_room"))
        place(tx, NOW, NewPlacement(device="d", position="", room=room, spot="door"))

    async def scenario(hub: Hub) -> None:
        async with listening(hub) as events:
            assert (await anext(events)).kind == READY
            say(dbs, "d", [(NOW, 3.9)])
            heard = await anext(events)
            assert heard.kind == READING
            assert heard.facts == {
                "series": 1,
                "device": "d",
                "position": "",
                "metric": "temperature",
                "value": 3.9,
                "raw": 3.9,
                "at": NOW,
                "received_at": NOW,
                "flags": 0,
                "room": room,
                "spot": "door",
                "class": "air",
            }

    run(scenario, dbs)


def test_a_listener_hears_a_change_and_a_probe_that_was_moved_is_known_at_once(dbs: Databases) -> None:
    from store.people.federation import add_site

    async def scenario(hub: Hub) -> None:
        async with listening(hub) as events:
            await anext(events)
            say(dbs, "d", [(NOW, 3.9)])
            assert (await anext(events)).facts["room"] is None
            with dbs.records.write() as tx:
                room = add_room(
                    tx, NOW, NewRoom(site=add_site(tx, NOW, "古池库区"), name="3号库", kind="cold_room")
                )
                place(tx, NOW, NewPlacement(device="d", position="", room=room, spot="door"))
            heard = [await anext(events)]
            while heard[-1].kind != "placement":
                heard.append(await anext(events))
            say(dbs, "d", [(NOW + 1, 4.0)])
            assert (await anext(events)).facts["room"] == room

    run(scenario, dbs)


def test_of_a_flood_each_series_is_told_by_its_newest(dbs: Databases) -> None:
    before = position(dbs)
    for n in range(50):
        say(dbs, "a", [(NOW + n, n)])
        say(dbs, "b", [(NOW - n, -n)])

    async def scenario(hub: Hub) -> None:
        async with listening(hub, str(before)) as events:
            heard = [await anext(events), await anext(events)]
            values = {event.facts["device"]: event.facts["value"] for event in heard}
            assert values == {"a": 49, "b": 0}
            assert heard[0].id == str(before)
            assert heard[1].id == str(position(dbs))

    run(scenario, dbs)


def test_whoever_comes_back_hears_what_was_missed_and_then_goes_on(dbs: Databases) -> None:
    say(dbs, "a", [(NOW, 1.0)])
    left = position(dbs)
    say(dbs, "a", [(NOW + 1, 2.0)])
    change(dbs, "room", 3)

    async def scenario(hub: Hub) -> None:
        async with listening(hub, str(left)) as events:
            first, second = await anext(events), await anext(events)
            assert (first.facts["value"], second.kind, second.facts["id"]) == (2.0, "room", "3")
            say(dbs, "a", [(NOW + 2, 3.0)])
            assert (await anext(events)).facts["value"] == 3.0

    run(scenario, dbs)


@pytest.mark.parametrize("after", ["nonsense", "999999.0", "0.999999", "1.1.1", "", "9" * 40 + ".0"])
def test_an_id_that_cannot_be_resumed_is_told_to_read_everything_again(dbs: Databases, after: str) -> None:
    say(dbs, "a", [(NOW, 1.0)])

    async def scenario(hub: Hub) -> None:
        async with listening(hub, after) as events:
            heard = await anext(events)
            assert (heard.kind, heard.id) == (RESET, str(position(dbs)))

    run(scenario, dbs)


def test_an_id_older_than_the_journal_keeps_is_reset(dbs: Databases) -> None:
    left = LiveCursor(1, 0)
    for n in range(5):
        say(dbs, "a", [(NOW + n, n)])
    with dbs.journal.write() as tx:
        tx.exec_driver_sql("DELETE FROM journal WHERE seq <= 3")

    async def scenario(hub: Hub) -> None:
        async with listening(hub, str(left)) as events:
            assert (await anext(events)).kind == RESET
        async with listening(hub, "3.0") as events:
            assert (await anext(events)).kind == READING

    run(scenario, dbs)


def test_a_slow_listener_is_dropped_with_a_reset_and_nobody_waits(dbs: Databases) -> None:
    async def scenario(hub: Hub) -> None:
        async with listening(hub) as slow, listening(hub) as quick:
            await anext(slow)
            await anext(quick)
            for n in range(6):
                change(dbs, "room", n)
                assert (await anext(quick)).facts["id"] == str(n)
            assert hub.listeners == 1
            heard = [event async for event in slow]
            assert [event.kind for event in heard] == [RESET]

    run(scenario, dbs, queue_size=4)


def test_the_hub_sleeps_while_nobody_listens(dbs: Databases) -> None:
    async def scenario(hub: Hub) -> None:
        assert not hub.awake
        async with listening(hub) as events:
            await anext(events)
            assert hub.awake
        await until(lambda: not hub.awake)
        assert hub.listeners == 0
        change(dbs, "room", 1)
        async with listening(hub) as events:
            assert (await anext(events)).id == str(position(dbs))

    run(scenario, dbs)


def test_nothing_is_lost_between_leaving_one_process_and_joining_another(dbs: Databases) -> None:
    """A listener that changes workers in the middle of a flood hears the last word of everything."""

    async def scenario(hub: Hub) -> None:
        other = Hub(dbs, lambda: NOW)
        heard: set[tuple[str, object]] = set()
        ident: str | None = None
        for turn in range(10):
            async with listening(hub if turn % 2 else other, ident) as events:
                if ident is None:
                    ident = (await anext(events)).id
                for n in range(5):
                    await asyncio.to_thread(say, dbs, f"d{n}", [(NOW + turn, turn)])
                    await asyncio.to_thread(change, dbs, "room", turn * 5 + n)
                for _ in range(3):
                    event = await anext(events)
                    ident = event.id
                    heard.add((event.kind, event.facts.get("device") or event.facts["id"]))
        async with listening(hub, ident) as events:
            while ident is None or LiveCursor.parse(ident) != position(dbs):
                event = await anext(events)
                ident = event.id
                heard.add((event.kind, event.facts.get("device") or event.facts["id"]))
        rooms = {("room", str(n)) for n in range(50)}
        assert heard == rooms | {(READING, f"d{n}") for n in range(5)}

    run(scenario, dbs)


def test_a_hub_that_cannot_read_goes_on_when_it_can(dbs: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(hub: Hub) -> None:
        async with listening(hub) as events:
            await anext(events)
            real, failed = hub._after, asyncio.Event()
            loop = asyncio.get_running_loop()

            def broken(*_: object) -> None:
                loop.call_soon_threadsafe(failed.set)
                raise OSError("the disk is gone")

            monkeypatch.setattr(hub, "_after", broken)
            await failed.wait()
            monkeypatch.setattr(hub, "_after", real)
            change(dbs, "room", 7)
            assert (await anext(events)).facts["id"] == "7"
            assert hub.failures == 1

    run(scenario, dbs)


def test_closing_ends_every_listener_so_that_a_server_can_stop(dbs: Databases) -> None:
    async def scenario(hub: Hub) -> None:
        async with listening(hub) as events:
            assert (await anext(events)).kind == READY
            hub.close()
            assert [event async for event in events] == []
        assert hub.listeners == 0

    run(scenario, dbs)
