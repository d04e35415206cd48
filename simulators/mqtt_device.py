"""Connections to the broker: paho clients that reconnect by themselves, each with a will."""

import logging
import ssl
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from simulators.devices.contract import DeviceMessage
from simulators.noise import salt

log = logging.getLogger(__name__)

KEEPALIVE_S = 60
WAITING_AT_MOST = 5000  # QoS 1 messages kept while the broker is away
LAST_WORDS_S = 2.0
AGAIN_S = 10.0
"""Messages published so shortly before a disconnect are published again, since a killed broker may have lost
them (s)."""


@dataclass(frozen=True, slots=True)
class BrokerEndpoint:
    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


class DeviceConnection:
    """One connection. A message with QoS 1 waits for the broker; one with QoS 0 is lost, as with real
    devices.

    A message with its own time (QoS 1 and not retained) is harmless twice, so it is sent again where the
    broker may have lost it.
    """

    def __init__(
        self, name: str, broker: BrokerEndpoint, will: DeviceMessage, births: Iterable[DeviceMessage]
    ) -> None:
        self._births = tuple(births)
        self._name = name
        self._up = False
        self._published: deque[tuple[float, DeviceMessage]] = deque(maxlen=WAITING_AT_MOST)
        self._again: list[DeviceMessage] = []
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"sim-{salt(name):08x}",
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        self._client.max_queued_messages_set(WAITING_AT_MOST)
        self._client.reconnect_delay_set(1, 15)
        if broker.username is not None:
            self._client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            context = ssl.create_default_context(cafile=broker.ca_file)
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # ingest/address.py gives the reason
            if broker.cert_file is not None:
                context.load_cert_chain(broker.cert_file, broker.key_file)
            self._client.tls_set_context(context)
        self._client.will_set(will.topic, will.payload, will.qos, will.retain)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.connect_async(broker.host, broker.port, KEEPALIVE_S)

    def start(self) -> None:
        self._client.loop_start()

    def say(self, message: DeviceMessage) -> None:
        if message.qos or self._client.is_connected():
            self._client.publish(message.topic, message.payload, message.qos, message.retain)
        if message.qos and not message.retain:
            self._published.append((time.monotonic(), message))

    def end(self, farewells: Iterable[DeviceMessage]) -> None:
        """Publishes the farewell and disconnects; does not wait for a broker that is away."""
        if self._client.is_connected():
            for message in farewells:
                last = self._client.publish(message.topic, message.payload, 1, message.retain)
                try:
                    last.wait_for_publish(LAST_WORDS_S)
                except (RuntimeError, ValueError):
                    break
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, _client: mqtt.Client, _data: Any, _flags: mqtt.ConnectFlags, code: ReasonCode, _more: Any
    ) -> None:
        if code.is_failure:
            log.warning("%s: broker refused the connection: %s", self._name, code)
            return
        self._up = True
        again, self._again = self._again, []
        for message in (*self._births, *again):
            self._client.publish(message.topic, message.payload, message.qos, message.retain)

    def _on_disconnect(
        self, _client: mqtt.Client, _data: Any, _flags: mqtt.DisconnectFlags, code: ReasonCode, _more: Any
    ) -> None:
        if self._up and code.is_failure:
            log.info("%s: connection lost: %s", self._name, code)
            since = time.monotonic() - AGAIN_S
            self._again = [message for at, message in tuple(self._published) if at >= since]
        self._up = False
