"""Sparkplug's protobuf: a round trip through an independent encoder, and that damage is always an error."""

import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DecodeError
from ingest.decoders.sparkplug.wire import METRICS_AT_MOST, UNPACKED_AT_MOST, parse_payload, rebirth_command
from tests.ingest.sparkplug import block, metric, number, payload, varint

AT = 1_773_270_932_000
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.text(max_size=20), st.integers(0, (1 << 64) - 1), st.integers(1, AT * 2), floats)
def test_a_metric_is_read_as_it_was_written(name: str, alias: int, at: int, value: float) -> None:
    (parsed,) = parse_payload(payload(metric(name, value, "Double", alias=alias, at=at))).metrics
    assert (parsed.name, parsed.alias, parsed.at, parsed.value, parsed.datatype) == (
        name,
        alias,
        at,
        value,
        10,
    )


@given(floats)
def test_a_short_float_has_no_digits_that_were_never_there(value: float) -> None:
    (parsed,) = parse_payload(payload(metric("t", value, "Float"))).metrics
    assert isinstance(parsed.value, float)
    assert parsed.value == pytest.approx(value, rel=1e-6, abs=1e-44)
    assert len(repr(parsed.value).split("e")[0].strip("-").replace(".", "")) <= 18


def test_3_9_stays_3_9() -> None:
    assert parse_payload(payload(metric("t", 3.9, "Float"))).metrics[0].value == 3.9


@pytest.mark.parametrize(
    ("kind", "written", "read"),
    [
        ("Int32", -1, 0xFFFFFFFF),
        ("Int64", -1, (1 << 64) - 1),
        ("UInt64", 1 << 63, 1 << 63),
        ("Boolean", 1, True),
        ("String", "库", "库"),
    ],
)
def test_integers_come_without_their_sign_and_the_rest_as_it_is(
    kind: str, written: object, read: object
) -> None:
    assert parse_payload(payload(metric("t", written, kind))).metrics[0].value == read


def test_time_and_number_are_of_the_whole_payload() -> None:
    parsed = parse_payload(payload(at=AT, seq=255))
    assert (parsed.at, parsed.seq, parsed.metrics) == (AT, 255, [])


@pytest.mark.parametrize("at", [0, (1 << 64) - 1, 253_402_300_800_000])
def test_a_time_that_is_none_is_left_out(at: int) -> None:
    assert parse_payload(payload(at=at)).at is None


@pytest.mark.parametrize("key", ["engUnit", "Engineering Unit", "unit", "UOM"])
def test_unit_and_quality_are_read_from_the_properties(key: str) -> None:
    (parsed,) = parse_payload(
        payload(metric("t", 3.0, "Float", properties={key: "°F", "Quality": 500}))
    ).metrics
    assert (parsed.unit, parsed.quality) == ("°F", 500)


def test_members_of_a_template_are_metrics() -> None:
    member = metric("temp", 3.0, "Float")
    (parsed,) = parse_payload(payload(metric("door", [member], "Template"))).metrics
    assert [inner.name for inner in parsed.members or []] == ["temp"]


def test_templates_in_templates_end_at_a_depth() -> None:
    nested = metric("inner", 3.0, "Float")
    for _ in range(8):
        nested = metric("t", [nested], "Template")
    parsed, depth = parse_payload(payload(nested)).metrics[0], 0
    while parsed.members:
        parsed, depth = parsed.members[0], depth + 1
    assert depth <= 3


@pytest.mark.parametrize(
    "pack",
    [zlib.compress, lambda body: zlib.compress(body, wbits=31), lambda body: zlib.compress(body, wbits=-15)],
)
def test_a_compressed_payload_is_the_one_inside(pack: object) -> None:
    assert callable(pack)
    inner = payload(metric("t", 3.0, "Float"), at=None)
    parsed = parse_payload(
        number(1, AT) + number(3, 7) + block(4, "SPBV1.0_COMPRESSED") + block(5, pack(inner))
    )
    assert (parsed.at, parsed.seq, [item.name for item in parsed.metrics]) == (AT, 7, ["t"])


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(bytes(4 * UNPACKED_AT_MOST))
    with pytest.raises(DecodeError) as error:
        parse_payload(block(4, "SPBV1.0_COMPRESSED") + block(5, bomb))
    assert error.value.reason == "too_large"


def test_a_bomb_in_a_bomb_is_read_once() -> None:
    inner = block(4, "SPBV1.0_COMPRESSED") + block(5, zlib.compress(payload(metric("t", 1.0, "Float"))))
    assert parse_payload(block(4, "SPBV1.0_COMPRESSED") + block(5, zlib.compress(inner))).metrics == []


def test_more_metrics_than_a_node_has_are_refused() -> None:
    with pytest.raises(DecodeError) as error:
        parse_payload(block(2, b"") * (METRICS_AT_MOST + 1))
    assert error.value.reason == "too_many"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x12\x05ab", id="a block that ends too early"),
        pytest.param(b"\x09abc", id="a double that ends too early"),
        pytest.param(b"\x08", id="a key without its number"),
        pytest.param(b"\x08" + b"\xff" * 10, id="a number without an end"),
        pytest.param(b"\x07\x01", id="field nought"),
        pytest.param(b"\x0b", id="a group, which Sparkplug has none of"),
        pytest.param(number(2, 5), id="a metric that is a number"),
    ],
)
def test_what_is_no_protobuf_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError) as error:
        parse_payload(body)
    assert error.value.reason == "not_protobuf"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_payload_or_refused(body: bytes) -> None:
    with contextlib.suppress(DecodeError):
        parse_payload(body)


@given(st.integers(0, 80), st.integers(0, 255))
def test_one_changed_byte_is_read_or_refused(place: int, byte: int) -> None:
    body = bytearray(
        payload(metric("temperature", 3.5, "Float", alias=3, properties={"engUnit": "C"}), seq=1)
    )
    body[place % len(body)] = byte
    with contextlib.suppress(DecodeError):
        parse_payload(bytes(body))


def test_fields_that_nobody_needs_are_stepped_over() -> None:
    unknown = (
        number(99, 1)
        + block(98, b"x" * 300)
        + varint(97 << 3 | 5)
        + bytes(4)
        + varint(96 << 3 | 1)
        + bytes(8)
    )
    assert parse_payload(unknown + payload(seq=4)).seq == 4


def test_a_wrong_length_of_a_float_is_no_value() -> None:
    body = block(1, "t") + block(12, struct.pack("<d", 3.0))
    assert parse_payload(block(2, body)).metrics[0].value is None


@given(st.integers(1, AT * 2))
def test_the_rebirth_command_is_readable_by_a_node(now: int) -> None:
    command = parse_payload(rebirth_command(now))
    assert (command.at, command.metrics[0].name, command.metrics[0].value) == (
        now,
        "Node Control/Rebirth",
        True,
    )
