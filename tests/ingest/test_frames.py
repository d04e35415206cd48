"""MQTT packets are cut out of whatever a socket read returned."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.frames import ProtocolError, acknowledgements, cut

Message = tuple[str, bytes, int]


def length(size: int) -> bytes:
    out = b""
    while True:
        size, byte = size >> 7, size & 127
        out += bytes([byte | (128 if size else 0)])
        if not size:
            return out


def publish(topic: str, payload: bytes, packet_id: int, *, mqtt5: bool, properties: bytes = b"") -> bytes:
    body = len(topic.encode()).to_bytes(2, "big") + topic.encode()
    if packet_id:
        body += packet_id.to_bytes(2, "big")
    if mqtt5:
        body += length(len(properties)) + properties
    return bytes([0x32 if packet_id else 0x30]) + length(len(body + payload)) + body + payload


messages = st.lists(
    st.tuples(st.text(max_size=20), st.binary(max_size=300), st.integers(0, 65_535)), max_size=8
)


@given(messages, st.booleans(), st.lists(st.integers(1, 400), max_size=20), st.binary(max_size=200))
def test_it_finds_every_message_however_the_reads_fall(
    sent: list[Message], mqtt5: bool, sizes: list[int], properties: bytes
) -> None:
    stream = b"".join(publish(*message, mqtt5=mqtt5, properties=properties) for message in sent)
    stream += b"\xd0\x00"  # a PINGRESP behind them
    messages: list[Message] = []
    others: list[tuple[int, bytes]] = []
    rest = b""
    while stream:
        size = sizes.pop() if sizes else len(stream)
        rest, stream = rest + stream[:size], stream[size:]
        result = cut(rest, mqtt5)
        messages += [(topic.decode(), payload, number) for topic, payload, number, _ in result.publishes]
        others += result.others
        rest = rest[result.used :]
        assert len(rest) < result.wanted
    assert messages == sent
    assert others == [(0xD0, b"")]


def test_it_says_how_many_bytes_the_next_packet_needs() -> None:
    whole = publish("t", bytes(10_000), 1, mqtt5=True)
    assert cut(whole[:5], True).wanted == len(whole)


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\xff\xff\xff\xff\x01",
        b"\x30\x02\xff\xff",
        b"\x32\x03\x00\x01t",
        b"\x30\x04\x00\x01t\x7f",
        b"\x30\x04\x00\x01t\x80",
        b"\x30\x05\x00\x01t\xff\xff",
    ],
)
def test_it_refuses_what_is_no_mqtt(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        cut(data, True)


@given(st.binary(max_size=500), st.booleans())
def test_it_never_fails_otherwise(data: bytes, mqtt5: bool) -> None:
    with contextlib.suppress(ProtocolError):
        assert cut(data, mqtt5).used <= len(data)


def test_acknowledgements_are_joined() -> None:
    assert acknowledgements([1, 0x1234]) == b"\x40\x02\x00\x01\x40\x02\x12\x34"
