"""What families learn from messages, with a real Mosquitto: it outlives a restart, and devices are asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from core.readings.calibrations import OffsetTable
from ingest.address import BrokerAddress
from ingest.decoders import Router
from ingest.decoders.sparkplug.wire import parse_payload as read
from ingest.listener import Listener
from store.database import Databases
from store.journal.latest import latest_values
from tests.ingest.sparkplug import metric, payload
from tests.support.flood import flood
from tests.support.machines import Broker

DEFINITION = {
    "name": "Pulp",
    "stat_t": "farm/pulp",
    "dev_cla": "temperature",
    "unit_of_meas": "°F",
    "dev": {"ids": ["farm-1"], "name": "Farm"},
}


@contextmanager
def listening(dbs: Databases, broker: Broker) -> Iterator[Router]:
    router = Router()
    listener = Listener(dbs, BrokerAddress.from_url(broker.url), router)
    stop = threading.Event()
    thread = threading.Thread(target=listener.run, args=(stop,))
    thread.start()
    try:
        until(lambda: listener.session.is_ready and not listener.leadership.pipeline.queued, "the connection")
        yield router
    finally:
        stop.set()
        thread.join(20)


def until(ready: Callable[[], Any], what: str, again: Callable[[], Any] = lambda: None) -> Any:
    """The first true answer of `ready`; `again` is done before each look."""
    end = time.monotonic() + 20
    while True:
        again()
        result = ready()
        if result:
            return result
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def say(broker: Broker, topic: str, body: bytes) -> None:
    assert list(flood(broker.port, [(topic, body)])) == [0]


def values(dbs: Databases) -> dict[tuple[str, str], float]:
    with dbs.journal.read() as tx:
        return {(latest.device, latest.metric): latest.value for latest in latest_values(tx, OffsetTable())}


def test_a_learned_topic_and_its_meaning_outlive_a_restart(dbs: Databases, mosquitto: Broker) -> None:
    with listening(dbs, mosquitto) as router:
        say(mosquitto, "homeassistant/sensor/pulp/config", json.dumps(DEFINITION).encode())
        until(lambda: router.find("farm/pulp"), "the topic to be learned")
    with listening(dbs, mosquitto):
        until(
            lambda: values(dbs).get(("farm-1", "temperature")) == 3.5,
            "the value",
            lambda: say(mosquitto, "farm/pulp", b"38.3"),
        )


def test_a_sparkplug_node_whose_birth_was_missed_is_asked_and_then_understood(
    dbs: Databases, mosquitto: Broker
) -> None:
    node = paho.Client(CallbackAPIVersion.VERSION2)
    birth = payload(metric("bdSeq", 0, "UInt64"), metric("temp", 3.25, "Float", alias=1), at=None, seq=0)
    commands: list[bytes] = []

    def answer(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        commands.append(bytes(message.payload))
        node.publish("spBv1.0/g/NBIRTH/n", birth)

    node.on_connect = lambda client, *_: client.subscribe("spBv1.0/g/NCMD/n", 1)
    node.on_message = answer
    subscribed = threading.Event()
    node.on_subscribe = lambda *_: subscribed.set()
    node.connect("127.0.0.1", mosquitto.port)
    node.loop_start()
    try:
        assert subscribed.wait(10)
        with listening(dbs, mosquitto):
            say(mosquitto, "spBv1.0/g/NDATA/n", payload(metric(value=4.5, alias=1), at=None, seq=7))
            until(lambda: values(dbs).get(("g/n", "temperature")) == 3.25, "the values of the birth")
            say(mosquitto, "spBv1.0/g/NDATA/n", payload(metric(value=4.5, alias=1), at=None, seq=1))
            until(lambda: values(dbs).get(("g/n", "temperature")) == 4.5, "the value by its alias")
    finally:
        node.loop_stop()
        node.disconnect()
    assert len(commands) == 1
    assert [metric.name for metric in read(commands[0]).metrics] == ["Node Control/Rebirth"]
