"""The broker that comes with us keeps what waits, and our tests run the same settings."""

from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from coldshed import broker, broker_credentials
from coldshed.broker import KEEPING, SAVE_S
from coldshed.settings import Settings
from store.database import Databases
from store.schema import create
from tests.support.machines import Broker

ROOT = Path(__file__).parents[2]


def _client(name: str) -> paho.Client:
    return paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=name,
        protocol=MQTTProtocolVersion.MQTTv311,
        clean_session=False,
    )


def _publish(mosquitto: Broker, count: int) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    sent = [client.publish("a/b", str(number), qos=1) for number in range(count)]
    for message in sent:
        message.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def _subscribe(mosquitto: Broker) -> None:
    client = _client("keeps")
    done: list[int] = []
    client.on_connect = lambda c, *_: c.subscribe("a/#", 1)
    client.on_subscribe = lambda *_: done.append(1)
    client.connect("127.0.0.1", mosquitto.port)
    while not done:
        client.loop(0.1)
    client.disconnect()
    client.loop(0.1)


@pytest.mark.timeout(60)
def test_what_waits_for_us_outlives_a_stop_of_the_broker(mosquitto: Broker) -> None:
    _subscribe(mosquitto)
    _publish(mosquitto, 1500)  # more than the 1,000 that Mosquitto keeps by itself
    mosquitto.stop()
    mosquitto.start()
    got: list[bytes] = []
    client = _client("keeps")
    client.on_message = lambda _c, _d, message: got.append(bytes(message.payload))
    client.connect("127.0.0.1", mosquitto.port)
    while len(got) < 1500:
        assert client.loop(0.5) == 0
    client.disconnect()
    assert got == [str(number).encode() for number in range(1500)]


def test_ours_and_the_one_to_deploy_are_set_up_alike() -> None:
    deployed = ROOT / "deploy/mosquitto/conf.d/coldshed.conf"
    lines = [line for line in deployed.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines == KEEPING.format(save_s=SAVE_S).splitlines()


@pytest.mark.parametrize(("is_supervised", "save_s"), [(True, 60), (False, 5)])
def test_only_a_broker_that_is_asked_to_save_saves_seldom_by_itself(
    tmp_path: Path, is_supervised: bool, save_s: int
) -> None:
    settings = Settings(data_dir=tmp_path)
    dbs = Databases(tmp_path)
    create(dbs)
    broker.write_status(tmp_path, "/usr/sbin/mosquitto", is_supervised=is_supervised)
    broker.update_files(settings, dbs)
    dbs.close()
    text = (broker_credentials.own_folder(settings) / broker.CONFIG).read_text("utf-8")
    assert f"autosave_interval {save_s}\n" in text
