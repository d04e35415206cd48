"""Tests the broker for the doctor: does it answer, does it accept us, how many messages does it queue?

It uses client ids of its own and topics below `coldshed/listener/`, so it does not touch the listener's
session.
"""

import secrets
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from ingest import connection_fault
from ingest.address import BrokerAddress
from ingest.connection_fault import ConnectionFault

WAIT_S = 5.0
QUEUE_S = 20.0
_DATE = "%b %d %H:%M:%S %Y %Z"


class BrokerProbe:
    """One connection at a time, with MQTT 3.1.1, which every broker supports."""

    def __init__(self, broker: BrokerAddress) -> None:
        self._broker = broker
        self._name = f"coldshed-doctor-{secrets.token_hex(4)}"

    def fault(self) -> ConnectionFault | None:
        """Why the broker cannot be used; None if it answers and accepts us."""
        client = self._client(clean=True)
        code: list[ReasonCode] = []
        client.on_connect = lambda _c, _d, _f, reason, _p: code.append(reason)
        until = time.monotonic() + WAIT_S
        try:
            self._connect(client)
            _loop(client, lambda: bool(code), WAIT_S)
        except OSError as error:
            return connection_fault.from_error(error, self._broker.host)
        finally:
            _disconnect(client)
        if not code and time.monotonic() >= until:
            text = f"{self._broker.host} accepts the connection and says nothing for {WAIT_S:.0f} s"
            return ConnectionFault(connection_fault.SILENT, text)
        if not code:
            return ConnectionFault(connection_fault.NO_ANSWER, f"{self._broker.host} does not answer")
        return connection_fault.from_reason_code(code[0]) if code[0].is_failure else None

    def queue(self, count: int) -> int | None:
        """The number of `count` messages that the broker queues for an absent client. Removes the queue
        afterwards. None if this cannot be tried (no right to the topic, too slow)."""
        topic = f"coldshed/listener/{self._name}/queue"
        try:
            if not self._subscribe(topic):
                return None
            if not self._publish(topic, count):
                return None
            return self._drain(count)
        except OSError:
            return None
        finally:
            self._forget()

    def certificate_days_left(self, now: float) -> int | None:
        """Days until the broker's certificate expires; None without TLS or without a certificate."""
        if not self._broker.tls:
            return None
        try:
            context = self._broker.tls_context()
            address = (self._broker.host, self._broker.port)
            with (
                socket.create_connection(address, WAIT_S) as plain,
                context.wrap_socket(plain, server_hostname=self._broker.host) as link,
            ):
                until = (link.getpeercert() or {}).get("notAfter")
        except OSError:
            return None
        if not isinstance(until, str):
            return None
        ends = datetime.strptime(until, _DATE).replace(tzinfo=UTC)
        return int((ends.timestamp() - now) // 86_400)

    def _client(self, *, clean: bool, ident: str = "") -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=ident or f"{self._name}-look",
            protocol=MQTTProtocolVersion.MQTTv311,
            clean_session=clean,
        )
        client.connect_timeout = WAIT_S
        self._broker.prepare(client)
        return client

    def _connect(self, client: paho.Client) -> None:
        client.connect(self._broker.host, self._broker.port, keepalive=30)

    def _subscribe(self, topic: str) -> bool:
        client = self._client(clean=False, ident=self._name)
        granted: list[ReasonCode] = []
        client.on_connect = lambda *_: _request(client, topic)
        client.on_subscribe = lambda _c, _d, _m, codes, _p: granted.extend(codes)
        self._connect(client)
        _loop(client, lambda: bool(granted), WAIT_S)
        _disconnect(client)
        return bool(granted) and not granted[0].is_failure

    def _publish(self, topic: str, count: int) -> bool:
        client = self._client(clean=True)
        accepted: list[int] = []
        client.max_inflight_messages_set(100)
        client.on_publish = lambda _c, _d, mid, _r, _p: accepted.append(mid)
        self._connect(client)
        if not _loop(client, client.is_connected, WAIT_S):
            return False
        for number in range(count):
            client.publish(topic, str(number), qos=1)
        done = _loop(client, lambda: len(accepted) >= count, QUEUE_S)
        _disconnect(client)
        return done

    def _drain(self, count: int) -> int:
        client = self._client(clean=False, ident=self._name)
        payloads: set[bytes] = set()
        client.on_message = lambda _c, _d, message: payloads.add(bytes(message.payload))
        self._connect(client)
        before, still = -1, time.monotonic()

        def settled() -> bool:
            nonlocal before, still
            if len(payloads) != before:
                before, still = len(payloads), time.monotonic()
            return len(payloads) >= count or time.monotonic() - still > 1.5

        _loop(client, settled, QUEUE_S)
        _disconnect(client)
        return len(payloads)

    def _forget(self) -> None:
        """Deletes the session by a clean connection under the same client id."""
        try:
            client = self._client(clean=True, ident=self._name)
            self._connect(client)
            _loop(client, client.is_connected, WAIT_S)
            _disconnect(client)
        except OSError:
            return


def _loop(client: paho.Client, ready: Callable[[], bool], within_s: float) -> bool:
    end = time.monotonic() + within_s
    while not ready():
        if time.monotonic() > end or client.loop(0.05) != 0:
            return ready()
    return True


def _request(client: paho.Client, topic: str) -> None:
    client.subscribe(topic, 1)


def _disconnect(client: paho.Client) -> None:
    client.disconnect()
    client.loop(0.05)
