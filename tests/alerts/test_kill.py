"""Killed with SIGKILL at any moment, the alerting tells everybody everything exactly once."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.phones import phones_app
from store.database import Databases
from store.journal import journal, offsets
from store.notifications.tables import inbound, notifications
from store.schema import create
from tests.alerts.village import BY_DAY, KEEPER, SECOND, Village, make
from tests.support.phones import serving

KILLS = 7
MINUTES = 59
QUIET = 26
"""Minutes of the story before the first alert can come."""
WITHIN_S = 120
CHILD = """
import sys, threading
from pathlib import Path
from alerts.channels.pretend.channel import PretendChannel
from alerts.service import AlertService
from store.journal import journal
from store.database import Databases

dbs = Databases(Path(sys.argv[1]))

def now():
    with dbs.journal.read() as tx:
        return journal.last_received_at(tx) or int(sys.argv[3])

import alerts.service
alerts.service.ASK_EVERY_S = 0.05
alerts.service.RESTS_S["mail"] = 0.02
AlertService(dbs, PretendChannel(sys.argv[2], "hush"), now, claim_for=0).run(threading.Event())
"""


class Alerting:
    """The process under test."""

    def __init__(self, folder: Path, url: str, start: int) -> None:
        self.command = [sys.executable, "-c", CHILD, str(folder), url, str(start)]
        self.process: subprocess.Popen[bytes] | None = None
        self.kill_at_send = False

    def start(self) -> None:
        repository = Path(__file__).parents[2]
        self.process = subprocess.Popen(self.command, cwd=repository, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def between_send_and_mark(self, app: ASGIApp) -> ASGIApp:
        """The network has taken the text, the answer never arrives: the sender is dead."""

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def sending(message: Message) -> None:
                if self.kill_at_send and scope["path"].endswith("/api/send"):
                    self.kill_at_send = False
                    self.kill()
                await send(message)

            await app(scope, receive, sending)

        return wrapped


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def done_or_dead(village: Village, child: Alerting, answers: int) -> bool:
    return done(village, answers) or not child.alive()


def done(village: Village, answers: int) -> bool:
    """Everything up to the last row is judged and told, and everything queued is sent."""
    with village.dbs.journal.read() as tx:
        last = journal.last_seq(tx)
    with village.dbs.records.read() as tx:
        queued = select(func.count()).where(notifications.c.status == "queued")
        taken = tx.execute(select(func.count()).select_from(inbound)).scalar_one()
        at_the_end = offsets.offset(tx, "engine") == last
        return at_the_end and tx.execute(queued).scalar_one() == 0 and taken == answers


@contextmanager
def phones(folder: Path, alerting: "list[Alerting]") -> Iterator[tuple[str, httpx.Client]]:
    app: ASGIApp = phones_app(folder, "hush")
    child = Alerting(folder, "", 0)
    alerting.append(child)
    routes = [Mount("/phones", child.between_send_and_mark(app))]
    with serving(Starlette(routes=routes)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield url, client


def story(folder: Path, kills: int, seed: int) -> dict[str, list[str]]:
    """Two rooms go wrong and well again, people answer; what each phone shows in the end."""
    chance = random.Random(seed)
    folder.mkdir()
    dbs = Databases(folder)
    create(dbs)
    village = make(dbs)
    village.clock = BY_DAY
    village.probe("b", village.another_room("3号库"))
    held: list[Alerting] = []
    with phones(folder, held) as (url, client):
        child = held[0]
        child.command[-2:] = [url + "/phones", str(village.clock)]
        village.minutes(None, 10, a=8.0, b=5.0)
        village.minutes(None, QUIET - 10, a=8.0, b=1.0)
        child.start()
        when = set(chance.sample(range(QUIET, MINUTES), kills))
        answers = 0
        try:
            for minute in range(QUIET, MINUTES):
                child.kill_at_send = minute in when and chance.random() < 0.5
                if minute == 37:
                    client.post("/phones/reply", json={"phone": SECOND, "text": "1"})
                    answers += 1
                if minute == 44:
                    client.post("/phones/reply", json={"phone": KEEPER, "text": "2"})
                    answers += 1
                hot_a, hot_b = minute < 36, minute < 50
                village.minutes(None, 1, a=8.0 if hot_a else 5.0, b=1.0 if hot_b else 5.0)
                if minute in when and not child.kill_at_send:
                    time.sleep(chance.random() * 0.15)
                    if child.alive():
                        child.kill()
                if not child.alive():
                    child.start()
                finished = False
                while not finished:
                    wait_until(partial(done_or_dead, village, child, answers))
                    finished = child.alive()
                    if not finished:
                        child.start()
            received = client.get("/phones/state").json()["phones"]
        finally:
            if child.alive():
                child.kill()
            dbs.close()
    return {
        phone_state["phone"]: [m["text"].split("】")[1] for m in phone_state["messages"] if m["outward"]]
        for phone_state in received
    }


def test_killed_at_any_moment_it_tells_everybody_everything_exactly_once(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    expected = story(tmp_path / "calm", 0, seed)
    assert len(expected[KEEPER]) >= 5
    received = story(tmp_path / "killed", KILLS, seed)
    assert _untimed(received) == _untimed(expected)


def _untimed(received: dict[str, list[str]]) -> dict[str, list[str]]:
    """An answer that met a kill is understood a minute later, and the next text says so."""
    return {
        phone: [re.sub(r"已\d+分钟", "已…分钟", text) for text in texts] for phone, texts in received.items()
    }
