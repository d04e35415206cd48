"""Frames of Ruuvi tags: the vectors of docs.ruuvi.com, and an encoder of the formats made here."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DecodeError
from ingest.decoders.ruuvi.frames import decode_frame, has_sequence_number, manufacturer_data


def test_the_valid_vector_of_format_5() -> None:
    frame = bytes.fromhex("0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F")
    assert decode_frame(frame) == [
        ("temperature", 24.3),
        ("humidity", 53.49),
        ("pressure", 1000.44),
        ("voltage", 2.977),
    ]


def test_the_vector_of_the_greatest_values_of_format_5() -> None:
    frame = bytes.fromhex("057FFFFFFEFFFE7FFF7FFF7FFFFFDEFEFFFECBB8334C884F")
    assert decode_frame(frame) == [
        ("temperature", 163.835),
        ("humidity", 163.835),
        ("pressure", 1155.34),
        ("voltage", 3.646),
    ]


def test_the_vector_without_values_of_format_5() -> None:
    frame = bytes.fromhex("058000FFFFFFFF800080008000FFFFFFFFFFFFFFFFFFFFFF")
    assert decode_frame(frame) == [("temperature", "null"), ("humidity", "null"), ("pressure", "null")]
    assert not has_sequence_number(frame)


def test_the_vector_of_format_3_below_zero() -> None:
    frame = bytes.fromhex("0329811ECE1EFC18F94202CA0B53")
    assert decode_frame(frame) == [
        ("temperature", -1.3),
        ("humidity", 20.5),
        ("pressure", 1027.66),
        ("voltage", 2.899),
    ]
    assert not has_sequence_number(frame)


celsius = st.integers(-32_767, 32_767)
humidities = st.integers(0, 65_534)
pressures = st.integers(0, 65_534)
power = st.integers(0, 2_046)


@given(celsius, humidities, pressures, power, st.integers(0, 65_534))
def test_format_5_is_read_as_it_was_written(
    temperature: int, humidity: int, pressure: int, millivolts: int, sequence: int
) -> None:
    power_info = millivolts << 5 | 22
    frame = struct.pack(">BhHH6xHxH", 5, temperature, humidity, pressure, power_info, sequence)
    decoded = dict(decode_frame(frame) or [])
    assert decoded["temperature"] == pytest.approx(temperature / 200, abs=1e-6)
    assert decoded["humidity"] == pytest.approx(humidity / 400, abs=1e-6)
    assert decoded["pressure"] == pytest.approx((pressure + 50_000) / 100, abs=1e-6)
    assert decoded["voltage"] == pytest.approx(1.6 + millivolts / 1000, abs=1e-6)
    assert has_sequence_number(frame)


@given(celsius, humidities, pressures, st.integers(0, 65_534), st.integers(0, (1 << 24) - 2))
def test_format_e1_has_air_and_light(
    temperature: int, humidity: int, pressure: int, co2: int, light: int
) -> None:
    climate = struct.pack(">BhHH8x", 0xE1, temperature, humidity, pressure)
    frame = climate + struct.pack(">H2x", co2) + light.to_bytes(3, "big") + bytes(6)
    decoded = dict(decode_frame(frame) or [])
    assert decoded["co2"] == co2
    assert decoded["light"] == pytest.approx(light / 100)
    assert has_sequence_number(frame)


@pytest.mark.parametrize(("code", "lux"), [(0, 0.0), (254, 65_535.0)])
def test_the_light_of_format_6_is_a_logarithm(code: int, lux: float) -> None:
    frame = b"\x06" + bytes(12) + bytes([code]) + bytes(2)
    assert dict(decode_frame(frame) or [])["light"] == pytest.approx(lux)


@pytest.mark.parametrize("number", [0x03, 0x05, 0xC5, 0x06, 0xE1])
def test_a_frame_that_was_cut_is_refused(number: int) -> None:
    whole = bytes([number]) + bytes(40)
    assert decode_frame(whole)
    lengths = [size for size in range(1, 41) if _is_refused(whole[:size])]
    assert lengths == list(range(1, max(lengths) + 1))
    assert 10 < max(lengths) < 30


def _is_refused(frame: bytes) -> bool:
    try:
        decode_frame(frame)
    except DecodeError as error:
        return error.reason == "wrong_value"
    return False


@given(st.binary(max_size=60))
def test_whatever_comes_is_read_refused_or_unknown(frame: bytes) -> None:
    if not _is_refused(frame):
        decoded = decode_frame(frame)
        assert decoded is None or all(value == "null" or abs(float(value)) < 1e6 for _, value in decoded)


def advertisement(*structures: tuple[int, bytes]) -> str:
    return b"".join(bytes([len(body) + 1, kind]) + body for kind, body in structures).hex()


def test_the_makers_data_is_found_behind_other_structures() -> None:
    assert manufacturer_data(advertisement((0x01, b"\x06"), (0xFF, b"\x99\x04\x05abc"))) == b"\x05abc"


@pytest.mark.parametrize(
    "data", [advertisement((0x01, b"\x06")), advertisement((0xFF, b"\x4c\x00apple")), "", "00" * 30, "02"]
)
def test_another_makers_advertisement_is_none(data: str) -> None:
    assert manufacturer_data(data) is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [("xyz", "wrong_value"), ("0", "wrong_value"), (None, "wrong_type"), ("00" * 600, "wrong_type")],
)
def test_what_is_no_hexadecimal_advertisement_is_refused(data: object, reason: str) -> None:
    with pytest.raises(DecodeError) as error:
        manufacturer_data(data)
    assert error.value.reason == reason


@given(st.binary(max_size=200))
def test_any_bytes_are_searched_to_their_end(advertised: bytes) -> None:
    data = manufacturer_data(advertised.hex())
    assert data is None or data in advertised
