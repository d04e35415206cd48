"""Durable ingest of a queue, compared with an idle stock paho client on a copy of the same queue.

`durable` is the product's listener: decode, commit with fsync, acknowledge. `stock` is an unmodified paho
client: MQTT 5, an empty callback, automatic acknowledgement. They alternate, each in a new process.
"""

import json
import multiprocessing
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest.address import BrokerAddress
from ingest.client import Frames, session_properties
from ingest.decoders import Router
from ingest.listener import Listener
from ingest.session import PACKET_BYTES, RECEIVE_MAXIMUM, SESSION_S
from store.database import Databases
from store.schema import create
from tests.support.flood import flood
from tests.support.machines import Broker

MESSAGES = 100_000
DEVICES = 1_000
ROUNDS = 3
CLIENT_ID = "coldshed"
"""Of the session in which the queue waits."""

Make = Callable[[int, int], tuple[str, bytes]]
"""(index of the message, start of the run in ms) -> topic and payload."""


def message(index: int, started: int) -> tuple[str, bytes]:
    """Coldshed's own format: three values and their time, about 110 bytes including the topic."""
    reading = {
        "at": started - (MESSAGES - index),
        "temperature": round(3 + index % 97 / 50, 2),
        "humidity": round(90 + index % 83 / 10, 1),
        "battery": 50 + index % 50,
    }
    return f"coldshed/v1/probe-{index % DEVICES:04d}/readings", json.dumps(reading).encode()


class _Timed(Listener):
    first = last = 0.0
    count = 0

    def _store_messages(self, frames: Frames) -> list[int]:
        self.first = self.first or time.perf_counter()
        acknowledge = super()._store_messages(frames)
        self.last = time.perf_counter()
        self.count += len(frames)
        return acknowledge


def _durable(port: int, answer: Connection) -> None:
    with tempfile.TemporaryDirectory() as folder:
        dbs = Databases(Path(folder))
        create(dbs)
        address = BrokerAddress("127.0.0.1", port, None, None, client_id=CLIENT_ID)
        listener = _Timed(dbs, address, Router())
        stop = threading.Event()
        thread = threading.Thread(target=listener.run, args=(stop,))
        thread.start()
        _wait(lambda: listener.count > MESSAGES)  # one more than MESSAGES: the marker arrives last
        stop.set()
        thread.join()
        answer.send(MESSAGES / (listener.last - listener.first))


def _stock(port: int, answer: Connection) -> None:
    times: list[float] = []
    done = threading.Event()

    def on_message(_client: paho.Client, _data: object, _message: paho.MQTTMessage) -> None:
        times.append(time.perf_counter())
        if len(times) == MESSAGES:
            done.set()

    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id=CLIENT_ID, protocol=MQTTProtocolVersion.MQTTv5
    )
    client.on_message = on_message
    properties = session_properties(SESSION_S, RECEIVE_MAXIMUM, PACKET_BYTES)
    client.connect("127.0.0.1", port, clean_start=False, properties=properties)
    client.loop_start()
    done.wait(120)
    client.disconnect()
    client.loop_stop()
    answer.send(MESSAGES / (times[-1] - times[0]))


def _wait(ready: Callable[[], bool], deadline_s: float = 120.0) -> None:
    end = time.monotonic() + deadline_s
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError("the queue did not drain")
        time.sleep(0.05)


def waiting_queue(folder: Path, make: Make = message) -> Broker:
    """Returns a stopped broker with `MESSAGES` queued messages for the listener's session."""
    broker = Broker(folder).start()
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id=CLIENT_ID, protocol=MQTTProtocolVersion.MQTTv5
    )
    properties = session_properties(SESSION_S, RECEIVE_MAXIMUM, PACKET_BYTES)
    client.connect("127.0.0.1", broker.port, clean_start=False, properties=properties)
    subscribed = threading.Event()

    @client.connect_callback()
    def subscribe(*_: object) -> None:
        client.subscribe([(topic, 1) for topic in Router().filters()])

    client.on_subscribe = lambda *_: subscribed.set()
    client.loop_start()
    if not subscribed.wait(10):
        raise TimeoutError("the broker did not take the subscription")
    client.disconnect()
    client.loop_stop()
    started = time.time_ns() // 1_000_000
    accepted = sum(1 for _ in flood(broker.port, (make(i, started) for i in range(MESSAGES))))
    broker.stop()
    if accepted != MESSAGES:
        raise RuntimeError(f"the broker took {accepted} of {MESSAGES} messages")
    return broker


def _copy(queue: Broker, folder: Path) -> Broker:
    """Returns another broker with the same sessions and queues."""
    broker = Broker(folder)
    shutil.copy(queue.folder / "mosquitto.db", folder / "mosquitto.db")
    return broker


def rates(make: Make) -> tuple[float, float]:
    """Messages per second of the durable listener and of the idle stock client, medians of three rounds."""
    rates: dict[str, list[float]] = {"durable": [], "stock": []}
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        queue = waiting_queue(Path(folder) / "queue", make)
        for turn in range(ROUNDS):
            for name, target in (("durable", _durable), ("stock", _stock)):
                broker = _copy(queue, Path(folder) / f"{name}-{turn}").start()
                receiver, sender = spawn.Pipe()
                process = spawn.Process(target=target, args=(broker.port, sender))
                process.start()
                if not receiver.poll(180):
                    raise TimeoutError(f"{name} did not finish")
                rates[name].append(receiver.recv())
                process.join()
                broker.stop()
    return statistics.median(rates["durable"]), statistics.median(rates["stock"])


def run() -> dict[str, float]:
    durable, stock = rates(message)
    return {
        "ingest_messages_per_s": durable,
        "stock_messages_per_s": stock,
        "ingest_ratio": durable / stock,
    }
