"""Strangers at the broker: whoever guesses the listener's client id, and whoever knows it."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest import session
from ingest.address import BrokerAddress
from ingest.client_id import own_client_id, public_name
from ingest.decoders import Router
from ingest.earlier_session import EARLIER_CLIENT_ID, take_over_earlier
from ingest.listener import Listener
from store.database import Databases
from store.overview.system_issues import open_issues
from store.service_secrets import get
from store.tables import service_secrets
from tests.ingest.test_listener import address, connected, listening, readings, running, say, until
from tests.support.flood import flood


def connect(port: int, client_id: str, *, clean: bool) -> paho.Client:
    """A stranger that holds the session until it leaves."""
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=MQTTProtocolVersion.MQTTv311,
        clean_session=clean,
    )
    answered = threading.Event()
    client.on_connect = lambda *_: answered.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert answered.wait(10)
    return client


def leave(client: paho.Client) -> None:
    client.disconnect()
    client.loop_stop()


def issues(dbs: Databases) -> set[str]:
    with dbs.records.read() as tx:
        return {issue.name for issue in open_issues(tx)}


@pytest.mark.parametrize("guess", ["coldshed", "coldshed-listener", ""])
def test_a_guessed_client_id_takes_nothing(dbs: Databases, mosquitto: Any, guess: str) -> None:
    with listening(dbs, mosquitto.port):
        for number in range(10):
            leave(connect(mosquitto.port, guess, clean=True))
            say(mosquitto.port, f'{{"at": {1_700_000_000_000 + number}, "temperature": {number}}}')
        until(lambda: len(readings(dbs)) == 10, "every reading")
    assert issues(dbs) == set()


def test_the_client_id_stands_in_no_topic_and_stays_the_same(dbs: Databases) -> None:
    client_id = own_client_id(dbs)
    assert own_client_id(dbs) == client_id
    listener = Listener(dbs, address(1), Router())
    assert public_name(client_id) in listener.drain.topic
    assert client_id.removeprefix("coldshed-") not in listener.drain.topic
    assert client_id.removeprefix("coldshed-") not in listener.session.holder.topic


def test_a_thief_who_knows_the_id_is_said_although_the_broker_does_not_say_it(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.listener.DELAYS_S", (0.2,))
    with listening(dbs, mosquitto.port):
        for _ in range(6):
            leave(connect(mosquitto.port, own_client_id(dbs), clean=True))
            until(lambda: connected(dbs), "the listener to come back")
        until(lambda: {"broker.cut_off", "broker.taken"} & issues(dbs), "the issue")


def test_a_session_that_lost_its_subscriptions_is_not_called_connected(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a broker that gives the session to somebody else and leaves our connection open."""
    monkeypatch.setattr(session, "DEAF_S", 1.0)
    monkeypatch.setattr("ingest.listener.HEARTBEAT_S", 0.2)
    opened: list[paho.Client] = []
    open_session = session.BrokerSession.open

    def opening(self: Any, *rest: Any) -> Any:
        opened.append(open_session(self, *rest))
        return opened[-1]

    monkeypatch.setattr(session.BrokerSession, "open", opening)
    listener = Listener(dbs, address(mosquitto.port), Router())
    with running(listener):
        until(lambda: connected(dbs), "the connection")
        time.sleep(1.5)
        assert connected(dbs), "a quiet house is not deaf: its own messages come back"
        opened[-1].unsubscribe([*listener.session.subscriptions.filters, listener.drain.topic])
        until(lambda: not connected(dbs), "the heartbeat to say so")
        until(lambda: "broker.deaf" in issues(dbs), "the issue")
        until(lambda: len(opened) > 1 and connected(dbs), "a new connection, which subscribes again")
        say(mosquitto.port, '{"temperature": 3.5}')
        until(lambda: readings(dbs), "the reading")


def test_what_waits_in_the_session_of_the_earlier_version_is_taken_over_once(
    dbs: Databases, mosquitto: Any
) -> None:
    broker = address(mosquitto.port)
    with running(Listener(dbs, replace(broker, client_id="coldshed"), Router())):
        until(lambda: connected(dbs), "the earlier version")
    with dbs.records.write() as tx:
        tx.execute(service_secrets.insert().values(name=EARLIER_CLIENT_ID, value="coldshed"))
    at = 1_700_000_000_000
    waiting = [("coldshed/v1/a/readings", b'{"at": %d, "temperature": 4}' % (at + i)) for i in range(50)]
    assert len(list(flood(mosquitto.port, waiting))) == 50

    def make(wanted: BrokerAddress) -> Listener:
        return Listener(dbs, wanted, Router())

    def run(listener: Listener, until_done: threading.Event) -> None:
        listener.run(until_done)

    for _ in range(2):  # the second time there is nothing to do
        take_over_earlier(dbs, broker, make, run, threading.Event())
    assert {reading.at for reading in readings(dbs)} == set(range(at, at + 50))
    with dbs.records.read() as tx:
        assert get(tx, EARLIER_CLIENT_ID) is None
    assert not _session_exists(mosquitto.port, "coldshed"), "it would fill the broker's memory"
    assert _session_exists(mosquitto.port, own_client_id(dbs))


def _session_exists(port: int, client_id: str) -> bool:
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=MQTTProtocolVersion.MQTTv311,
        clean_session=False,
    )
    present: list[bool] = []
    client.on_connect = lambda _c, _d, flags, _code, _p: present.append(flags.session_present)
    client.connect("127.0.0.1", port)
    _loop(client, lambda: bool(present))
    client.disconnect()
    client.loop(0.1)
    return present[0]


def _loop(client: paho.Client, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline
        client.loop(0.05)
