"""Zigbee2MQTT: `zigbee2mqtt/<friendly name>` with a flat JSON object.

The name may have slashes and Chinese. `null` means "not known yet" and is no fault. With the output
option `attribute` each value comes bare on `<friendly name>/<attribute>`. Which names are taken is in
`names.py`. Source: zigbee2mqtt.io, MQTT topics and messages; exposes; device availability.
"""

import re

from ingest.decoders.bodies import as_text, load_object, number, online
from ingest.decoders.contract import Context, Invalid, Report, Value
from ingest.decoders.times import instant
from ingest.decoders.zigbee2mqtt.names import Meaning, door, meaning, volts

FILTERS = ("zigbee2mqtt/#",)

_BASE = len("zigbee2mqtt/")
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]*")
_JSON_STARTS = b"{["


def decode(topic: str, payload: bytes, context: Context) -> list[Report]:
    device = topic[_BASE:]
    if not payload or not device:
        return []
    if device.startswith("bridge/") or device == "bridge":
        return [Report("bridge", online=online(payload))] if device == "bridge/state" else []
    parent, slash, last = device.rpartition("/")
    if slash:
        if last in ("set", "get") or parent.endswith(("/set", "/get")):
            return []
        if last == "availability":
            return [Report(parent, online=online(payload))]
        if _ATTRIBUTE.fullmatch(last) and payload.lstrip()[:1] not in _JSON_STARTS:
            return _reports(parent, {last: _bare(payload)}, context)
    return _reports(device, load_object(payload), context)


def _bare(payload: bytes) -> object:
    text = as_text(payload)
    return {"true": True, "false": False, "null": None, "": None}.get(text.lower(), text)


def _reports(device: str, found: dict[str, object], context: Context) -> list[Report]:
    at = None
    if found.get("last_seen") is not None:
        at = instant(found["last_seen"], context.zone)
    report = Report(device)
    taken: dict[tuple[str, str], int] = {}
    for name, raw in found.items():
        known = meaning(name)
        if known is not None and raw is not None:
            _take(report, taken, known, raw, at)
    return [report] if report.values or report.invalid else []


def _take(
    report: Report, taken: dict[tuple[str, str], int], known: Meaning, raw: object, at: int | None
) -> None:
    """One series per metric and probe: where two names mean the same, the one of lower rank stays."""
    metric, position, rank = known
    value = door(raw) if metric == "door" else number(raw)
    before = taken.get((position, metric))
    if before is not None:
        if before <= rank:
            return
        report.values = [each for each in report.values if each[:2] != (position, metric)]
        report.invalid = [each for each in report.invalid if each[:2] != (position, metric)]
    taken[position, metric] = rank
    if isinstance(value, str):
        report.invalid.append(Invalid(position, metric, value))
    else:
        report.values.append(Value(position, metric, volts(value) if metric == "voltage" else value, at))
