"""Shelly generation 1: one bare value per topic, and `info` with all values.

`sensor/temperature` is in the unit of the device's settings. Only `info` names the unit, so it is
remembered. An add-on's probes come in °C and again as `ext_temperature_f`. A relay's `temperature` is its
chip's. 999 means that a probe does not answer.
"""

import re
from collections.abc import Iterable
from typing import Any

from core.errors import DecodeError
from core.readings.units import convert, converter
from ingest.decoders.bodies import as_text, load_json_object, parse_number
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value

_NO_PROBE = 999.0
_BARE = {
    "sensor/temperature": ("", "temperature"),
    "sensor/humidity": ("", "humidity"),
    "sensor/battery": ("", "battery"),
    "sensor/lux": ("", "light"),
    "sensor/state": ("", "door"),
    "sensor/rssi": ("", "signal"),
}
_COUNTED = re.compile(r"(ext_temperature|ext_humidity|emeter|adc|relay)/(\d{1,2})(?:/(\w+))?")
_KINDS = {
    ("ext_temperature", None): ("ext", "temperature", ""),
    ("ext_humidity", None): ("ext", "humidity", ""),
    ("emeter", "voltage"): ("emeter", "voltage", ""),
    ("emeter", "total"): ("emeter", "energy", "Wh"),
    ("adc", None): ("adc", "voltage", ""),
    ("relay", "energy"): ("relay", "energy", "Wmin"),
}
_DOOR = {"open": 1.0, "opened": 1.0, "close": 0.0, "closed": 0.0}
_WATT_MINUTES = 60_000


def decode(rest: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    """`rest` is the topic after `shellies/`."""
    device, _, what = rest.partition("/")
    if not device.strip() or not what or what == "announce":
        return []
    report = DecodedReport(device)
    if what == "info":
        _add_info(report, load_json_object(payload), context)
    elif what == "status":
        _add_status(report, load_json_object(payload))
    elif what in _BARE:
        position, metric = _BARE[what]
        unit = context.memory.get(f"unit:{device}") or "" if metric == "temperature" else ""
        _add_value(report, position, metric, as_text(payload), unit)
    else:
        counted = _COUNTED.fullmatch(what)
        kind = _KINDS.get((counted[1], counted[3])) if counted else None
        if counted is None or kind is None:
            return []
        where, metric, unit = kind
        _add_value(report, f"{where}{counted[2]}", metric, as_text(payload), unit)
    return [report] if report.values or report.invalid else []


def _add_info(report: DecodedReport, body: dict[str, Any], context: DecodeContext) -> None:
    """Adds everything in `info`. A relay's `tmp` is its chip's; only a probe's has `value` and `units`."""
    probe = _object_at(body, "tmp")
    if "value" in probe:
        unit = _unit(probe)
        if unit != "C" or context.memory.get(f"unit:{report.device}"):
            context.memory.put(f"unit:{report.device}", unit)
        celsius = probe.get("tC")
        raw, unit = (probe["value"], unit) if celsius is None else (celsius, "C")
        _add_value(report, "", "temperature", raw, unit, probe.get("is_valid"))
        humidity = _object_at(body, "hum")
        _add_if_present(report, "", "humidity", humidity.get("value"), humidity.get("is_valid"))
    battery = _object_at(body, "bat")
    _add_if_present(report, "", "battery", battery.get("value"))
    _add_if_present(report, "", "voltage", battery.get("voltage"))
    _add_if_present(report, "", "signal", _object_at(body, "wifi_sta").get("rssi"))
    light = _object_at(body, "lux")
    _add_if_present(report, "", "light", light.get("value"), light.get("is_valid"))
    door = _object_at(body, "sensor")
    _add_if_present(report, "", "door", door.get("state"), door.get("is_valid"))
    valves = body.get("thermostats")
    valve = (
        _object_at(valves[0], "tmp")
        if isinstance(valves, list) and valves and isinstance(valves[0], dict)
        else {}
    )
    if valve.get("value") is not None:
        _add_value(report, "valve", "temperature", valve["value"], _unit(valve), valve.get("is_valid"))
    for index, item in _numbered(body.get("ext_temperature")):
        _add_if_present(report, f"ext{index}", "temperature", item.get("tC"))
    for index, item in _numbered(body.get("ext_humidity")):
        _add_if_present(report, f"ext{index}", "humidity", item.get("hum"))


def _add_status(report: DecodedReport, body: dict[str, Any]) -> None:
    """Adds a motion sensor's values. A lamp's `status` has none of these fields."""
    probe = _object_at(body, "tmp")
    _add_if_present(report, "", "light", body.get("lux"))
    _add_if_present(report, "", "battery", body.get("bat"))
    if probe.get("value") is not None:
        _add_value(report, "", "temperature", probe["value"], _unit(probe), probe.get("is_valid"))


def _unit(probe: dict[str, Any]) -> str:
    unit = str(probe.get("units") or "C")
    if converter("temperature", unit) is None:
        raise DecodeError("unknown_unit", unit[:40])
    return unit


def _object_at(body: dict[str, Any], key: str) -> dict[str, Any]:
    inner = body.get(key)
    return inner if isinstance(inner, dict) else {}


def _numbered(body: object) -> Iterable[tuple[str, dict[str, Any]]]:
    """(index, probe) of `{"0": {"hwID": .., "tC": ..}}`; an add-on has at most five probes."""
    if isinstance(body, dict):
        for key, item in body.items():
            if key.isascii() and key.isdigit() and len(key) <= 2 and isinstance(item, dict):
                yield key, item


def _add_if_present(
    report: DecodedReport, position: str, metric: str, raw: object, valid: object = None
) -> None:
    if raw is not None and not (metric == "battery" and raw == -1):
        _add_value(report, position, metric, raw, "", valid)


def _add_value(
    report: DecodedReport, position: str, metric: str, raw: object, unit: str = "", valid: object = None
) -> None:
    value: float | str | None = None
    if metric == "door" and isinstance(raw, str):
        word = raw.strip().lower()
        value = _DOOR.get(word, "error_code" if word in ("unknown", "-1") else "wrong_value")
    if value is None:
        value = parse_number(raw)
    if isinstance(value, float):
        if valid is False or value == _NO_PROBE or (value < 0 and metric in ("light", "door")):
            value = "error_code"
        elif unit:
            value = _to_standard_unit(metric, value, unit)
    elif valid is False:
        value = "error_code"
    elif value == "not_a_number" and str(raw).strip().lower() in ("null", ""):
        value = "null"
    if isinstance(value, str):
        report.invalid.append(Invalid(position, metric, value))
    else:
        report.values.append(Value(position, metric, value, None))


def _to_standard_unit(metric: str, value: float, unit: str) -> float:
    return round(value / _WATT_MINUTES, 6) if unit == "Wmin" else convert(metric, value, unit)
