"""Decodes a message by a compiled rule, or returns the reason why the rule does not apply."""

from core.decoding import value_paths
from core.decoding.rules import RegisterSource, places
from core.decoding.value_paths import Path
from core.errors import DecodeError
from ingest.decoders.bodies import clean_name
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value
from ingest.rules import modbus
from ingest.rules.compiled import CompiledRule
from ingest.rules.extraction import Extraction, position_of
from ingest.rules.message import RuleMessage
from ingest.rules.placeholders import PlaceholderText
from ingest.rules.values import to_standard_unit


def decode_message(
    compiled: CompiledRule, message: RuleMessage, context: DecodeContext
) -> list[DecodedReport] | str:
    """The reports, or a word of `reasons.REASONS` if the rule does not apply. Raises DecodeError."""
    names = compiled.names_of(message.levels)
    if names is None:
        return "unknown_topic"
    if compiled.rule.body == "family":
        return _decode_as_family(compiled, message, names, context)
    if compiled.rule.body == "modbus":
        return _decode_modbus(compiled, message, names)
    try:
        body = message.body(compiled.rule)
    except DecodeError as error:
        return _unreadable(compiled, message, names, error)
    if any(_is_present(path, body) for path in compiled.ignores):
        return []
    if not all(_is_present(path, body) for path in compiled.requires):
        return "unknown_topic"
    return Extraction(compiled, names, body, context).reports()


def _is_present(path: Path, body: object) -> bool:
    return any(match.value is not None for match in value_paths.find_all(path, body))


def _unreadable(
    compiled: CompiledRule, message: RuleMessage, names: dict[str, str], error: DecodeError
) -> list[DecodedReport] | str:
    """For a message that the rule cannot parse: an undecoded report if the rule owns the topic, else the
    reason."""
    device = clean_name(names.get("device"))
    if not compiled.owns_topic or device is None:
        return error.reason
    frames = modbus.parse_replies(message.payload)
    return [DecodedReport(device, undecoded="needs_map" if frames else "needs_rule")]


def _decode_as_family(
    compiled: CompiledRule, message: RuleMessage, names: dict[str, str], context: DecodeContext
) -> list[DecodedReport] | str:
    if compiled.family is None:
        return "unknown_topic"
    topic = compiled.rule.as_topic
    for place in places(topic):
        topic = topic.replace(f"{{{place}}}", names.get(place, ""))
    return compiled.family(topic, message.payload, context)


def _decode_modbus(
    compiled: CompiledRule, message: RuleMessage, names: dict[str, str]
) -> list[DecodedReport] | str:
    frames = modbus.parse_replies(message.payload)
    if not frames:
        return "bad_frame"
    device = clean_name(names.get("device"))
    if device is None:
        raise DecodeError("no_device", message.topic)
    report = DecodedReport(device)
    for frame in frames:
        for register in compiled.rule.registers:
            if register.slave in (0, frame.slave):
                _add_register(compiled, register, frame, names, report)
    return [report]


def _add_register(
    compiled: CompiledRule,
    register: RegisterSource,
    frame: modbus.ModbusReply,
    names: dict[str, str],
    report: DecodedReport,
) -> None:
    texts = {**names, "slave": str(frame.slave), "index": str(register.index)}
    position = position_of(PlaceholderText(register.position, words=True), (), texts)
    if frame.error:
        report.invalid.append(Invalid(position, register.metric, "error_code"))
        return
    raw = modbus.register_value(register, frame.data)
    if raw is None:
        report.invalid.append(Invalid(position, register.metric, "null"))
        return
    if raw in register.invalid or raw in compiled.rule.invalid:
        report.invalid.append(Invalid(position, register.metric, "error_code"))
        return
    scaled = raw * register.scale + register.offset
    converted = to_standard_unit(register.metric, scaled, register.unit, guessed=False)
    assert converted is not None
    metric, value = converted
    if isinstance(value, str):
        report.invalid.append(Invalid(position, metric, value))
    else:
        report.values.append(Value(position, metric, round(value, compiled.rule.decimals), None))
