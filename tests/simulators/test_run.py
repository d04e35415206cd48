"""The live simulator on a real broker."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from simulators import past, run, world_file
from simulators.federation import DEMO
from simulators.mqtt_device import BrokerEndpoint as Address
from tests.support.machines import Broker

WAIT_S = 60.0
SMALL = replace(DEMO, rooms=tuple(DEMO.room(name) for name in ("1号库", "2号库")))


class Ear:
    """Hears everything, retained too."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe("#", qos=1)

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))

    def payloads(self, topic: str) -> list[bytes]:
        return [payload for heard, payload in self.heard if heard == topic]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@contextmanager
def _running(port: int, data_dir: Path | None = None) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(
        target=run.run,
        args=(Address(port=port), SMALL, stop),
        kwargs={"data_dir": data_dir, "every_s": 1.0},
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(WAIT_S)
        assert not thread.is_alive()


def test_every_device_says_that_it_is_there_speaks_and_says_goodbye(mosquitto: Broker) -> None:
    ear = Ear(mosquitto.port)
    try:
        with _running(mosquitto.port):
            for topic in (
                "coldshed/v1/ku1-men/readings",
                "zigbee2mqtt/1号库/门边",
                "tele/kufang1/SENSOR",
                "coldshed/v1/kuwai/readings",
            ):
                _until(lambda topic=topic: len(ear.payloads(topic)) >= 2)  # type: ignore[misc]
            assert ear.payloads("tele/kufang1/LWT") == [b"Online"]
        _until(lambda: ear.payloads("tele/kufang1/LWT") == [b"Online", b"Offline"])
        _until(lambda: ear.payloads("coldshed/v1/ku2-li/status")[-1] == b"offline")
        _until(lambda: ear.payloads("zigbee2mqtt/bridge/state")[-1] == b'{"state":"offline"}')
    finally:
        ear.close()


def test_what_our_own_boards_measured_while_the_broker_was_away_comes_later(mosquitto: Broker) -> None:
    with _running(mosquitto.port):
        ear = Ear(mosquitto.port)
        _until(lambda: len(ear.payloads("coldshed/v1/ku2-li/readings")) >= 1)
        ear.close()
        mosquitto.stop()
        down = time.time()
        _until(lambda: time.time() - down > 3)
        mosquitto.start()
        ear = Ear(mosquitto.port)
        try:
            _until(lambda: len(ear.payloads("coldshed/v1/ku2-li/readings")) >= 3)
            first = ear.payloads("coldshed/v1/ku2-li/readings")[0].decode()
        finally:
            ear.close()
    moment = first.split('"at": "')[1][:19]
    assert moment < time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(down + 3))


def test_it_goes_on_from_where_the_past_ended_and_keeps_where_it_is(
    mosquitto: Broker, tmp_path: Path
) -> None:
    kept = past.begin(SMALL, time.time() - 5, days=1)
    kept.world["seconds"] = kept.until  # as if it were done
    world_file.save(tmp_path, kept)
    ear = Ear(mosquitto.port)
    try:
        with _running(mosquitto.port, tmp_path):
            _until(lambda: len(ear.payloads("coldshed/v1/ku2-li/readings")) >= 1)
    finally:
        ear.close()
    after = world_file.load(tmp_path)
    assert after is not None
    assert after.at > kept.at
    assert after.live_from == kept.until


def test_without_its_past_it_lives_and_leaves_what_was_begun_to_whoever_makes_it(tmp_path: Path) -> None:
    begun = past.begin(SMALL, 1_795_468_800.0)
    world_file.save(tmp_path, begun)
    live = run.prepare(SMALL, 1_795_468_900.0, tmp_path)
    assert live.world.seconds == 1_795_468_900.0
    run.keep(live, tmp_path)
    assert world_file.load(tmp_path) == begun


def test_it_does_not_wait_for_ever_for_a_past_that_nobody_makes(tmp_path: Path) -> None:
    waiting = threading.Thread(target=run.wait_for_past, args=(tmp_path, threading.Event(), 0.5), daemon=True)
    waiting.start()
    waiting.join(WAIT_S)
    assert not waiting.is_alive()


def test_back_soon_it_goes_on_with_the_scenario_and_later_begins_a_new_one(tmp_path: Path) -> None:
    now = 1_795_468_800.0
    kept = past.begin(SMALL, now)
    kept.world["seconds"] = kept.until
    world_file.save(tmp_path, kept)
    assert run.prepare(SMALL, now + 30, tmp_path).live_from == now
    assert run.prepare(SMALL, now + 7200, tmp_path).live_from == now + 7200
