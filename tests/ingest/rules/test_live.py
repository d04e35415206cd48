"""A rule saved on the page works on a running listener, with a real broker."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from core.decoding.rules import Rule, ValueSource
from core.readings.journal_codec import decode_batch
from core.readings.readings import Flag, Reading
from ingest.address import BrokerAddress
from ingest.decoders import Router
from ingest.discovery import Discovery, DiscoveryPace, store_unknown_topics
from ingest.listener import Listener
from ingest.rules.rule_follower import RuleFollower
from store.database import Databases
from store.decoding import rejected, rules
from store.journal import journal
from tests.support.machines import Broker


def now() -> int:
    return time.time_ns() // 1_000_000


def until(ready: Callable[[], Any], what: str, deadline_s: float = 60.0) -> Any:
    end = time.monotonic() + deadline_s
    while not (result := ready()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
    return result


@contextmanager
def running(dbs: Databases, port: int) -> Iterator[None]:
    broker, router = BrokerAddress("127.0.0.1", port, "coldshed", "local"), Router()
    following = RuleFollower(dbs, router, now)
    following.refresh()
    listener = Listener(dbs, broker, router, refresh=following.refresh)
    discovery = Discovery(
        broker,
        router.knows,
        store_unknown_topics(dbs, now),
        pace=DiscoveryPace(rest_s=0.05, note_again_s=0.0),
    )
    stop = threading.Event()
    thread = threading.Thread(target=listener.run, args=(stop,))
    thread.start()
    discovery.start()
    try:
        until(lambda: listener.session.is_ready and not listener.leadership.pipeline.queued, "the connection")
        yield
    finally:
        stop.set()
        thread.join(20)
        discovery.stop()


def say(port: int, topic: str, payload: str) -> None:
    command = ["mosquitto_pub", "-p", str(port), "-q", "1", "-t", topic, "-m", payload]
    subprocess.run(command, check=True, timeout=10)


def publish_until(ready: Callable[[], Any], port: int, topic: str, payload: str, what: str) -> None:
    """Publishes again and again until `ready`: the subscription may come later than the first message."""

    def is_ready() -> Any:
        say(port, topic, payload)
        return ready()

    until(is_ready, what)


def readings(dbs: Databases) -> list[Reading]:
    with dbs.journal.read() as tx:
        rows = journal.read_after(tx, 0, most=100_000)
    return [
        reading for row in rows if row.kind == journal.READINGS for reading in decode_batch(row.body).readings
    ]


def unread(dbs: Databases) -> list[bytes]:
    with dbs.journal.read() as tx:
        return [message.payload for message in rejected.rejected(tx)]


@pytest.fixture
def port(mosquitto: Broker) -> int:
    return mosquitto.port


def test_a_saved_rule_reads_what_came_before_and_what_comes_after(dbs: Databases, port: int) -> None:
    with running(dbs, port):
        publish_until(lambda: unread(dbs), port, "mine/box1", '{"a": 1}', "the message that nobody knows")
        before = len(unread(dbs))
        with dbs.records.write() as tx:
            rule = Rule(
                name="mine", topics=["mine/{device}"], values=[ValueSource(path="a", metric="temperature")]
            )
            rules.add_rule(tx, now(), rule, None)
        until(lambda: len(readings(dbs)) >= before and not unread(dbs), "what came before")
        assert {(reading.value, reading.flags & int(Flag.LATE)) for reading in readings(dbs)} == {
            (1.0, int(Flag.LATE))
        }
        publish_until(lambda: readings(dbs)[-1].value == 2, port, "mine/box1", '{"a": 2}', "the live one")
        assert readings(dbs)[-1].flags == 0


def test_a_topic_of_several_rules_is_heard_once(dbs: Databases, port: int) -> None:
    """`+/+/up` and `dtu/+/+` both fit; a value without a time of its own would stay twice."""
    with running(dbs, port):
        for value in range(5):
            say(port, "dtu/box1/up", f'{{"temp": {value}}}')
        until(lambda: readings(dbs) and readings(dbs)[-1].value == 4, "the last one")
        assert [reading.value for reading in readings(dbs)] == [0, 1, 2, 3, 4]
