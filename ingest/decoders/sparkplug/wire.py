"""Parses a Sparkplug B payload (protobuf): the fields that the decoder needs; it skips the others.

Source: Eclipse Sparkplug 3.0, chapter 6 (the schema). A compressed payload has another payload in `body`.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.errors import DecodeError

METRICS_AT_MOST = 20_000
UNPACKED_AT_MOST = 4 << 20
_COMPRESSED = "SPBV1.0_COMPRESSED"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_GZIP_OR_ZLIB = 47
_LARGEST = (1 << 64) - 1
_float, _double = struct.Struct("<f"), struct.Struct("<d")

Raw = int | float | bool | str | bytes | None
"""A value as on the wire; integers are unsigned."""


@dataclass(slots=True)
class SparkplugMetric:
    """`at` is ms UTC. `members` are the metrics of a template. `quality` 192 means good."""

    name: str = ""
    alias: int | None = None
    at: int | None = None
    datatype: int = 0
    null: bool = False
    value: Raw = None
    unit: str | None = None
    quality: int | None = None
    members: "list[SparkplugMetric] | None" = None


@dataclass(slots=True)
class SparkplugPayload:
    at: int | None = None
    seq: int | None = None
    metrics: list[SparkplugMetric] = field(default_factory=list)


def parse_payload(body: bytes) -> SparkplugPayload:
    """Parses a payload. Raises DecodeError: not_protobuf, too_many, too_large."""
    return _parse_payload(body, 1)


def _parse_payload(body: bytes, depth: int) -> SparkplugPayload:
    message = SparkplugPayload()
    packed, uuid = b"", ""
    for number, raw in _fields(body):
        if number == 2:
            if len(message.metrics) >= METRICS_AT_MOST:
                raise DecodeError("too_many", "metrics")
            message.metrics.append(_parse_metric(_bytes(raw), 3))
        elif number == 1:
            message.at = _time(raw)
        elif number == 3:
            message.seq = raw if isinstance(raw, int) else None
        elif number == 4:
            uuid = _text(raw)
        elif number == 5:
            packed = _bytes(raw)
    if uuid == _COMPRESSED and packed and depth:
        inner = _parse_payload(_unpack(packed), depth - 1)
        inner.seq = message.seq if inner.seq is None else inner.seq
        inner.at = message.at if inner.at is None else inner.at
        return inner
    return message


def _unpack(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        unpacked = unpacker.decompress(packed, UNPACKED_AT_MOST)
    except zlib.error:
        try:
            unpacker = zlib.decompressobj(-15)
            unpacked = unpacker.decompress(packed, UNPACKED_AT_MOST)
        except zlib.error:
            raise DecodeError("not_protobuf", "compressed body") from None
    if unpacker.unconsumed_tail:
        raise DecodeError("too_large", "compressed body")
    return unpacked


def _parse_metric(body: bytes, depth: int) -> SparkplugMetric:
    metric = SparkplugMetric()
    for number, raw in _fields(body):
        if number == 2:
            metric.alias = raw if isinstance(raw, int) else None
        elif number == 3:
            metric.at = _time(raw)
        elif number == 4:
            metric.datatype = raw if isinstance(raw, int) else 0
        elif number == 12:
            metric.value = _shortest_float(raw) if isinstance(raw, bytes) and len(raw) == 4 else None
        elif number == 13:
            metric.value = _double.unpack(raw)[0] if isinstance(raw, bytes) and len(raw) == 8 else None
        elif number in (10, 11):
            metric.value = raw if isinstance(raw, int) else None
        elif number == 14:
            metric.value = bool(raw)
        elif number == 15:
            metric.value = _text(raw)
        elif number == 1:
            metric.name = _text(raw)
        elif number == 7:
            metric.null = bool(raw)
        elif number == 9:
            _parse_properties(_bytes(raw), metric)
        elif number == 18 and depth:
            metric.members = [
                _parse_metric(_bytes(inner), depth - 1)
                for nested, inner in _fields(_bytes(raw))
                if nested == 2
            ]
    return metric


_UNIT_KEYS = {"engunit", "engunits", "engineeringunit", "engineeringunits", "unit", "units", "uom", "eu"}


def _parse_properties(body: bytes, metric: SparkplugMetric) -> None:
    """Reads unit and quality from a PropertySet, whose keys and values are two lists in one order."""
    keys, values = list[str](), list[bytes]()
    for number, raw in _fields(body):
        if number == 1:
            keys.append(_text(raw))
        elif number == 2:
            values.append(_bytes(raw))
    for key, value in zip(keys, values, strict=False):
        low = key.lower().replace(" ", "").replace("_", "")
        if low in _UNIT_KEYS and not metric.unit:
            metric.unit = next((_text(raw)[:40] for number, raw in _fields(value) if number == 8), None)
        elif low == "quality":
            metric.quality = next(
                (raw for number, raw in _fields(value) if number in (3, 4) and isinstance(raw, int)), None
            )


def _shortest_float(raw: bytes) -> float:
    """The float with 7 digits, 3.9 and not 3.9000000953674316: 32 bits hold no more."""
    return float(f"{_float.unpack(raw)[0]:.7g}")


def _bytes(raw: int | bytes) -> bytes:
    if isinstance(raw, int):
        raise DecodeError("not_protobuf")
    return raw


def _text(raw: int | bytes) -> str:
    return _bytes(raw).decode("utf-8", "replace")


def _time(raw: int | bytes) -> int | None:
    """ms UTC. None if it is not a time up to the year 9999."""
    return raw if isinstance(raw, int) and 0 < raw < 253_402_300_800_000 else None


def _fields(body: bytes) -> Iterator[tuple[int, int | bytes]]:
    """(field number, varint or bytes). Raises DecodeError (not_protobuf)."""
    at, end = 0, len(body)
    while at < end:
        key = body[at]
        at += 1
        if key > 0x7F:
            key, at = _varint(body, at - 1)
        kind = key & 7
        if key < 8:
            raise DecodeError("not_protobuf")
        if kind == _VARINT:
            value = body[at] if at < end else 0x80
            at += 1
            if value > 0x7F:
                value, at = _varint(body, at - 1)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            size = body[at] if at < end else 0x80
            at += 1
            if size > 0x7F:
                size, at = _varint(body, at - 1)
        elif kind == _FIXED32:
            size = 4
        elif kind == _FIXED64:
            size = 8
        else:
            raise DecodeError("not_protobuf")
        if at + size > end:
            raise DecodeError("not_protobuf")
        yield key >> 3, body[at : at + size]
        at += size


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(body):
            break
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _LARGEST, at
    raise DecodeError("not_protobuf")


def rebirth_command(now: int) -> bytes:
    """The payload of a command that asks an edge node to publish its births again; `now` is ms UTC."""
    name = b"Node Control/Rebirth"
    metric = b"\x0a%c%b\x18%b\x20\x0b\x70\x01" % (len(name), name, _as_varint(now))
    return b"\x08%b\x12%c%b" % (_as_varint(now), len(metric), metric)


def _as_varint(value: int) -> bytes:
    result = bytearray()
    while value > 0x7F:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)
