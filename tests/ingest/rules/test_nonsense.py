"""Whatever a rule and a message hold: a rule is refused with a sentence, a message with a reason."""

import json
from functools import cache
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.decoding.rules import Rule, from_plain_data
from core.errors import DecodeError, Refused
from core.metrics import METRICS
from i18n.language import catalogue
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.reasons import REASONS
from ingest.rules.compiled import CompiledRule
from ingest.rules.engine import decode_message
from ingest.rules.files import from_toml, shipped, to_toml
from ingest.rules.message import RuleMessage

ZONE = ZoneInfo("Asia/Shanghai")
PATHS = ("temp", "data.temp", "data[*].temp", "**", "*", "a.**", "[1]", '["a.b"]', "data|value", "$.temp",
         "a[0][*]", "{sn}/{x}", "{key}", "{tag}", "{where}", "{slave}")  # fmt: skip
KEYS = ("temp", "温度", "T1", "data", "value", "name", "sn", "id", "time", "ts", "unit", "sensorData",
        "sensorDatas", "dataItem", "registerItem", "registerName", "node", "group", "values", "tags",
        "errors", "flag", "mac", "timestamp", "battery", "status", "retransmit", "t")  # fmt: skip
WORDS = ("", "3.9", "23.5℃", "ERR", "--", "nan", "TEMP8", "温度", "2026-03-12 07:15:32",
         "07:15:32 03/12/2026 UTC", "20260312071532", "9" * 300, "\ud800", "\0", "{x}", "%", "F", "C",
         "99/99/9999", "0000-00-00 00:00:00")  # fmt: skip
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(WORDS), st.text(max_size=6),
    st.sampled_from([10**300, 10**400, 2**63, 1_773_270_932]),
)  # fmt: skip
names = st.one_of(st.sampled_from(KEYS), st.text(max_size=4))
bodies = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=6)),
    max_leaves=14,
)
texts = st.one_of(st.sampled_from(PATHS), st.sampled_from(WORDS), st.text(max_size=8))
anything = st.one_of(bodies, texts, st.lists(texts, max_size=3))
FIELDS = {
    "body": st.one_of(st.sampled_from(["json", "pairs", "text", "modbus", "family"]), anything),
    "device": st.lists(texts, max_size=2), "weak_device": st.lists(texts, max_size=2),
    "requires": st.lists(texts, max_size=1), "display": st.lists(texts, max_size=1),
    "backlog": texts, "undecoded": st.booleans(), "encoding": st.sampled_from(["auto", "gb18030", "utf-8"]),
    "time": st.fixed_dictionaries({"paths": st.lists(texts, max_size=2)}, optional={
        "format": st.one_of(st.sampled_from(["auto", "s", "ms", "%H:%M:%S %m/%d/%Y UTC", "%Q%"]), texts),
        "zone": st.sampled_from(["", "UTC", "Mars/One"])}),
    "values": st.lists(st.fixed_dictionaries({"path": texts}, optional={
        "metric": st.sampled_from(["", "temperature", "humidity", "warmth"]),
        "named": texts, "position": texts,
        "unit": st.sampled_from(["", "C", "F", "{unit}", "kg"]), "scale": st.floats(), "offset": st.floats(),
        "when": st.dictionaries(texts, st.lists(texts, max_size=2), max_size=2), "error": st.booleans(),
        "unless": st.dictionaries(texts, st.lists(texts, max_size=2), max_size=1), "whole": st.booleans(),
        "invalid": st.lists(st.one_of(texts, st.floats()), max_size=2)}), max_size=3),
    "registers": st.lists(st.fixed_dictionaries(
        {"index": st.integers(-1, 130), "metric": st.sampled_from(["temperature", "co2", ""])},
        optional={"kind": st.sampled_from(["int16", "uint32", "float32"]), "position": texts,
                  "order": st.sampled_from(["ABCD", "CDAB"]), "scale": st.floats()}), max_size=3),
}  # fmt: skip
TAKES = FIELDS.pop("values")
rules_data = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["a", "b", "规则", "\0"]),
        "topics": st.one_of(*[st.just(["dtu/{device}/up"])] * 4, anything),
        "values": TAKES,
    },
    optional=FIELDS,
)
payloads = st.one_of(
    bodies.map(lambda body: json.dumps(body).encode()),
    st.binary(max_size=40),
    texts.map(lambda text: text.encode(errors="replace")),
    st.sampled_from([bytes.fromhex("010304017200004e9a10"), b"OK,23.5,80", b"T=3.4;H=80", b"[" * 4000]),
)
quick = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


def decoded(rule: CompiledRule, topic: str, payload: bytes) -> None:
    try:
        result = decode_message(rule, RuleMessage(topic, payload), DecodeContext(ZONE, 1_773_271_000_000))
    except DecodeError as error:
        result = error.reason
    if isinstance(result, str):
        assert result in REASONS
        return
    for report in result:
        sound(report)


def sound(report: DecodedReport) -> None:
    assert report.device
    assert len(report.device) <= 64
    for text in (report.device, report.name):
        text.encode()
    for value in report.values:
        assert value.metric in METRICS
        assert type(value.value) is float
        assert isfinite(value.value)
        assert value.at is None or 0 <= value.at < 1 << 62
        assert len(value.position) <= 70
        value.position.encode()
    for invalid in report.invalid:
        assert invalid.reason in REASONS
        assert invalid.metric in METRICS or invalid.metric == ""
    keys = [(value.metric, value.position, value.at) for value in report.values]
    assert len(keys) == len(set(keys)), "one message makes two values of one probe"


def refused(error: Refused) -> None:
    assert error.reason in ("bad_rule", "bad_path")
    assert error.text in catalogue("en")


@given(rules_data, payloads)
@quick
def test_a_rule_made_of_nonsense_is_refused_with_a_sentence_or_works(facts: Any, payload: bytes) -> None:
    try:
        rule = from_plain_data(facts)
    except Refused as error:
        refused(error)
        return
    decoded(CompiledRule(rule), "dtu/box1/up", payload)
    assert from_toml(to_toml(rule)) == rule


PLACES = ("temp", "data[*].temp", "**", "*", "[0]", "data|value", "data.*", "*.*", "data[*].*", "温度", "T1")
TEXTS = ("", "{key}", "{where}", "{tag}", "{sn}/{data.x}", "门边", "{index}", "{nothing}")
paths = st.sampled_from(PLACES)
good = st.fixed_dictionaries(
    {
        "name": st.just("a"),
        "topics": st.just(["dtu/{device}/up"]),
        "values": st.lists(
            st.fixed_dictionaries(
                {"path": paths},
                optional={
                    "metric": st.sampled_from(["", *METRICS]),
                    "named": st.sampled_from(["name", "data.name", "flag"]),
                    "position": st.sampled_from(TEXTS),
                    "unit": st.sampled_from(["", "{unit}", "{value}"]),
                    "scale": st.sampled_from([0.1, -1.0, 1e9]),
                    "when": st.dictionaries(
                        paths, st.lists(st.sampled_from(["3.9", "TEMP*", ""])), max_size=1
                    ),
                    "unless": st.dictionaries(
                        paths, st.lists(st.sampled_from(["3.9", "TEMP*", ""])), max_size=1
                    ),
                    "whole": st.booleans(),
                    "error": st.booleans(),
                },
            ),
            min_size=1,
            max_size=4,
        ),
    },
    optional={
        "body": st.sampled_from(["json", "pairs", "text"]),
        "device": st.lists(st.sampled_from(["sn", "{sn}/{id}", "{device}", "data.id"]), max_size=2),
        "weak_device": st.just(["id"]),
        "display": st.just(["name"]),
        "requires": st.lists(paths, max_size=1),
        "ignores": st.lists(st.just("mac"), max_size=1),
        "backlog": st.just("retransmit"),
        "undecoded": st.booleans(),
        "encoding": st.sampled_from(["auto", "gb18030", "utf-8"]),
        "time": st.fixed_dictionaries(
            {
                "paths": st.lists(st.sampled_from(["time", "ts", "t", "{time} {ts}", "timestamp.value"])),
                "format": st.sampled_from(["auto", "s", "ms", "%H:%M:%S %m/%d/%Y UTC", "%Q%", "%Y %z"]),
            }
        ),
    },
)


@given(good, payloads)
@quick
def test_no_message_breaks_a_rule_that_somebody_wrote(facts: Any, payload: bytes) -> None:
    rule = from_plain_data(facts)
    decoded(CompiledRule(rule), "dtu/box1/up", payload)
    assert from_toml(to_toml(rule)) == rule


@cache
def rules() -> list[CompiledRule]:
    return [CompiledRule(rule) for rule in shipped().values()]


@given(payloads)
@quick
def test_no_message_breaks_a_rule_that_comes_with_the_program(payload: bytes) -> None:
    for rule in rules():
        topic = "/".join(level if level not in ("+", "#") else "b1" for level in rule.filters[0].split("/"))
        decoded(rule, topic, payload)


@given(st.text(max_size=200))
@quick
def test_no_text_breaks_the_reading_of_a_file(text: str) -> None:
    try:
        assert isinstance(from_toml(text), Rule)
    except Refused as error:
        refused(error)
