"""A message is parsed once for many rules, and each gets it as it wants it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decoding.rules import Rule
from core.errors import DecodeError
from ingest.rules.message import PAIRS, RuleMessage, split, text_of


def rule(**facts: Any) -> Rule:
    return Rule(name="a", topics=["a"], **facts)


def body(payload: bytes, **facts: Any) -> object:
    return RuleMessage("a", payload).body(rule(**facts))


def test_rules_of_one_kind_share_the_parsed_body() -> None:
    message = RuleMessage("a", b'{"t": 3}')
    assert message.body(rule()) is message.body(rule(device=["id"]))


def test_rules_of_another_kind_get_it_in_their_own_way() -> None:
    message = RuleMessage("a", b"t=3;h=80")
    assert message.body(rule(body="pairs")) == {"t": "3", "h": "80"}
    assert message.body(rule(body="text")) == ["t=3", "h=80"]
    assert message.body(rule(body="text", separators="=")) == ["t", "3;h", "80"]


def test_a_body_that_cannot_be_read_says_so_to_every_rule() -> None:
    message = RuleMessage("a", b"t=3")
    for _ in range(2):
        with pytest.raises(DecodeError) as error:
            message.body(rule())
        assert error.value.reason == "not_json"
    assert message.body(rule(body="pairs")) == {"t": "3"}


@pytest.mark.parametrize(
    ("payload", "facts", "reason"),
    [
        (b"3.5", {}, "not_object"),
        (b'"text"', {}, "not_object"),
        (b"no pairs here", {"body": "pairs"}, "nothing_known"),
        (b"\xff\xff", {"body": "text"}, "bad_encoding"),
        ("温度=3".encode("gb18030"), {"body": "pairs", "encoding": "utf-8"}, "bad_encoding"),
    ],
)
def test_the_reason_says_what_is_wrong(payload: bytes, facts: dict[str, Any], reason: str) -> None:
    with pytest.raises(DecodeError) as error:
        body(payload, **facts)
    assert error.value.reason == reason


@pytest.mark.parametrize("encoding", ["auto", "gb18030"])
@pytest.mark.parametrize("kind", ["json", "pairs"])
def test_names_in_the_usual_chinese_encoding_are_read(encoding: Any, kind: Any) -> None:
    text = '{"温度": "3"}' if kind == "json" else "温度=3"
    assert body(text.encode("gb18030"), body=kind, encoding=encoding) == {"温度": "3"}


def test_of_a_name_that_comes_twice_the_first_counts() -> None:
    assert body(b"t=3;t=4", body="pairs") == {"t": "3"}


def test_only_the_first_sign_of_a_part_divides_it() -> None:
    assert body(b"time=07:15:32;t:3", body="pairs") == {"time": "07:15:32", "t": "3"}


def test_a_flood_of_parts_is_cut() -> None:
    assert len(split("1," * 10 * PAIRS, ",")) == PAIRS


@given(
    st.lists(st.text("abc 123.-", max_size=6), min_size=1, max_size=20),
    st.text(",;|\t", min_size=1, max_size=4),
)
def test_every_separator_divides_alike(parts: list[str], separators: str) -> None:
    text = parts[0] + "".join(
        separators[place % len(separators)] + part for place, part in enumerate(parts[1:])
    )
    assert split(text, separators) == [part.strip() for part in parts]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff\0 \t\r\n"), max_size=20))
def test_padding_around_a_text_is_taken_off(text: str) -> None:
    assert text_of(b"\xef\xbb\xbf\0 " + text.encode() + b"\r\n\0", "utf-8") == text
