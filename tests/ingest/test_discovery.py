import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest.address import BrokerAddress
from ingest.decoders import Router
from ingest.discovery import Discovery, DiscoveryPace, store_unknown_topics
from store.database import Databases
from store.decoding import rejected
from store.overview.progress_files import PartReporter
from tests.support.machines import Broker

WAIT_S = 60.0
Found = queue.Queue[tuple[str, bytes, bool]]
Start = Callable[..., tuple[Discovery, Found]]


@pytest.fixture
def publisher(mosquitto: Broker) -> Iterator[paho.Client]:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a discovery and stops it at the end; what it notes is in the queue."""
    started: list[Discovery] = []

    def begin(url: str, **options: Any) -> tuple[Discovery, Found]:
        notes: Found = queue.Queue()
        discovery = Discovery(
            BrokerAddress.from_url(url),
            Router().knows,
            lambda *message: notes.put(message),
            pace=DiscoveryPace(**options),
        )
        discovery.start()
        started.append(discovery)
        return discovery, notes

    yield begin
    for discovery in started:
        discovery.stop()


def publish(client: paho.Client, topic: str, payload: bytes = b"{}", retain: bool = False) -> None:
    client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(WAIT_S)


def until_seen(client: paho.Client, notes: Found, topic: str) -> list[str]:
    """Publishes until the discovery listens; the topics noted up to then."""
    topics: list[str] = []
    deadline = time.monotonic() + WAIT_S
    while topic not in topics:
        assert time.monotonic() < deadline, topics
        publish(client, topic)
        try:
            topics.append(notes.get(timeout=0.2)[0])
        except queue.Empty:
            continue
    return topics


def test_a_topic_that_no_family_knows_is_noted_with_what_it_said(
    mosquitto: Broker, publisher: paho.Client, start: Start
) -> None:
    publish(publisher, "dtu/860000/up", b'{"t":39}', retain=True)
    _, notes = start(mosquitto.url)
    assert notes.get(timeout=WAIT_S) == ("dtu/860000/up", b'{"t":39}', True)


def test_known_topics_and_those_of_others_are_left_alone(
    mosquitto: Broker, publisher: paho.Client, start: Start
) -> None:
    _, notes = start(mosquitto.url)
    until_seen(publisher, notes, "first/unknown")
    for topic in (
        "zigbee2mqtt/a", "tele/a/SENSOR", "stat/a/RESULT", "cmnd/a/POWER", "coldshed/v1/a/readings",
        "homeassistant/sensor/a/config", "coldshed/listener/coldshed/marker",
    ):  # fmt: skip
        publish(publisher, topic)
    publish(publisher, "empty/unknown", b"")
    assert until_seen(publisher, notes, "last/unknown") == ["last/unknown"]


def test_a_topic_is_noted_once_a_minute(mosquitto: Broker, publisher: paho.Client, start: Start) -> None:
    _, notes = start(mosquitto.url)
    until_seen(publisher, notes, "a/b")
    for _ in range(20):
        publish(publisher, "a/b")
    assert until_seen(publisher, notes, "c/d") == ["c/d"]


def test_much_traffic_sends_it_away_and_it_comes_back_when_it_is_quiet(
    mosquitto: Broker, publisher: paho.Client, start: Start
) -> None:
    _, notes = start(mosquitto.url, busy_per_s=20, window_s=1.0, rest_s=0.5)
    until_seen(publisher, notes, "quiet/1")
    for number in range(200):
        publisher.publish(f"busy/{number}", b"1")
    publish(publisher, "busy/end")
    assert "quiet/2" in until_seen(publisher, notes, "quiet/2")
    assert notes.qsize() < 200


def test_a_missing_broker_is_waited_for(mosquitto: Broker, start: Start) -> None:
    mosquitto.stop()
    _, notes = start(mosquitto.url, rest_s=0.1)
    mosquitto.start()
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    until_seen(client, notes, "a/b")
    client.disconnect()
    client.loop_stop()


def test_a_failing_note_does_not_end_it(mosquitto: Broker, publisher: paho.Client) -> None:
    calls = 0
    again = threading.Event()

    def note(topic: str, payload: bytes, retained: bool) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError("disk full")
        again.set()

    discovery = Discovery(
        BrokerAddress.from_url(mosquitto.url),
        Router().knows,
        note,
        pace=DiscoveryPace(rest_s=0.05, note_again_s=0.0),
    )
    discovery.start()
    deadline = time.monotonic() + WAIT_S
    while not again.is_set():
        assert time.monotonic() < deadline
        publish(publisher, "a/b")
    discovery.stop()


def test_what_was_found_is_kept_with_the_rejected_messages(dbs: Databases) -> None:
    store_unknown_topics(dbs, lambda: 1_773_271_000_000)("dtu/1/up", b"hello", False)
    with dbs.journal.read() as tx:
        (kept,) = rejected.rejected(tx)
    assert (kept.topic, kept.reason, kept.payload) == ("dtu/1/up", "unknown_topic", b"hello")


def test_a_discovery_that_hangs_is_seen_and_one_that_rests_or_finds_no_broker_is_not(
    mosquitto: Broker,
) -> None:
    hangs, released = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        hangs.set()
        released.wait(WAIT_S)

    away = Discovery(
        BrokerAddress.from_url("mqtt://127.0.0.1:1"), Router().knows, hang, pace=DiscoveryPace(rest_s=9)
    )
    here = Discovery(BrokerAddress.from_url(mosquitto.url), Router().knows, hang)
    resting, listening = PartReporter(), PartReporter()
    away.start(resting)
    here.start(listening)
    try:
        alive_at = resting.progress.alive_at
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.connect("127.0.0.1", mosquitto.port)
        client.loop_start()
        while not hangs.is_set():
            publish(client, "who/knows", retain=True)
        client.disconnect()
        client.loop_stop()
        hung_at = listening.progress.alive_at
        until_later(lambda: resting.progress.alive_at > alive_at)
        assert listening.progress.alive_at == hung_at
    finally:
        released.set()
        away.stop()
        here.stop()


def until_later(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)
