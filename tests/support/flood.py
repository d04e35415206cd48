"""Publishes many QoS 1 messages to a local broker as fast as it takes them, and says which it accepted."""

import select
import socket
from collections.abc import Iterable, Iterator

WINDOW = 2_000
CLEAN, WITH_LOGIN = 2, 0xC2


def flood(
    port: int,
    messages: Iterable[tuple[str, bytes]],
    deadline_s: float = 60.0,
    name: str = "",
    password: str = "",
) -> Iterator[int]:
    """Publishes (topic, payload) pairs in order; yields the index of each that was acknowledged.

    Ends when all are acknowledged, and raises `OSError` when the broker goes away or takes too long.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=deadline_s) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(connect(name, password))
        if link.recv(4)[3:] != b"\0":
            raise OSError("the broker refuses the connection")
        waiting: dict[int, int] = {}
        coming = enumerate(messages)
        out, inbox, more = b"", b"", True
        while more or waiting:
            while more and len(waiting) < WINDOW and len(out) < 65_536:
                message = next(coming, None)
                if message is None:
                    more = False
                    break
                index, (topic, payload) = message
                packet_id = index % 65_535 + 1
                waiting[packet_id] = index
                out += publish(packet_id, topic.encode(), payload)
            readable, writable, _ = select.select([link], [link] if out else [], [], deadline_s)
            if not readable and not writable:
                raise OSError("the broker does not answer")
            if writable:
                out = out[link.send(out) :]
            if readable:
                data = link.recv(65_536)
                if not data:
                    raise OSError("the broker closed the connection")
                inbox += data
                whole = len(inbox) // 4 * 4  # nothing but PUBACKs comes, four bytes each
                for at in range(0, whole, 4):
                    yield waiting.pop(inbox[at + 2] << 8 | inbox[at + 3])
                inbox = inbox[whole:]


def connect(name: str, password: str) -> bytes:
    """MQTT 3.1.1, clean session, no client id, keep-alive 60 s."""
    flags = WITH_LOGIN if name else CLEAN
    login = [name.encode(), password.encode()] if name else []
    parts = b"".join(len(part).to_bytes(2, "big") + part for part in (b"", *login))
    body = b"\x00\x04MQTT" + bytes([4, flags, 0, 60]) + parts
    return bytes([0x10, len(body)]) + body


def publish(packet_id: int, topic: bytes, payload: bytes) -> bytes:
    """A PUBLISH packet, QoS 1."""
    body = len(topic).to_bytes(2, "big") + topic + packet_id.to_bytes(2, "big") + payload
    length, left = b"", len(body)
    while True:
        left, byte = divmod(left, 128)[0], left % 128
        length += bytes([byte | 128 if left else byte])
        if not left:
            return b"\x32" + length + body
