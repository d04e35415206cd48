"""Decodes the value of a property. A value that comes before its description is held, because retained
messages come in any order. If the unit matters and may still come, it is not guessed."""

from core.readings.units import converter
from ingest.decoders.bodies import as_text, parse_number
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value
from ingest.decoders.free_names import our_unit
from ingest.decoders.homie.description import Property

_WORDS = {"true": True, "false": False, "on": True, "off": False, "1": True, "0": False}
_DOORS = {"open": 1.0, "opened": 1.0, "closed": 0.0, "close": 0.0, "shut": 0.0}
_WAIT_MS = 60_000
_UNIT_MATTERS = {"temperature", "pressure", "energy", "voltage"}
_STATS = {"battery": "battery", "voltage": "voltage", "supply": "voltage"}


def decode_value(
    device: str, key: str, path: str, prop: Property, payload: bytes, context: DecodeContext
) -> list[DecodedReport]:
    report = DecodedReport(device)
    metric = prop["metric"]
    if not prop.get("is_final", True) and (not metric or (context.retained and metric in _UNIT_MATTERS)):
        return _hold(report, key, metric, payload, context)
    _add_value(report, path, prop, as_text(payload))
    return [report] if report.values or report.invalid else []


def _hold(
    report: DecodedReport, key: str, metric: str, payload: bytes, context: DecodeContext
) -> list[DecodedReport]:
    """Holds the value in passing memory. A number that still has no description after `_WAIT_MS` is
    reported as undecoded."""
    text = as_text(payload)
    _, since, _ = context.memory.get(f"wait:{key}") or ("", context.received_at, False)
    context.memory.put(f"wait:{key}", (text[:64], since, context.retained), lasting=False)
    is_overdue = context.received_at - since >= _WAIT_MS
    if is_overdue and not metric and not isinstance(parse_number(text), str):
        report.undecoded = "needs_meaning"
        return [report]
    return []


def add_held_value(
    report: DecodedReport, key: str, path: str, prop: Property, context: DecodeContext
) -> None:
    """Adds the value that was held for this description. Drops a retained value if the description is
    live, because the value may be old."""
    held = context.memory.get(f"wait:{key}")
    if held is None:
        return
    context.memory.put(f"wait:{key}", None, lasting=False)
    text, _, retained = held
    if context.retained or not retained:
        _add_value(report, path, prop, text)


def _add_value(report: DecodedReport, path: str, prop: Property, text: str) -> None:
    metric = prop["metric"]
    if not metric or not text:
        return
    position = path[:64]
    value = _yes_no(prop, text) if metric in ("door", "power") else _number(metric, prop["unit"], text)
    if isinstance(value, str):
        report.invalid.append(Invalid(position, metric, value))
    else:
        report.values.append(Value(position, metric, value, None))


def _yes_no(prop: Property, text: str) -> float | str:
    low = text.strip().lower()
    if prop["metric"] == "door" and low in _DOORS:
        return _DOORS[low]
    word_value = _WORDS.get(low)
    if word_value is None:
        return "wrong_value"
    return float(word_value) if prop["true"] else float(not word_value)


def _number(metric: str, unit: str, text: str) -> float | str:
    value = parse_number(text)
    if isinstance(value, str):
        return value
    change = converter(metric, our_unit(unit))
    return parse_number(change(value)) if change is not None else "unknown_unit"


def decode_stats(device: str, what: str, payload: bytes) -> list[DecodedReport]:
    """Decodes `$stats` of Homie 3 and its legacy extension. `signal` (%) and `cputemp` (the chip's) are left
    out."""
    metric = _STATS.get(what)
    if metric is None:
        return []
    report = DecodedReport(device)
    _add_value(report, "", {"metric": metric, "unit": ""}, as_text(payload))
    return [report] if report.values or report.invalid else []
