"""Decodes a Ruuvi tag's advertisement: data formats 3, 5, C5, 6 and E1 (docs.ruuvi.com, Bluetooth
advertisements).

The largest number (the smallest of a signed one) means that there is no value.
"""

import math
from collections.abc import Callable

from core.errors import DecodeError

_MAKER = b"\x99\x04"
_MANUFACTURER_DATA = 0xFF
_LONGEST = 510
_LENGTHS = {0x03: 14, 0x05: 18, 0xC5: 12, 0x06: 16, 0xE1: 28}
"""Format -> required length in bytes (without the address at its end)."""

FrameValues = list[tuple[str, float | str]]


def manufacturer_data(data: object) -> bytes | None:
    """Ruuvi's manufacturer data in a hexadecimal advertisement. None if it is another vendor's. Raises
    DecodeError: wrong_type, wrong_value."""
    if not isinstance(data, str) or len(data) > 2 * _LONGEST:
        raise DecodeError("wrong_type", "data")
    try:
        advertisement = bytes.fromhex(data)
    except ValueError:
        raise DecodeError("wrong_value", data[:100]) from None
    start = 0
    while start + 1 < len(advertisement):
        length = advertisement[start]
        if length and advertisement[start + 1] == _MANUFACTURER_DATA:
            body = advertisement[start + 2 : start + 1 + length]
            if body[:2] == _MAKER:
                return body[2:]
        start += 1 + length
    return None


def has_sequence_number(frame: bytes) -> bool:
    """Whether the frame carries the sequence number of its measurement."""
    if frame[:1] == b"\x05":
        return frame[16:18] != b"\xff\xff"
    if frame[:1] == b"\xc5":
        return frame[10:12] != b"\xff\xff"
    return frame[:1] in (b"\x06", b"\xe1")


def decode_frame(frame: bytes) -> FrameValues | None:
    """(metric, value or reason); `None` for an unknown format. Raises DecodeError (wrong_value) for a short
    frame."""
    if not frame:
        raise DecodeError("wrong_value", "data")
    read = _FORMATS.get(frame[0])
    if read is None:
        return None
    if len(frame) < _LENGTHS[frame[0]]:
        raise DecodeError("wrong_value", frame.hex())
    return read(frame)


def _unsigned(frame: bytes, start: int, size: int = 2) -> int | None:
    value = int.from_bytes(frame[start : start + size], "big")
    return None if value == (1 << 8 * size) - 1 else value


def _climate(frame: bytes) -> FrameValues:
    """Temperature (°C), humidity (%RH) and pressure (hPa), at the same offsets in all formats but 3."""
    temperature = int.from_bytes(frame[1:3], "big", signed=True)
    humidity = _unsigned(frame, 3)
    pressure = _unsigned(frame, 5)
    return [
        ("temperature", "null" if temperature == -32768 else round(temperature * 0.005, 3)),
        ("humidity", "null" if humidity is None else round(humidity * 0.0025, 4)),
        ("pressure", "null" if pressure is None else (pressure + 50_000) / 100),
    ]


def _power(frame: bytes, start: int) -> FrameValues:
    millivolts = int.from_bytes(frame[start : start + 2], "big") >> 5
    return [] if millivolts == 2047 else [("voltage", round(1.6 + millivolts / 1000, 3))]


def _format_3(frame: bytes) -> FrameValues:
    """The temperature is sign and magnitude, not two's complement. Format 3 has no mark for a missing
    value."""
    whole, fraction = frame[2], frame[3]
    temperature = ((whole & 0x7F) + fraction / 100) * (-1 if whole & 0x80 else 1)
    values: FrameValues = [
        ("temperature", round(temperature, 2)),
        ("humidity", frame[1] / 2),
        ("pressure", (int.from_bytes(frame[4:6], "big") + 50_000) / 100),
    ]
    millivolts = int.from_bytes(frame[12:14], "big")
    return [*values, ("voltage", millivolts / 1000)] if millivolts else values


def _format_5(frame: bytes) -> FrameValues:
    return _climate(frame) + _power(frame, 13)


def _format_c5(frame: bytes) -> FrameValues:
    return _climate(frame) + _power(frame, 7)


def _format_6(frame: bytes) -> FrameValues:
    """Ruuvi Air for Bluetooth 4; the light is logarithmic."""
    code = _unsigned(frame, 13, 1)
    light = None if code is None else round(math.exp(code * math.log(65536) / 254) - 1, 2)
    return _climate(frame) + _air(_unsigned(frame, 9), light)


def _format_e1(frame: bytes) -> FrameValues:
    """Ruuvi Air for Bluetooth 5."""
    light = _unsigned(frame, 19, 3)
    return _climate(frame) + _air(_unsigned(frame, 15), None if light is None else light / 100)


def _air(co2: int | None, light: float | None) -> FrameValues:
    return [
        ("co2", "null" if co2 is None else float(co2)),
        ("light", "null" if light is None else light),
    ]


_FORMATS: dict[int, Callable[[bytes], FrameValues]] = {
    0x03: _format_3,
    0x05: _format_5,
    0xC5: _format_c5,
    0x06: _format_6,
    0xE1: _format_e1,
}
