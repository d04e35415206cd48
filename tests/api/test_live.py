"""The live stream over a real connection to a real server."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.live import event_body, may_see_event, render, stream
from core.people.people import Person, Role
from core.stock.new_entries import NewLot
from store import changes
from store.live import Hub, LiveEvent
from store.stock.ledger import receive
from tests.api.house import House

DEADLINE_S = 60


class Server(uvicorn.Server):
    """In a thread of its own, on a free port."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(app, "127.0.0.1", 0, log_level="warning", timeout_graceful_shutdown=1)
        )
        self.thread = threading.Thread(target=self.run, daemon=True)

    @property
    def url(self) -> str:
        port = self.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    server = Server(app)
    server.thread.start()
    deadline = time.monotonic() + DEADLINE_S
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        server.thread.join(0.01)
    try:
        yield server.url
    finally:
        server.should_exit = True
        server.thread.join(DEADLINE_S)
        assert not server.thread.is_alive()


class Stream:
    """A listener as a browser is one: id, event, data; comments are left out."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()
        self.last_id = ""

    def next(self) -> tuple[str, dict[str, object]]:
        events: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line and name:
                events[name] = value
            elif "data" in events:
                self.last_id = events["id"]
                return events["event"], json.loads(events["data"])
            elif not line:
                self.last_id = events.pop("id", self.last_id)
                events.clear()
        raise AssertionError("the stream ended")


@contextmanager
def following(url: str, head: dict[str, str], after: str | None = None) -> Iterator[Stream]:
    headers = {**head, **({"Last-Event-ID": after} if after is not None else {})}
    with httpx.stream("GET", f"{url}/api/v1/live", headers=headers, timeout=DEADLINE_S) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer)


def test_a_reading_arrives_while_one_listens_and_a_resume_at_another_worker_misses_nothing(
    app: FastAPI, house: House
) -> None:
    second = create_app(house.dbs, house.history, now=lambda: house.now)
    with serving(app) as first_url, serving(second) as second_url:
        with following(first_url, house.head("viewer")) as stream:
            assert stream.next()[0] == "ready"
            house.say("coldroom-3", "temperature", 1.2, "door")
            kind, heard = stream.next()
            assert kind == "reading"
            assert heard == {
                "device": "coldroom-3",
                "position": "door",
                "metric": "temperature",
                "value": 1.2,
                "raw": 1.2,
                "unit": "°C",
                "at": "2026-01-14T03:19:46Z",
                "received_at": "2026-01-14T03:19:46Z",
                "flags": [],
                "room": house.rooms["3号库"],
                "spot": "door",
                "class": "air",
            }
            left = stream.last_id
        house.now += 1000
        house.say("coldroom-3", "temperature", 1.1, "door")
        with house.dbs.records.write() as tx:
            changes.note(tx, "room", 1, house.now)
        with following(second_url, house.head("viewer"), left) as stream:
            assert stream.next()[1]["value"] == 1.1
            assert stream.next() == ("room", {"id": "1", "at": "2026-01-14T03:19:47Z", "room": 1})
            house.say("coldroom-3", "temperature", 1.0, "door")
            assert stream.next()[1]["value"] == 1.0


def test_an_id_from_before_what_is_kept_is_answered_with_reset(app: FastAPI, house: House) -> None:
    with house.dbs.journal.write() as tx:
        tx.exec_driver_sql("DELETE FROM journal WHERE seq < 5")
    with serving(app) as url, following(url, house.head("viewer"), "1.0") as stream:
        assert stream.next() == ("reset", {})
        house.say("coldroom-3", "temperature", 1.0, "door")
        assert stream.next()[1]["value"] == 1.0


def test_a_clerk_does_not_hear_of_another_cooperatives_goods(app: FastAPI, house: House) -> None:
    with serving(app) as url, following(url, house.head("bob")) as stream:
        assert stream.next()[0] == "ready"
        for name in ("alice", "bob"):
            with house.dbs.records.write() as tx:
                receive(
                    tx,
                    house.now,
                    NewLot(
                        produce="potato_table",
                        cooperative=house.cooperatives[name],
                        room=house.rooms["3号库"],
                        grams=1_000_000,
                        by=house.people[name],
                    ),
                )
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1]["cooperative"] != house.cooperatives["bob"]:
            kind, facts = stream.next()
            if kind in ("lot", "movement"):
                heard.append(facts)
        assert {fact["cooperative"] for fact in heard} == {house.cooperatives["bob"]}


def test_whoever_was_signed_out_hears_no_more(house: House) -> None:
    person = Person(1, "somebody", None, "zh", Role.VIEWER, None, None, None)
    hub = Hub(house.dbs, lambda: house.now)
    welcome = [True, False]

    async def heard() -> list[bytes]:
        async with asyncio.timeout(DEADLINE_S):
            return [piece async for piece in stream(hub, person, None, lambda: welcome.pop(0), 0.02)]

    events = asyncio.run(heard())
    assert events[1].startswith(b"id: ")
    assert events[-1] == b": still here\n\n"
    assert not welcome
    assert not hub.awake


@pytest.mark.parametrize(
    ("role", "kind", "facts", "hears"),
    [
        (Role.CLERK, "lot", {"cooperative": 1}, True),
        (Role.CLERK, "lot", {"cooperative": 2}, False),
        (Role.CLERK, "movement", {}, False),
        (Role.KEEPER, "movement", {"cooperative": 2}, True),
        (Role.VIEWER, "lot", {"cooperative": None}, False),
        (Role.VIEWER, "person", {}, False),
        (Role.MANAGER, "person", {}, True),
        (Role.VIEWER, "alert", {}, True),
    ],
)
def test_each_hears_what_they_may_see(role: Role, kind: str, facts: dict[str, object], hears: bool) -> None:
    cooperative = 1 if role == Role.CLERK else None
    person = Person(1, "somebody", None, "zh", role, cooperative, None, None)
    assert may_see_event(LiveEvent("1.1", kind, facts), person) is hears


def test_an_event_is_rendered_as_one_block() -> None:
    event = LiveEvent("4.2", "room", {"id": "3", "at": 1_768_360_786_000, "note": "two\nlines"})
    assert event_body(event)["at"] == "2026-01-14T03:19:46Z"
    text = render(event).decode()
    assert text.startswith("id: 4.2\nevent: room\ndata: {")
    assert text.count("\n") == 4
