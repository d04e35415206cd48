"""规则 (decoding rules): how to read the messages of one kind of device, written by an installer.

A rule is plain data from a file, a page or the program; it is validated here before use. `ingest/rules`
executes it.
"""

import re
from collections.abc import Sequence
from math import isfinite
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from core.decoding.value_paths import parse
from core.errors import Refused
from core.metrics import METRICS
from core.readings.units import converter

RULE_FAMILY = "recipe"
"""The family of all devices read by rules. It is the same for all rules, so changing a device's rule does
not start new series."""

NAME_AT_MOST = 60
TOPICS_AT_MOST = 40
VALUES_AT_MOST = 100
WORDS_AT_MOST = 60
TEXT_AT_MOST = 200
BYTES_AT_MOST = 64 << 10
RESERVED = ("coldshed/", "$", "homeassistant/")

Body = Literal["json", "pairs", "text", "modbus", "family"]
Encoding = Literal["auto", "utf-8", "gb18030"]
Kind = Literal["int16", "uint16", "int32", "uint32", "float32"]
Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]
Metric = str
Words = dict[str, list[str]]


class ValueSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One value, or several alike if its path has `*` or `**`.

    An empty `metric` is derived from the value's name: the text at `named`, else its key. `position` and
    `unit` may contain `{places}`: fields of the message near the value, `{key}`, `{tag}` (the key, empty
    if it is only the metric's name), `{index}`. `when` selects values whose fields have one of the words
    (`TEMP*` for a prefix); `unless` marks such values as invalid. `whole`: scale only numbers without a
    decimal point. `error`: the value is an error code.
    """

    path: str
    metric: Metric = ""
    named: str = ""
    position: str = ""
    unit: str = ""
    scale: float = 1
    offset: float = 0
    whole: bool = False
    when: Words = {}
    unless: Words = {}
    invalid: list[str | float] = []
    error: bool = False


class RegisterSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One value in a Modbus reply. `index` counts registers from the first of the reply, from 0."""

    index: int
    metric: Metric
    kind: Kind = "int16"
    order: Order = "ABCD"
    position: str = "{slave}"
    unit: str = ""
    scale: float = 1
    offset: float = 0
    slave: int = 0
    invalid: list[float] = []


class TimeSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The measuring time: the first of `paths` that is present, nearest to the value first. `format`:
    auto, s, ms, or a strftime pattern such as `%H:%M:%S %m/%d/%Y UTC`. `zone`: empty means the site's."""

    paths: list[str] = []
    format: str = "auto"
    zone: str = ""


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`topics` are MQTT filters in which `{name}` matches and names one level.

    `device` and `display` are paths or texts with `{places}`; the first that is present counts, else the
    topic's `{device}`. `weak_device` counts only if it is not a short number. The rule skips a message
    without all of `requires`; a message with one of `ignores` has no values. `backlog` marks stored
    messages, which count only with a time of their own. `undecoded`: unreadable content is shown with its
    device.
    """

    name: str
    topics: list[str]
    body: Body = "json"
    encoding: Encoding = "auto"
    separators: str = ",;|\t\r\n"
    equals: str = "=:"
    device: list[str] = []
    weak_device: list[str] = []
    display: list[str] = []
    requires: list[str] = []
    ignores: list[str] = []
    backlog: str = ""
    values: list[ValueSource] = []
    registers: list[RegisterSource] = []
    time: TimeSource = TimeSource()
    invalid: list[str | float] = []
    decimals: int = 3
    undecoded: bool = False
    family: str = ""
    as_topic: str = ""
    note: str = ""


class FoundNumber(Struct, frozen=True):
    """A value found in a pasted message, and what its name suggests ("" if nothing)."""

    path: str
    shown: str
    metric: str
    position: str
    unit: str
    number: bool


class ExtractedValue(Struct, frozen=True):
    """One reading that a rule extracts; `at` in ms, None without a time."""

    device: str
    position: str
    metric: str
    value: float
    at: int | None


class LostValue(Struct, frozen=True):
    device: str
    position: str
    metric: str
    reason: str


class RuleTrial(Struct, frozen=True):
    """The result for one message. `reader`: the family or the rule; `refused`: a word of the reasons."""

    reader: str
    devices: list[str]
    names: list[str]
    got: list[ExtractedValue]
    lost: list[LostValue]
    refused: str = ""
    detail: str = ""


class RuleBench(Protocol):
    """Tries a rule before it is saved (`ingest.rules.workbench`)."""

    def attempt(
        self, rule: Rule | None, topic: str, payload: bytes, at: int, zone: ZoneInfo
    ) -> RuleTrial: ...

    def find_numbers(self, payload: bytes, body: Body, encoding: Encoding) -> Sequence[FoundNumber]: ...

    def draft(self, topic: str, payload: bytes) -> Rule: ...

    def as_file(self, rule: Rule) -> str: ...


def from_plain_data(facts: object) -> Rule:
    """Refused (bad_rule) if the rule is invalid; the message says what to change."""
    try:
        rule = msgspec.convert(facts, Rule)
        msgspec.json.encode(rule)  # a lone surrogate cannot be encoded
    except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
        text = "规则写得不对:%(what)s"
        raise Refused("bad_rule", text, what=str(error)[:200].encode(errors="replace").decode()) from None
    check(rule)
    return rule


def to_plain_data(rule: Rule) -> dict[str, object]:
    """Plain data for `from_plain_data`, without default values."""
    facts: dict[str, object] = msgspec.to_builtins(rule)
    return facts


def check(rule: Rule) -> None:
    """Refused (bad_rule, bad_path) if the rule cannot work."""
    if not rule.name.strip() or len(rule.name) > NAME_AT_MOST or not rule.name.isprintable():
        raise _bad("名字要有,不超过%(most)d个字", most=NAME_AT_MOST)
    if not 1 <= len(rule.topics) <= TOPICS_AT_MOST:
        raise _bad("主题至少写一个,最多%(most)d个", most=TOPICS_AT_MOST)
    for topic in rule.topics:
        check_topic(topic)
    if len(rule.values) > VALUES_AT_MOST or len(rule.registers) > VALUES_AT_MOST:
        raise _bad("数最多写%(most)d个", most=VALUES_AT_MOST)
    if rule.body == "modbus":
        if not rule.registers:
            raise _bad("Modbus的规则要写寄存器,至少一个")
    elif rule.body == "family":
        if not rule.family or not rule.as_topic:
            raise _bad("要按哪种设备读(family)、当成哪个主题(as_topic),两样都要写")
    elif not rule.values:
        raise _bad("还没有选数,至少选一个")
    if not 0 <= rule.decimals <= 6:
        raise _bad("小数位数是0到6")
    if rule.body in ("pairs", "text") and not rule.separators:
        raise _bad("要写用什么符号隔开")
    for text in (*rule.device, *rule.weak_device, *rule.display, *rule.time.paths):
        check_text(text)
    for text in (*rule.requires, *rule.ignores):
        parse(text)
    lists = (rule.device, rule.weak_device, rule.display, rule.requires, rule.ignores)
    if any(len(texts) > WORDS_AT_MOST for texts in lists):
        raise _bad("每一项最多写%(most)d个", most=WORDS_AT_MOST)
    if rule.backlog:
        parse(rule.backlog)
    _check_clock(rule.time)
    _check_words(rule.invalid)
    for take in rule.values:
        _check_take(take)
    for register in rule.registers:
        _check_register(register)
    if sum(map(len, (rule.note, rule.separators, rule.equals, rule.as_topic))) > 4 * TEXT_AT_MOST:
        raise _bad("说明太长了")


def check_topic(topic: str) -> None:
    """Refused if a rule may not have this topic."""
    levels = topic.split("/")
    good = 0 < len(topic.encode()) <= TEXT_AT_MOST and topic.isprintable() and len(levels) <= 16
    for place, level in enumerate(levels):
        held = re.fullmatch(r"\{[a-z_]{1,20}\}", level) is not None
        good = good and (held or level == "+" or not set(level) & set("+#{}"))
        if level == "#" and place == len(levels) - 1 and place:
            good = True
    if not good:
        raise _bad("主题“%(topic)s”写不对,像dtu/{device}/up这样写", topic=topic[:60])
    if topic.startswith(RESERVED):
        raise _bad("主题“%(topic)s”是系统自己用的,换一个", topic=topic[:60])
    named = re.findall(r"\{([a-z_]+)\}", topic)
    if len(named) != len(set(named)):
        raise _bad("主题“%(topic)s”里有两个一样的名字", topic=topic[:60])


def check_text(text: str) -> None:
    """Refused unless it is a path or a text with `{places}`."""
    if not text or len(text) > TEXT_AT_MOST:
        raise _bad("“%(what)s”太长或者是空的", what=text[:60])
    if "{" not in text:
        parse(text)
        return
    for place in places(text):
        parse(place)


def places(text: str) -> list[str]:
    return re.findall(r"\{([^{}]{1,60})\}", text)


def filter_of(topic: str) -> str:
    """The MQTT filter of a rule's topic: `dtu/{device}/up` -> `dtu/+/up`."""
    return "/".join("+" if level[:1] == "{" else level for level in topic.split("/"))


def _check_clock(clock: TimeSource) -> None:
    if len(clock.paths) > WORDS_AT_MOST or len(clock.format) > 60:
        raise _bad("时间写得太长了")
    if clock.format not in ("auto", "s", "ms") and "%" not in clock.format:
        raise _bad("时间的写法是auto、s、ms,或者strftime的样子")
    if clock.zone:
        try:
            ZoneInfo(clock.zone)
        except (ValueError, OSError, LookupError):
            raise _bad("没有这个时区:%(zone)s", zone=clock.zone[:40]) from None


def _check_words(words: Sequence[str | float]) -> None:
    long = any(len(word) > 60 if isinstance(word, str) else not isfinite(word) for word in words)
    if len(words) > WORDS_AT_MOST or long:
        raise _bad("坏数的写法最多%(most)d个,每个不超过60个字", most=WORDS_AT_MOST)


def _check_take(take: ValueSource) -> None:
    parse(take.path)
    _check_metric(take.metric, take.unit)
    if take.named:
        parse(take.named)
    for text in (take.position, take.unit):
        for place in places(text):
            parse(place)
        if len(text) > TEXT_AT_MOST:
            raise _bad("位置或单位太长了")
    for words in (take.when, take.unless):
        if len(words) > 8:
            raise _bad("条件最多8个")
        for path, wanted in words.items():
            parse(path)
            _check_words(wanted)
    _check_words(take.invalid)
    _check_scale(take.scale, take.offset)


def _check_register(register: RegisterSource) -> None:
    if not 0 <= register.index <= 124:
        raise _bad("寄存器的序号是0到124")
    if not 0 <= register.slave <= 247:
        raise _bad("从机地址是1到247,0是不管哪一个")
    if not register.metric:
        raise _bad("每个寄存器要写是什么数")
    _check_metric(register.metric, register.unit)
    _check_words(register.invalid)
    _check_scale(register.scale, register.offset)
    for place in places(register.position):
        parse(place)
    if len(register.position) > TEXT_AT_MOST:
        raise _bad("位置或单位太长了")


def _check_metric(metric: str, unit: str) -> None:
    if metric and metric not in METRICS:
        raise _bad("没有这种数:%(metric)s", metric=metric[:40])
    if metric and unit and "{" not in unit and converter(metric, unit) is None:
        raise _bad("%(metric)s没有这个单位:%(unit)s", metric=metric, unit=unit[:20])


def _check_scale(scale: float, offset: float) -> None:
    if not (1e-9 <= abs(scale) <= 1e9 and abs(offset) <= 1e9):
        raise _bad("倍数不能是0,也不能大得离谱")


def _bad(text: str, **facts: object) -> Refused:
    return Refused("bad_rule", text, field="", **facts)
