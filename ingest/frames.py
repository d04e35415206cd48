"""Cuts MQTT packets out of the bytes of a socket read. Pure.

Packet formats: MQTT 3.1.1 section 2 and MQTT 5.0 section 2 (OASIS standards).
"""

from typing import NamedTuple

PUBLISH = 0x30
DUP = 0x08
QOS = 0x06
RETAIN = 0x01
TOPIC_BYTES = 512
"""Longer topics are rejected."""


class ProtocolError(Exception):
    """The bytes are not MQTT, so the connection must be closed."""


class CutFrames(NamedTuple):
    """`publishes` are (topic, payload, packet id or 0, first byte), `others` (first byte, body). `used`
    bytes of the data were consumed; the next packet needs at least `wanted` bytes."""

    publishes: list[tuple[bytes, bytes, int, int]]
    others: list[tuple[int, bytes]]
    used: int
    wanted: int


def cut(data: bytes, mqtt5: bool) -> CutFrames:
    """Cuts all complete packets out of `data`, PUBLISH apart from the rest, both in order. Raises
    `ProtocolError`."""
    publishes: list[tuple[bytes, bytes, int, int]] = []
    others: list[tuple[int, bytes]] = []
    start, end, wanted = 0, len(data), 2
    while end - start >= 2:
        length, body = _variable_length(data, start + 1, end)
        if body == 0:
            wanted = 5
            break
        stop = body + length
        if stop > end:
            wanted = stop - start
            break
        command = data[start]
        if command & 0xF0 == PUBLISH:
            publishes.append(_publish(data, body, stop, command, mqtt5))
        else:
            others.append((command, data[body:stop]))
        start = stop
    return CutFrames(publishes, others, start, wanted)


def _publish(data: bytes, pos: int, stop: int, command: int, mqtt5: bool) -> tuple[bytes, bytes, int, int]:
    try:
        topic_at = pos + 2
        pos = topic_at + (data[pos] << 8 | data[pos + 1])
        topic = data[topic_at:pos]
        packet_id = 0
        if command & QOS:
            packet_id = data[pos] << 8 | data[pos + 1]
            pos += 2
        if mqtt5:
            size = data[pos]
            if size < 128:
                pos += 1 + size
            else:
                size, pos = _variable_length(data, pos, stop)
                pos = pos + size if pos else stop + 1
    except IndexError:
        raise ProtocolError("a PUBLISH packet ends too early") from None
    if pos > stop:
        raise ProtocolError("a PUBLISH packet's parts are longer than the packet")
    return topic, data[pos:stop], packet_id, command


def _variable_length(data: bytes, pos: int, end: int) -> tuple[int, int]:
    """(value, offset after it); offset 0 if the bytes end too early."""
    value, shift = 0, 0
    while pos < end:
        byte = data[pos]
        pos += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, pos
        shift += 7
        if shift > 21:
            raise ProtocolError("a packet's length has more than four bytes")
    return 0, 0


def acknowledgements(packet_ids: list[int]) -> bytes:
    """One PUBACK per packet id, joined. The short form means success in MQTT 5 too."""
    return b"".join([b"\x40\x02" + packet_id.to_bytes(2, "big") for packet_id in packet_ids])


def is_readable(topic: bytes) -> bool:
    if len(topic) > TOPIC_BYTES:
        return False
    try:
        topic.decode()
    except UnicodeDecodeError:
        return False
    return True
