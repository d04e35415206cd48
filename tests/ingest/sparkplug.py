"""Writes Sparkplug B payloads, for tests."""

import struct
from typing import Any

TYPES = {
    "Int8": 1, "Int16": 2, "Int32": 3, "Int64": 4, "UInt8": 5, "UInt16": 6, "UInt32": 7, "UInt64": 8,
    "Float": 9, "Double": 10, "Boolean": 11, "String": 12, "DateTime": 13, "DataSet": 16, "Template": 19,
}  # fmt: skip


def varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value & (1 << 64) - 1)


def block(field: int, value: bytes | str) -> bytes:
    body = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(body)) + body


def metric(  # noqa: PLR0913 - the fields of the message
    name: str = "",
    value: Any = None,
    kind: str = "",
    *,
    alias: int | None = None,
    at: int | None = None,
    null: bool = False,
    historical: bool = False,
    properties: dict[str, str | int] | None = None,
) -> bytes:
    """`value` of a Template is a list of metrics, of a DataSet bytes."""
    body = block(1, name) if name else b""
    body += b"" if alias is None else number(2, alias)
    body += b"" if at is None else number(3, at)
    body += number(4, TYPES[kind]) if kind else b""
    body += number(5, 1) if historical else b""
    body += number(7, 1) if null else b""
    if properties:
        keys = b"".join(block(1, key) for key in properties)
        values = b"".join(block(2, _property(prop)) for prop in properties.values())
        body += block(9, keys + values)
    if value is None:
        return body
    if kind == "Float" or (not kind and isinstance(value, float)):
        return body + varint(12 << 3 | 5) + struct.pack("<f", value)
    if kind == "Double":
        return body + varint(13 << 3 | 1) + struct.pack("<d", value)
    if kind == "Template":
        return body + block(18, b"".join(block(2, member) for member in value))
    if kind == "DataSet":
        return body + block(17, value)
    if kind == "String":
        return body + block(15, value)
    if kind == "Boolean":
        return body + number(14, value)
    if kind in ("Int64", "UInt64", "DateTime"):
        return body + number(11, value)
    return body + number(10, value & 0xFFFFFFFF)


def _property(value: str | int) -> bytes:
    if isinstance(value, str):
        return number(1, 12) + block(8, value)
    return number(1, 3) + number(3, value)


def payload(*metrics: bytes, at: int | None = 1_773_270_932_000, seq: int | None = None) -> bytes:
    return (
        (b"" if at is None else number(1, at))
        + b"".join(block(2, metric) for metric in metrics)
        + (b"" if seq is None else number(3, seq))
    )
