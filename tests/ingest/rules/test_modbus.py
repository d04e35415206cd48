"""Raw Modbus replies: what a transparent DTU may forward, against an encoder made here."""

import math
import struct
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.decoding.rules import RegisterSource
from ingest.rules.modbus import FRAMES, ModbusReply, crc, parse_replies, register_value

LETTERS = {"int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "float32": "f"}
slaves = st.integers(0, 255)
register_bytes = st.integers(1, 125).flatmap(lambda count: st.binary(min_size=2 * count, max_size=2 * count))


def framed(*parts: int | bytes) -> bytes:
    body = b"".join(bytes([part]) if isinstance(part, int) else part for part in parts)
    return body + crc(body).to_bytes(2, "little")


def reply(slave: int, data: bytes, function: int = 3) -> bytes:
    return framed(slave, function, len(data), data)


def test_the_checksum_is_the_one_of_the_modbus_specification() -> None:
    # an example of "MODBUS over Serial Line" V1.02, appendix B
    assert crc(bytes.fromhex("0207")) == 0x1241


@given(slaves, register_bytes, st.sampled_from([3, 4]))
def test_a_reply_gives_its_slave_and_registers(slave: int, data: bytes, function: int) -> None:
    assert parse_replies(reply(slave, data, function)) == [ModbusReply(slave, data)]


@given(st.lists(st.tuples(slaves, st.binary(min_size=2, max_size=2)), min_size=1, max_size=FRAMES))
def test_replies_one_behind_the_other_are_all_read(parts: list[tuple[int, bytes]]) -> None:
    payload = b"".join(reply(slave, data) for slave, data in parts)
    assert parse_replies(payload) == [ModbusReply(*part) for part in parts]


@given(slaves, register_bytes, st.data())
def test_one_flipped_bit_makes_it_no_reply(slave: int, data: bytes, draw: st.DataObject) -> None:
    payload = bytearray(reply(slave, data))
    bit = draw.draw(st.integers(0, 8 * len(payload) - 1))
    payload[bit // 8] ^= 1 << bit % 8
    assert parse_replies(bytes(payload)) == []


@given(slaves, register_bytes, st.binary(min_size=1, max_size=4))
def test_bytes_that_belong_to_no_reply_spoil_all(slave: int, data: bytes, rest: bytes) -> None:
    assert parse_replies(reply(slave, data) + rest) == []


@given(slaves, register_bytes, st.data())
def test_a_cut_reply_is_none(slave: int, data: bytes, draw: st.DataObject) -> None:
    payload = reply(slave, data)
    assert parse_replies(payload[: draw.draw(st.integers(0, len(payload) - 1))]) == []


def test_more_replies_than_a_dtu_forwards_at_once_are_none() -> None:
    assert parse_replies(reply(1, b"\0\0") * (FRAMES + 1)) == []


@pytest.mark.parametrize("written", ["{}", " {}\r\n", "{}\0"])
@pytest.mark.parametrize("separator", ["", " ", ", ", " 0x"])
def test_hexadecimal_text_is_read_as_its_bytes(written: str, separator: str) -> None:
    payload = reply(7, bytes.fromhex("0102fffe"))
    prefix = "0x" if "0x" in separator else ""
    text = written.format(prefix + payload.hex(separator[:1] or " ").replace(separator[:1] or " ", separator))
    assert parse_replies(text.encode()) == [ModbusReply(7, bytes.fromhex("0102fffe"))]


@given(st.binary(max_size=300))
def test_whatever_comes_it_gives_replies_that_make_up_the_whole(payload: bytes) -> None:
    frames = parse_replies(payload)
    assert all(len(frame.data) % 2 == 0 and (frame.data or frame.error) for frame in frames)


@pytest.mark.parametrize("function", [0x83, 0x84])
def test_an_exception_is_an_error_of_its_slave(function: int) -> None:
    assert parse_replies(framed(9, function, 2)) == [ModbusReply(9, b"", 2)]


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(framed(1, 6, 2, b"\0\1"), id="the echo of a write"),
        pytest.param(framed(1, 0x86, 2), id="the exception of a write"),
        pytest.param(framed(1, 3, 0), id="no register"),
        pytest.param(framed(1, 3, 3, b"\0\1\2"), id="one and a half registers"),
        pytest.param(
            reply(1, b"\0\1")[:-2] + reply(1, b"\0\1")[:-3:-1], id="its checksum the wrong way round"
        ),
    ],
)
def test_what_is_no_answer_to_a_read_is_none(payload: bytes) -> None:
    assert parse_replies(payload) == []


def encoded(kind: Any, order: Any, number: float) -> bytes:
    """The bytes on the wire, from their order as makers write it: A is the most significant byte."""
    raw = struct.pack(f">{LETTERS[kind]}", number)
    if len(raw) == 2:
        return raw[::-1] if order in ("BADC", "DCBA") else raw
    return bytes(raw["ABCD".index(letter)] for letter in order)


@pytest.mark.parametrize("order", ["ABCD", "CDAB", "BADC", "DCBA"])
@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("int16", -1234),
        ("uint16", 54_321),
        ("int32", -123_456_789),
        ("uint32", 3_000_000_000),
        ("float32", -18.5),
    ],
)
def test_every_kind_is_read_in_every_byte_order(kind: Any, order: Any, number: float) -> None:
    register = RegisterSource(index=1, metric="temperature", kind=kind, order=order)
    assert register_value(register, b"\xaa\xaa" + encoded(kind, order, number) + b"\xbb\xbb") == number


@given(st.sampled_from(sorted(LETTERS)), st.integers(0, 4), st.binary(max_size=8))
def test_a_register_beyond_the_reply_has_no_value(kind: Any, index: int, data: bytes) -> None:
    size = struct.calcsize(LETTERS[kind])
    assume(2 * index + size > len(data))
    assert register_value(RegisterSource(index=index, metric="temperature", kind=kind), data) is None


@given(st.binary(min_size=4, max_size=4))
def test_a_float_is_finite_or_none(data: bytes) -> None:
    number = register_value(RegisterSource(index=0, metric="temperature", kind="float32"), data)
    (expected,) = struct.unpack(">f", data)
    assert number == (expected if math.isfinite(expected) else None)
