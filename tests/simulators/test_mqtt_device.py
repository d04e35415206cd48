"""How simulated devices live through what happens to a broker."""

import time
from collections.abc import Callable

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from simulators.devices.contract import DeviceMessage
from simulators.mqtt_device import BrokerEndpoint, DeviceConnection
from tests.support import machines


def _until(ready: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_a_killed_broker_may_have_lost_is_said_again(mosquitto: machines.Broker) -> None:
    link = DeviceConnection(
        "a", BrokerEndpoint(port=mosquitto.port), DeviceMessage("a/status", "offline", 1, True), []
    )
    link.start()
    wanted = {f'{{"at": {number}}}' for number in range(20)}
    for payload in sorted(wanted):
        link.say(DeviceMessage("a/readings", payload, 1))
    _until(lambda: not link._client.want_write() and not link._client._out_messages)
    mosquitto.kill()  # nobody had subscribed, so it is as good as lost
    heard: set[str] = set()
    listener = paho.Client(CallbackAPIVersion.VERSION2)
    listener.on_connect = lambda client, *_: client.subscribe("a/readings", 1)
    listener.on_message = lambda _c, _d, message: heard.add(message.payload.decode())
    mosquitto.start()
    listener.connect("127.0.0.1", mosquitto.port)
    listener.loop_start()
    _until(lambda: heard >= wanted)
    listener.disconnect()
    listener.loop_stop()
    link.end([])
