"""Zigbee2MQTT: `zigbee2mqtt/<friendly name>` with a flat JSON object.

The name may have slashes and Chinese. `null` means "not known yet" and is no fault. With the output option
`attribute`, each value comes bare on `<friendly name>/<attribute>`. `names.py` lists the keys that are
readings. Source: zigbee2mqtt.io, MQTT topics and messages; exposes; device availability.
"""

import re

from ingest.decoders.bodies import as_text, load_json_object, parse_number, parse_online
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value
from ingest.decoders.times import parse_time
from ingest.decoders.zigbee2mqtt.names import CONVERTERS, MEANINGS, door_value, is_sent_to_device

FILTERS = ("zigbee2mqtt/#",)

_BASE = len("zigbee2mqtt/")
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_JSON_STARTS = b"{["


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    device = topic[_BASE:]
    if not payload or not device:
        return []
    if device.startswith("bridge/") or device == "bridge":
        return [DecodedReport("bridge", online=parse_online(payload))] if device == "bridge/state" else []
    parent, slash, last = device.rpartition("/")
    if slash:
        if last in ("set", "get") or parent.endswith(("/set", "/get")):
            return []
        if last == "availability":
            return [DecodedReport(parent, online=parse_online(payload))]
        if _ATTRIBUTE.fullmatch(last) and payload.lstrip()[:1] not in _JSON_STARTS:
            return _decode_fields(parent, {last: _bare_value(payload)}, context)
    return _decode_fields(device, load_json_object(payload), context)


def _bare_value(payload: bytes) -> object:
    text = as_text(payload)
    return {"true": True, "false": False, "null": None, "": None}.get(text.lower(), text)


def _decode_fields(device: str, body: dict[str, object], context: DecodeContext) -> list[DecodedReport]:
    report = DecodedReport(device)
    ranks: dict[tuple[str, str], int] = {}
    last_seen = body.get("last_seen")
    at = None if last_seen is None else parse_time(last_seen, context.zone)
    for name, raw in body.items():
        field = MEANINGS[name]
        if field is None or raw is None:
            continue
        metric, position, rank = field
        probe = (position, metric)
        if probe in ranks or position == "external":
            if is_sent_to_device(position, body) or ranks.get(probe, 9) <= rank:
                continue
            _drop_probe(report, probe)
        ranks[probe] = rank
        value = door_value(raw) if metric == "door" else parse_number(raw)
        if value.__class__ is float:
            change = CONVERTERS.get(metric)
            report.values.append(Value(position, metric, change(value) if change else value, at))
        else:
            report.invalid.append(Invalid(position, metric, str(value)))
    return [report] if ranks else []


def _drop_probe(report: DecodedReport, probe: tuple[str, str]) -> None:
    report.values = [item for item in report.values if item[:2] != probe]
    report.invalid = [item for item in report.invalid if item[:2] != probe]
