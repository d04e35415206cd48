"""Decodes states and availability. A value without a definition is decoded by its name, or held for one."""

from typing import Any
from zoneinfo import ZoneInfo

from core.errors import DecodeError
from core.readings.units import converter
from ingest.decoders.bodies import as_text, clean_name, load_json, parse_number, parse_online
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value
from ingest.decoders.esphome.discovery import Entity
from ingest.decoders.esphome.template_operations import MISSING, Read, Unreadable
from ingest.decoders.free_names import fahrenheit_twins, metric_of, our_unit, switch_of, words
from ingest.decoders.times import parse_time

_NOTHING = {"none", "null", "unknown", "unavailable", ""}
_ON_OFF = {"on": 1.0, "off": 0.0, "true": 1.0, "false": 0.0, "open": 1.0, "closed": 0.0, "close": 0.0}
_UNIT_MATTERS = {"temperature", "pressure", "energy", "voltage"}
_WAIT_MS = 60_000
_FIELDS = 100
_HEALTH = {"battery", "voltage", "signal"}


def decode_defined(entities: list[Entity], payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    text = as_text(payload)
    scope: tuple[str, object] = (text, None)
    if any(_needs_json(entity["t"]) for entity in entities):
        scope = (text, load_json(payload))
    reports: dict[str, DecodedReport] = {}
    for entity in entities:
        if entity["x"] or not entity["m"]:
            continue
        report = reports.get(entity["d"])
        if report is None:
            report = reports[entity["d"]] = DecodedReport(entity["d"], name=entity["n"])
        _add_entity(report, entity, scope)
    spoken = [r for r in reports.values() if r.values or r.invalid or r.undecoded]
    for report in spoken:
        if context.memory.get(f"d:{report.device}") is None:
            context.memory.put(f"d:{report.device}", True)
    return spoken


def _add_entity(report: DecodedReport, entity: Entity, scope: tuple[str, object]) -> None:
    raw: Any = scope[0]
    if entity["t"]:
        read = _template(entity["t"])
        try:
            raw = read(scope) if read is not None else MISSING
        except Unreadable:
            raw = ""
        if read is None:
            report.undecoded = "needs_meaning"
            return
    if raw is MISSING:
        return
    _add_value(report, entity["p"], entity["m"], _value(entity, raw))


def _template(text: str) -> Read | None:
    """Imports the parser late, since most installations have no template and Jinja takes 6.5 MB."""
    from ingest.decoders.esphome.templates import template

    return template(text)


def _needs_json(text: str) -> bool:
    return "value_json" in text


def _value(entity: Entity, raw: object) -> float | str:
    if raw is None or (isinstance(raw, str) and raw.strip().lower() in _NOTHING):
        return "null"
    if "on" in entity:
        word = str(raw).strip().lower()
        return {entity["on"]: 1.0, entity["off"]: 0.0}.get(word, "wrong_value")
    return _number(entity["m"], entity["u"], raw)


def _number(metric: str, unit: str, raw: object) -> float | str:
    value = parse_number(raw)
    if isinstance(value, str):
        return value
    change = converter(metric, unit)
    return parse_number(change(value)) if change is not None else "unknown_unit"


def _add_value(
    report: DecodedReport, position: str, metric: str, value: float | str, at: int | None = None
) -> None:
    """Adds a value once per probe, even if several definitions describe it."""
    if any(item[:2] == (position, metric) for item in report.values):
        return
    if isinstance(value, float):
        report.values.append(Value(position, metric, value, at))
    elif not (value == "null" and metric in _HEALTH):
        report.invalid.append(Invalid(position, metric, value))


def decode_availability(devices: dict[str, list[str]], payload: bytes) -> list[DecodedReport]:
    text = as_text(payload)
    reports = []
    for device, (present, gone, how) in devices.items():
        word: Any = text
        if how:
            read = _template(how)
            try:
                word = read((text, load_json(payload) if _needs_json(how) else None)) if read else ""
            except Unreadable:
                word = ""
        is_online = {gone: False, present: True}.get(str(word).strip().lower())
        if is_online is None and not how:
            is_online = _online_without_template(payload)
        if is_online is not None:
            reports.append(DecodedReport(device, online=is_online))
    return reports


def _online_without_template(payload: bytes) -> bool | None:
    """`{"state":"online"}`, which some bridges send without a template."""
    try:
        return parse_online(payload)
    except DecodeError:
        return None


def decode_undefined(
    topic: str, device: str, position: str, payload: bytes, context: DecodeContext
) -> list[DecodedReport]:
    """Decodes a state without a definition: a JSON object by its keys, a bare value by its topic."""
    report = DecodedReport(device)
    text = as_text(payload)
    if text[:1] == "{":
        _add_object(report, load_json(payload), context.zone)
        return [report] if report.values or report.invalid else []
    metric = switch_of(position) if "/binary_sensor/" in topic else metric_of(position, "")
    if metric is None or (context.retained and metric in _UNIT_MATTERS):
        return _hold(report, topic, text, metric, context)
    if metric in ("door", "power"):
        _add_value(report, position, metric, _ON_OFF.get(text.lower(), "wrong_value"))
    else:
        value = "null" if text.lower() in _NOTHING else parse_number(text)
        if value == "not_a_number":  # a text sensor with such a name
            return []
        _add_value(report, position, metric, value)
    return [report] if report.values or report.invalid else []


def _hold(
    report: DecodedReport, topic: str, text: str, metric: str | None, context: DecodeContext
) -> list[DecodedReport]:
    """Holds the last state in passing memory until its definition comes, since retained messages come in any
    order. A number that still has no definition after `_WAIT_MS` is reported as undecoded."""
    _, since, _ = context.memory.get(f"w:{topic}") or ("", context.received_at, False)
    context.memory.put(f"w:{topic}", (text[:64], since, context.retained), lasting=False)
    is_overdue = context.received_at - since >= _WAIT_MS
    if is_overdue and metric is None and not isinstance(parse_number(text), str):
        report.undecoded = "needs_meaning"
        return [report]
    return []


def decode_held(topic: str, context: DecodeContext) -> list[DecodedReport]:
    """Decodes the state that was held for a definition. Drops a retained state if the definition is live,
    because the state may be old."""
    held = context.memory.get(f"w:{topic}")
    if held is None:
        return []
    context.memory.put(f"w:{topic}", None, lasting=False)
    text, _, retained = held
    if retained and not context.retained:
        return []
    return decode_defined(context.memory.get(f"t:{topic}") or [], text.encode(), context)


def _add_object(report: DecodedReport, body: object, zone: ZoneInfo) -> None:
    """Adds the values of a script's `mqtt.publish_json`: `{"temp1": -18.2, "humidity": 91}`. Each key is a
    position."""
    if not isinstance(body, dict):
        raise DecodeError("not_object", type(body).__name__)
    at = next((parse_time(body[key], zone) for key in ("time", "timestamp", "ts") if body.get(key)), None)
    raws = {key: raw for key, raw in _flat_values(body) if len(key) <= 64 and key.isprintable()}
    twins = fahrenheit_twins({key: _unit_in_name(key) for key in raws})
    for key, raw in raws.items():
        if key in twins:
            continue
        metric = metric_of(key, _unit_in_name(key))
        if metric is not None and not isinstance(raw, bool):
            value = "null" if raw is None else _number(metric, our_unit(_unit_in_name(key)), raw)
            _add_value(report, clean_name(key) or "", metric, value, at)
            continue
        metric = switch_of(key)
        state = _ON_OFF.get(str(raw).lower())
        if metric is not None and state is not None:
            _add_value(report, clean_name(key) or "", metric, state, at)


def _flat_values(body: dict[str, Any]) -> list[tuple[str, object]]:
    """The values of the object and of objects one level below, with their keys joined by `/`."""
    values: list[tuple[str, object]] = []
    for key, raw in list(body.items())[:_FIELDS]:
        inside = list(raw.items())[:_FIELDS] if isinstance(raw, dict) else []
        values += [(f"{key}/{inner}", item) for inner, item in inside] or [(key, raw)]
    return [(key, raw) for key, raw in values[:_FIELDS] if not isinstance(raw, dict | list)]


def _unit_in_name(key: str) -> str:
    return "°F" if {"f", "fahrenheit", "tempf"} & set(words(key)) else ""
