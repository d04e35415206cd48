import json

import pytest

from core.errors import DecodeError
from ingest.decoders.bodies import clean_name, load_json, load_json_object, parse_number, parse_online


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (3, 3.0),
        (-0.5, -0.5),
        ("26.68", 26.68),
        (" -3.9 ", -3.9),
        ("1e3", 1000.0),
        (None, "null"),
        (True, "wrong_type"),
        ([], "wrong_type"),
        ("", "not_a_number"),
        ("3,9", "not_a_number"),
        ("1_0", "not_a_number"),
        ("３", "not_a_number"),
        ("NaN", "not_finite"),
        ("-Infinity", "not_finite"),
        ("1e999", "not_finite"),
        (float("nan"), "not_finite"),
        (10**400, "not_finite"),
    ],
)
def test_a_number_or_the_reason_why_it_is_none(raw: object, expected: float | str) -> None:
    assert parse_number(raw) == expected


@pytest.mark.parametrize(
    "payload",
    [
        b'\xef\xbb\xbf{"temperature":3.9}',
        b'{"temperature":3.9}\x00\x00',
        b'\r\n{"temperature":3.9}\r\n',
        '{"name":"库","temperature":3.9}'.encode("gbk"),
    ],
)
def test_padding_marks_and_gbk_are_read(payload: bytes) -> None:
    assert load_json_object(payload)["temperature"] == 3.9


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"hello", "not_json"),
        (b"", "not_json"),
        (b'{"a":1', "not_json"),
        (b'"\xff\xff"', "bad_encoding"),
        (b"[" * 10_000, "too_deep"),
        (b"[" * 1_500, "too_deep"),
        (b"[" * 1_500 + b"]" * 1_500, "too_deep"),
        (b'{"a":' * 501 + b"1" + b"}" * 501, "too_deep"),
        (b"[]", "not_object"),
        (b"3.9", "not_object"),
    ],
)
def test_what_is_no_object_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as error:
        load_json_object(payload)
    assert error.value.reason == reason


def test_json_is_read() -> None:
    assert load_json(b'[1, {"a": null}]') == [1, {"a": None}]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("门边", "门边"),
        (" a\n\x00b ", "ab"),
        ("", None),
        (7, "7"),
        (None, None),
        (["a"], None),
        ("x" * 99, "x" * 64),
    ],
)
def test_a_probes_name_is_printable_and_short(raw: object, expected: str | None) -> None:
    assert clean_name(raw) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [(b"online", True), (b"Offline", False), (b'"online"', True), (b'{"state":"offline"}', False)],
)
def test_availability_is_read_bare_and_as_json(payload: bytes, expected: bool) -> None:
    assert parse_online(payload) is expected


@pytest.mark.parametrize("payload", [b"maybe", b'{"state":1}', b"{}", b"\0"])
def test_another_word_is_no_availability(payload: bytes) -> None:
    with pytest.raises(DecodeError) as error:
        parse_online(payload)
    assert error.value.reason == "wrong_value"


def test_many_values_side_by_side_are_not_too_deep() -> None:
    payload = json.dumps([{"at": moment, "values": [1, 2]} for moment in range(2_000)]).encode()
    assert len(load_json(payload)) == 2_000  # type: ignore[arg-type] # a list
