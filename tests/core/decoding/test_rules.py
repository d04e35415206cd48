"""A rule that cannot work is refused when it is written, not when the first message comes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decoding.rules import (
    RESERVED,
    TOPICS_AT_MOST,
    VALUES_AT_MOST,
    Rule,
    check_topic,
    filter_of,
    from_plain_data,
    to_plain_data,
)
from core.decoding.topic_filters import matches
from core.errors import Refused

VALUE = {"path": "temp", "metric": "temperature"}
REGISTER = {"index": 0, "metric": "temperature"}
JSON_RULE: dict[str, Any] = {"name": "north", "topics": ["dtu/{device}/up"], "values": [VALUE]}
MODBUS_RULE: dict[str, Any] = {
    "name": "bus",
    "topics": ["dtu/{device}/up"],
    "body": "modbus",
    "registers": [REGISTER],
}


def value(**facts: Any) -> dict[str, Any]:
    return {"values": [{**VALUE, **facts}]}


def register(**facts: Any) -> dict[str, Any]:
    return {"registers": [{**REGISTER, **facts}]}


@pytest.mark.parametrize(
    "facts",
    [
        {"name": " "},
        {"name": "x" * 61},
        {"name": "a\nb"},
        {"name": "\ud800"},
        {"topics": []},
        {"topics": [f"a{n}" for n in range(TOPICS_AT_MOST + 1)]},
        {"values": []},
        {"values": [VALUE] * (VALUES_AT_MOST + 1)},
        {"body": "xml"},
        {"body": "family"},
        {"body": "text", "separators": ""},
        {"decimals": 7},
        {"decimals": -1},
        {"device": [""]},
        {"device": ["a"] * 61},
        {"time": {"format": "seconds"}},
        {"time": {"zone": "Asia/Nowhere"}},
        {"time": {"zone": "../etc/passwd"}},
        {"invalid": ["x" * 61]},
        {"invalid": [float("nan")]},
        {"note": "x" * 900},
        {"colour": "red"},
        value(metric="gold"),
        value(unit="kg"),
        value(scale=0),
        value(scale=float("inf")),
        value(offset=float("nan")),
        value(position="x" * 201),
        value(when={str(n): ["a"] for n in range(9)}),
        value(metrics="temperature"),
    ],
    ids=repr,
)
def test_a_rule_that_cannot_work_is_refused(facts: dict[str, Any]) -> None:
    from_plain_data(JSON_RULE)
    with pytest.raises(Refused) as refused:
        from_plain_data({**JSON_RULE, **facts})
    assert refused.value.reason == "bad_rule"


@pytest.mark.parametrize(
    "facts",
    [
        {"registers": []},
        register(index=125),
        register(index=-1),
        register(slave=248),
        register(metric=""),
        register(metric="gold"),
        register(unit="ppm"),
        register(kind="int8"),
        register(order="ADCB"),
        register(scale=0),
        register(position="x" * 201),
    ],
    ids=repr,
)
def test_a_register_that_no_reply_has_is_refused(facts: dict[str, Any]) -> None:
    from_plain_data(MODBUS_RULE)
    with pytest.raises(Refused) as refused:
        from_plain_data({**MODBUS_RULE, **facts})
    assert refused.value.reason == "bad_rule"


@pytest.mark.parametrize(
    "facts",
    [
        value(path="list[x"),
        value(named="a..b[["),
        value(position="{a[}"),
        {"requires": ["[x"]},
        {"backlog": "[x"},
        {"time": {"paths": ["[x"]}},
    ],
    ids=repr,
)
def test_a_path_that_can_be_found_in_no_message_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        from_plain_data({**JSON_RULE, **facts})
    assert refused.value.reason == "bad_path"


@pytest.mark.parametrize(
    "facts", [None, 1, "rule", [], {"name": 1}, {"values": [[]]}, {**JSON_RULE, "topics": "a"}]
)
def test_what_is_no_rule_at_all_is_refused_with_a_sentence(facts: object) -> None:
    with pytest.raises(Refused, match="规则写得不对"):
        from_plain_data(facts)


rules = st.builds(
    Rule,
    name=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=60),
    topics=st.lists(
        st.sampled_from(["a/{device}", "+/b", "c/#", "{place}/{device}/up"]), min_size=1, max_size=3
    ),
    body=st.sampled_from(["json", "pairs", "text"]),
    values=st.just(from_plain_data(JSON_RULE).values),
    decimals=st.integers(0, 6),
    invalid=st.lists(st.one_of(st.integers(-999, 999).map(float), st.text("abc-", max_size=5)), max_size=4),
    undecoded=st.booleans(),
    note=st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
)


@given(rules)
def test_a_rule_comes_back_from_a_file_as_it_was(rule: Rule) -> None:
    assert from_plain_data(to_plain_data(rule)) == rule


words = st.text("ab-_", min_size=1, max_size=5)
levels = st.one_of(words, st.just("+"), st.sampled_from(["{device}", "{place}", "{x_y}"]))


@given(st.lists(levels, min_size=1, max_size=6, unique=True), words, st.booleans())
def test_the_broker_is_asked_for_every_topic_that_a_rule_names(
    topic: list[str], word: str, deep: bool
) -> None:
    wild = "/".join([*topic, "#"] if deep else topic)
    check_topic(wild)
    sent = [word if level[0] in "{+" else level for level in topic]
    assert matches(filter_of(wild), "/".join([*sent, word, word] if deep else sent))
    assert "{" not in filter_of(wild)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "#",
        "a/#/b",
        "a#",
        "a+/b",
        "{device",
        "x{device}",
        "{DEVICE}",
        "{}",
        "{device}/{device}",
        "a/\n",
        "x" * 201,
        "库" * 67,
        "/".join("a" * 17),
    ],
)
def test_a_topic_that_no_broker_takes_is_refused(topic: str) -> None:
    with pytest.raises(Refused):
        check_topic(topic)


@given(st.sampled_from(RESERVED), words)
def test_no_rule_reads_what_the_program_says_itself(reserved: str, word: str) -> None:
    with pytest.raises(Refused, match="系统自己用的"):
        check_topic(reserved + word)
