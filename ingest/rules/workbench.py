"""Tries a rule on a message before it is used, and drafts a rule from a message."""

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from core.decoding import value_paths
from core.decoding.rules import (
    RULE_FAMILY,
    Body,
    Encoding,
    ExtractedValue,
    FoundNumber,
    LostValue,
    RegisterSource,
    Rule,
    RuleTrial,
    TimeSource,
    ValueSource,
    check,
)
from core.decoding.value_names import believed
from core.decoding.value_paths import PathMatch
from core.errors import DecodeError, Refused
from ingest.decoder_memory import FamilyMemory
from ingest.decoders import Router
from ingest.decoders.contract import Decode, DecodeContext
from ingest.rules import modbus
from ingest.rules.build import compile_rule, shipped_rules
from ingest.rules.compiled import CompiledRule
from ingest.rules.engine import decode_message
from ingest.rules.files import shipped, to_toml
from ingest.rules.message import RuleMessage
from ingest.rules.rule_list import RuleList, make_decoder
from ingest.rules.values import named_value, parse_value

FOUND_AT_MOST = 120
SHOWN = 40
PAYLOAD_AT_MOST = 64 << 10
_DEVICES = shipped()["dtu"].device
_TIMES = shipped()["dtu"].time.paths
_EVERYTHING = ValueSource(path="**")


class Workbench:
    """Implements `core.decoding.rules.Bench`. `own` are the federation's own rules in use now."""

    def __init__(self, own: Sequence[CompiledRule] = ()) -> None:
        self._own = own

    def attempt(self, rule: Rule | None, topic: str, payload: bytes, at: int, zone: ZoneInfo) -> RuleTrial:
        """Decodes the message by this rule; without one, by the decoder that the topic has now. Raises
        Refused if the rule is invalid."""
        context = DecodeContext(zone, at, memory=FamilyMemory())
        if len(payload) > PAYLOAD_AT_MOST:
            return _failed_trial("", "too_large", str(len(payload)))
        if rule is not None:
            check(rule)
            made = compile_rule(rule)
            return _trial_of(rule.name, make_decoder([made], made), topic, payload, context)
        router = Router()
        router.use_rules(RuleList(self._own, shipped_rules()))
        route = router.find(topic)
        if route is None:
            return _failed_trial("", "unknown_topic")
        return _trial_of(
            self._name(route.family, topic, payload, context), route.decode, topic, payload, context
        )

    def _name(self, family: str, topic: str, payload: bytes, context: DecodeContext) -> str:
        """The family, or the name of the rule that decodes the message."""
        message = RuleMessage(topic, payload)
        for compiled in (*self._own, *shipped_rules()) if family == RULE_FAMILY else ():
            try:
                if not isinstance(decode_message(compiled, message, context), str):
                    return compiled.rule.name
            except DecodeError:
                return compiled.rule.name
        return family

    def find_numbers(self, payload: bytes, body: Body, encoding: Encoding) -> list[FoundNumber]:
        """Every value in the message with its path, and its metric if the name tells it. Raises Refused."""
        if body == "modbus":
            return _registers(payload)
        rule = Rule(name="a", topics=["a"], body=body, encoding=encoding)
        try:
            message = RuleMessage("a", payload[:PAYLOAD_AT_MOST]).body(rule)
        except DecodeError as error:
            raise Refused("not_read", "这条消息按这种写法读不出来,换一种试试") from error
        every = value_paths.find_all(value_paths.parse("**"), message)
        return [_find_number(match) for match, _ in zip(every, range(FOUND_AT_MOST), strict=False)]

    def draft(self, topic: str, payload: bytes) -> Rule:
        """A draft rule with every value whose name tells its metric. Raises Refused."""
        body = _kind(payload)
        name, pattern = _pattern(topic)
        if body == "modbus":
            return Rule(name=name, topics=[pattern], body=body, registers=list(_PROBES))
        numbers = self.find_numbers(payload, body, "auto")
        probes: set[tuple[str, str]] = set()
        sources = []
        for number in numbers:
            if number.metric and (number.metric, number.position) not in probes:
                probes.add((number.metric, number.position))
                sources.append(
                    ValueSource(
                        path=number.path, metric=number.metric, position=number.position, unit=number.unit
                    )
                )
        paths = {number.path for number in numbers}
        return Rule(
            name=name,
            topics=[pattern],
            body=body,
            device=[path for path in _DEVICES if path in paths][:3],
            values=sources,
            time=TimeSource(paths=[path for path in _TIMES if path in paths and len(path) > 1][:3]),
            invalid=shipped()["dtu"].invalid,
        )

    def as_file(self, rule: Rule) -> str:
        """The rule as TOML for the data folder's `rules/`."""
        return to_toml(rule)


_PROBES = (
    RegisterSource(index=0, metric="humidity", kind="uint16", scale=0.1),
    RegisterSource(index=1, metric="temperature", kind="int16", scale=0.1),
)
"""The usual register map of an RS485 probe."""


def _kind(payload: bytes) -> Body:
    if modbus.parse_replies(payload):
        return "modbus"
    try:
        RuleMessage("a", payload).body(Rule(name="a", topics=["a"]))
    except DecodeError:
        return "pairs" if re.search(rb"[^\W\d]\w*\s*[=:]\s*[-+]?\d", payload) else "text"
    return "json"


def _pattern(topic: str) -> tuple[str, str]:
    """(name of the rule, topic): the level that looks like a device id becomes `{device}`."""
    levels = topic.split("/")
    like = [place for place, level in enumerate(levels) if re.search(r"\d", level)]
    words = [
        place for place in range(1, len(levels)) if levels[place] not in ("up", "data", "report", "post")
    ]
    place = max(like, key=lambda index: len(levels[index])) if like else (words or [len(levels) - 1])[0]
    name = "/".join(level for at, level in enumerate(levels) if at != place and level) or topic
    return name[:40], "/".join("{device}" if at == place else level for at, level in enumerate(levels))


def _find_number(match: PathMatch) -> FoundNumber:
    meaning = named_value(match, _EVERYTHING, None)
    value, _ = parse_value(match.value, meaning.metric if meaning else "", ())
    number = not isinstance(value, str)
    if meaning is not None and not isinstance(value, str) and not believed(meaning, value):
        meaning = None
    shown = "null" if match.value is None else str(match.value)
    return FoundNumber(
        path=value_paths.format_path(match.steps),
        shown=shown[:SHOWN].encode(errors="replace").decode(),
        metric=meaning.metric if meaning and number else "",
        position=meaning.which if meaning else "",
        unit=meaning.unit if meaning and meaning.unit not in ("csq",) else "",
        number=number,
    )


def _registers(payload: bytes) -> list[FoundNumber]:
    frames = modbus.parse_replies(payload)
    if not frames:
        raise Refused("not_read", "这条消息按这种写法读不出来,换一种试试")
    probes = {register.index: register for register in _PROBES}
    numbers = []
    for index in range(len(frames[0].data) // 2):
        value = modbus.register_value(RegisterSource(index=index, metric="temperature"), frames[0].data)
        usual = probes.get(index) if len(frames[0].data) == 4 else None
        metric = usual.metric if usual else ""
        numbers.append(FoundNumber(str(index), f"{value:g}", metric, "", "", True))
    return numbers


def _trial_of(reader: str, decode: Decode, topic: str, payload: bytes, context: DecodeContext) -> RuleTrial:
    try:
        reports = decode(topic, payload, context)
    except DecodeError as error:
        return _failed_trial(reader, error.reason, str(error))
    values = [ExtractedValue(report.device, *value) for report in reports for value in report.values]
    invalid = [LostValue(report.device, *invalid) for report in reports for invalid in report.invalid]
    undecoded = next((report.undecoded for report in reports if report.undecoded), "")
    names = [report.name for report in reports]
    return RuleTrial(reader, [report.device for report in reports], names, values, invalid, undecoded)


def _failed_trial(reader: str, reason: str, detail: str = "") -> RuleTrial:
    return RuleTrial(reader, [], [], [], [], reason, detail)
