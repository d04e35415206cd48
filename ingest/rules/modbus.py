"""Parses raw Modbus RTU replies from a transparent DTU, and reads registers from them."""

import math
import struct
from collections.abc import Iterator
from typing import NamedTuple

from core.decoding.rules import RegisterSource

FRAMES = 64
READS = (3, 4)
_SHORTEST = 5
_ORDERS = {"ABCD": (0, 1, 2, 3), "CDAB": (2, 3, 0, 1), "BADC": (1, 0, 3, 2), "DCBA": (3, 2, 1, 0)}
_WORDS = {"int16": ("h", 1), "uint16": ("H", 1), "int32": ("i", 2), "uint32": ("I", 2), "float32": ("f", 2)}


class ModbusReply(NamedTuple):
    """`data` are the registers' bytes; `error` is the slave's exception code, 0 for a regular reply."""

    slave: int
    data: bytes
    error: int = 0


def crc(data: bytes) -> int:
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


def parse_replies(payload: bytes) -> list[ModbusReply]:
    """All replies in the payload, which may be hexadecimal text. Empty if any byte is not part of a reply."""
    raw = _from_hex(payload) or payload
    frames = list(_parse_frames(raw))
    return frames if frames and sum(_length(frame) for frame in frames) == len(raw) else []


def _from_hex(payload: bytes) -> bytes:
    text = payload.strip(b"\0 \r\n\t")
    if len(text) < 2 * _SHORTEST or len(text) > 8192:
        return b""
    try:
        return bytes.fromhex(text.decode("ascii").replace(",", " ").replace("0x", ""))
    except ValueError:
        return b""


def _length(reply: ModbusReply) -> int:
    return _SHORTEST if reply.error else _SHORTEST + len(reply.data)


def _parse_frames(raw: bytes) -> Iterator[ModbusReply]:
    at = 0
    for _ in range(FRAMES):
        if len(raw) - at < _SHORTEST:
            return
        slave, function, size = raw[at : at + 3]
        error = bool(function & 0x80) and function & 0x7F in READS
        if not error and (function not in READS or size == 0 or size % 2):
            return
        end = at + (_SHORTEST if error else _SHORTEST + size)
        frame = raw[at:end]
        if len(frame) < end - at or crc(frame[:-2]) != frame[-2] | frame[-1] << 8:
            return
        yield ModbusReply(slave, b"" if error else frame[3:-2], size if error else 0)
        at = end


def register_value(register: RegisterSource, data: bytes) -> float | None:
    """The register's number before scaling. None if the reply is too short or the number is not finite."""
    sign, words = _WORDS[register.kind]
    raw = data[2 * register.index : 2 * (register.index + words)]
    if len(raw) < 2 * words:
        return None
    if words == 2:
        raw = bytes(raw[place] for place in _ORDERS[register.order])
    elif register.order in ("BADC", "DCBA"):
        raw = raw[::-1]
    number = float(struct.unpack(f">{sign}", raw)[0])
    return number if math.isfinite(number) else None
