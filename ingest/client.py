"""A paho client that reads all waiting messages of a socket at once.

Stock paho spends most of its time per message on small reads and MQTT 5 property objects
(docs/decisions/0008-one-read-is-one-batch.md). `FastClient` replaces its public `loop_read`: it makes one
large read, cuts out PUBLISH packets for `on_publishes` and hands the rest to paho. It uses paho's private
`_in_packet`, `_packet_handle`, `_packet_queue`, `_sock_recv` and `_loop_rc_handle`, so paho is pinned and
a test checks them; `StockClient` does the same through public callbacks only.
"""

from collections.abc import Callable
from typing import Any, cast

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from core.errors import StoreError
from ingest.frames import DUP, PUBLISH, RETAIN, ProtocolError, acknowledgements, cut

READ_BYTES = 1 << 18
PUBACK, DISCONNECT = 0x40, 0xE0
SESSION_TAKEN_OVER = 0x8E

Frame = tuple[bytes, bytes, int, int]
"""(topic, payload, packet id or 0, first byte) of a message, as `ingest.frames.cut` finds it."""
Frames = list[Frame]
OnPublishes = Callable[[Frames], list[int]]
"""Stores every message of one read and returns the packet ids to acknowledge. Raises `StoreError` if it
cannot; the connection is then dropped."""


class _Client(paho.Client):
    def __init__(self, client_id: str, mqtt5: bool, on_publishes: OnPublishes) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
            clean_session=None if mqtt5 else False,
        )
        self._mqtt5 = mqtt5
        self._on_publishes = on_publishes
        self.store_error: StoreError | None = None
        self.taken_over = False
        """Whether the broker reported another client with our id (MQTT 5 only)."""

    def _store_messages(self, frames: Frames) -> MQTTErrorCode:
        """Hands messages to `on_publishes` and queues their acknowledgements. After a store error it accepts
        nothing more; the caller of the loop drops the connection."""
        if self.store_error is not None:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        try:
            packet_ids = self._on_publishes(frames)
        except StoreError as error:
            self.store_error = error
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        if packet_ids and self._sock is not None:
            return self._packet_queue(PUBACK, acknowledgements(packet_ids), 0, 1)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


class FastClient(_Client):
    """One `loop_read` is one large read of the socket and one call of `on_publishes`."""

    def __init__(self, client_id: str, mqtt5: bool, on_publishes: OnPublishes) -> None:
        super().__init__(client_id, mqtt5, on_publishes)
        self._read = bytearray()
        self._wanted = 2

    def reconnect(self) -> MQTTErrorCode:
        self._read.clear()
        self._wanted = 2
        return super().reconnect()

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        if self._sock is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        try:
            data = self._sock_recv(READ_BYTES)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError:
            data = b""
        if not data:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        with self._msgtime_mutex:
            self._last_bytes_received = paho.time_func()
        return self._on_bytes(data)

    def _on_bytes(self, data: bytes) -> MQTTErrorCode:
        if self._read:
            self._read += data
            if len(self._read) < self._wanted:
                return MQTTErrorCode.MQTT_ERR_SUCCESS
            data = bytes(self._read)
        try:
            packets = cut(data, self._mqtt5)
        except ProtocolError:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_PROTOCOL)
        self._read[:] = data[packets.used :]
        self._wanted = packets.wanted
        # messages first: paho must not send anything before their acknowledgements
        rc = self._store_messages(packets.publishes) if packets.publishes else MQTTErrorCode.MQTT_ERR_SUCCESS
        for command, body in packets.others:
            rc = rc or self._hand_to_paho(command, body)
        return self._loop_rc_handle(rc) if rc else rc

    def _hand_to_paho(self, command: int, body: bytes) -> MQTTErrorCode:
        if command & 0xF0 == DISCONNECT and body:
            self.taken_over = body[0] == SESSION_TAKEN_OVER  # paho drops a reason without properties
        packet = cast(Any, self._in_packet)
        packet.update(
            command=command, have_remaining=1, remaining_length=len(body), packet=bytearray(body), pos=0
        )
        try:
            return self._packet_handle()
        except (MalformedPacket, IndexError):
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        finally:
            packet.update(command=0, have_remaining=0, remaining_length=0, packet=bytearray(b""), pos=0)


class StockClient(_Client):
    """The fallback: batches of one message each, through paho's public callback."""

    def __init__(self, client_id: str, mqtt5: bool, on_publishes: OnPublishes) -> None:
        super().__init__(client_id, mqtt5, on_publishes)
        self.on_message = self._message

    def _message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        command = PUBLISH | message.qos << 1 | (DUP if message.dup else 0) | (RETAIN if message.retain else 0)
        self._store_messages([(message._topic, bytes(message.payload), message.mid, command)])


def session_properties(session_s: int, receive_maximum: int, packet_bytes: int) -> Properties:
    """MQTT 5 CONNECT properties: session expiry (s), receive window (messages), largest packet (bytes)."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = session_s
    properties.ReceiveMaximum = receive_maximum
    properties.MaximumPacketSize = packet_bytes
    return properties
