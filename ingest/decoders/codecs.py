"""Reads the decoded object of a LoRaWAN or ThingsBoard device, whose keys each maker chose.

A key is split into words (`TempC_SHT` -> temp, c, sht). It is a reading when one word names a metric and
every other word names a probe or a unit. A single other word (alarm, target, soil, dew …) makes it
something else. Sources: the makers' own decoders (github.com/Milesight-IoT/SensorDecoders,
github.com/dragino/dragino-end-node-decoder, ELSYS, Decentlab, SenseCAP, Cayenne LPP).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.readings.units import converter
from ingest.decoders.bodies import clean_name, parse_number
from ingest.decoders.contract import DecodedReport, Invalid, Value
from ingest.decoders.times import parse_time

DEPTH = 4
ITEMS = 500

_METRICS = {
    **dict.fromkeys(("temp", "temperature", "tmp", "tempc"), "temperature"),
    **dict.fromkeys(("hum", "humi", "humidity", "rh"), "humidity"),
    "co2": "co2",
    **dict.fromkeys(("illuminance", "illumination", "luminosity", "lux", "light"), "light"),
    **dict.fromkeys(("pressure", "barometer"), "pressure"),
    **dict.fromkeys(("battery", "batt", "bat", "vbat", "vdd"), "battery"),
    **dict.fromkeys(("door", "magnet"), "door"),
}
_SAYS_WHICH = {
    *("ds", "ds18b20", "sht", "sht20", "sht30", "sht31", "sht35", "sht40", "sht4x", "sht3x", "tmp117"),
    *("bme280", "bmp280", "bme680", "aht20", "pt100", "pt1000", "ntc", "ext", "external", "probe", "sonde"),
    *("chn", "ch", "channel", "indoor", "outdoor", "inside", "outside", "left", "right", "top", "bottom"),
    *("red", "white", "black", "upper", "lower", "front", "back"),
}
_SAYS_NOTHING = {
    "sensor",
    "value",
    "air",
    "ambient",
    "relative",
    "rel",
    "environment",
    "room",
    "data",
    "reading",
}
_UNITS = {
    "temperature": {"c": "C", "celsius": "C", "degc": "C", "deg": "", "degree": "", "degrees": "", "f": "F",
                    "fahrenheit": "F", "degf": "F", "k": "K", "kelvin": "K"},
    "humidity": {"percent": "%", "pct": "%", "perc": "%"},
    "co2": {"ppm": "ppm", "concentration": "ppm"},
    "light": {"lux": "lx", "lx": "lx", "intensity": "lx"},
    "pressure": {"hpa": "hPa", "pa": "Pa", "kpa": "kPa", "mbar": "hPa", "barometric": "", "atmospheric": ""},
    "battery": {"v": "V", "volt": "V", "volts": "V", "voltage": "V", "mv": "mV", "level": "%", "percent": "%",
                "percentage": "%", "pct": "%", "soc": "%", "remaining": "%"},
    "door": {"open": "", "status": "", "state": "", "opened": ""},
}  # fmt: skip
_VOLTAGE_WORDS = {"vbat": "", "vdd": "mV"}
_WRAPPERS = {
    "data",
    "decoded",
    "payload",
    "values",
    "measurements",
    "sensors",
    "readings",
    "object",
    "telemetry",
}
_BACKLOGS = {"history", "records", "datalog", "list"}
_TIMES = ("timestamp", "time", "ts", "at", "datetime")
_DISCONNECTED = {327.67, -327.68, 3276.7, -3276.8, 6553.5, 655.35, 65535.0, 65534.0}
"""Raw values with all bits set, or the smallest one: the probe is not connected."""
_MAY_BE_DISCONNECTED = ("temperature", "humidity", "co2")
_STANDARD_UNITS = ("", "C", "%")
_UNIT_BESIDE = ("temperature_unit", "temp_unit", "TempUnit", "tempUnit", "unit")
_SENSECAP = {"4097": ("temperature", ""), "4098": ("humidity", ""), "4099": ("light", ""),
             "4100": ("co2", ""), "4101": ("pressure", "Pa")}  # fmt: skip
_OPEN = {
    "open": 1.0,
    "opened": 1.0,
    "closed": 0.0,
    "close": 0.0,
    "true": 1.0,
    "false": 0.0,
    "1": 1.0,
    "0": 0.0,
}
_WORDS = re.compile(
    r"DS18B20|[Pp][Tt]1000?|TMP117|SHT\d[\dxX]|BM[EP]\d80|AHT20|[Cc][Oo]2|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+"
)


class CodecField(NamedTuple):
    metric: str
    position: str
    unit: str


_Values = dict[tuple[str, str, int | None], Value]
"""Values by (position, metric, time)."""


class _CodecTable(dict[str, CodecField | None]):
    """A bounded cache of `_parse_key`, since keys come from outside."""

    def __missing__(self, key: str) -> CodecField | None:
        if len(self) >= 4096:
            self.clear()
        meaning = self[key] = _parse_key(key)
        return meaning


def _parse_key(key: str) -> CodecField | None:
    if len(key) > 64:
        return None
    words = _WORDS.findall(key)
    low = [word.lower() for word in words]
    at = next((i for i, word in enumerate(low) if word in _METRICS), None)
    if at is None or "".join(words) != re.sub(r"[_\-. /]", "", key):
        return None
    metric, unit, which = _METRICS[low[at]], _VOLTAGE_WORDS.get(low[at], ""), list[str]()
    volts = low[at] in _VOLTAGE_WORDS
    for i, word in enumerate(low):
        if i == at or word in _SAYS_NOTHING:
            continue
        if word in _UNITS[metric]:
            unit = _UNITS[metric][word] or unit
        elif word.isdigit() or word in _SAYS_WHICH:
            which.append(words[i])
        else:
            return None
    if metric == "battery" and (volts or unit in ("V", "mV")):
        metric = "voltage"
    return CodecField(metric, _position_name(which), unit)


def _position_name(words: list[str]) -> str:
    """`chn`, `1` -> `chn1`; `Ext`, `SHT` -> `Ext_SHT`."""
    text = ""
    for word in words:
        text += word if not text or (word.isdigit() and not text[-1].isdigit()) else f"_{word}"
    return text


MEANINGS = _CodecTable()
"""Key -> its field, None if it is no reading."""


def add_known_values(body: dict[str, object], at: int | None, zone: ZoneInfo, report: DecodedReport) -> None:
    """Adds every known value of the object to the report. Of two values with one position, metric and time
    (°C and °F, a name in two spellings), the first counts."""
    taken: _Values = {(value.position, value.metric, value.at): value for value in report.values}
    _add_object(body, at, zone, report, taken, DEPTH)
    report.values[:] = taken.values()


def _add_object(
    body: dict[str, object], at: int | None, zone: ZoneInfo, report: DecodedReport, taken: _Values, depth: int
) -> None:
    for key, raw in body.items():
        meaning = MEANINGS[key]
        nested = raw.__class__ is dict or raw.__class__ is list
        if meaning is None:
            if nested and depth:
                _add_nested(key.lower(), raw, at, zone, report, taken, depth - 1)
            continue
        metric, position, unit = meaning
        if not unit and metric == "temperature":
            unit = _unit_beside(body)
        if nested:
            for which, inner_unit, item in _probe_values(position, raw):
                _add_value(metric, which, inner_unit or unit, item, at, report, taken)
        else:
            _add_value(metric, position, unit, raw, at, report, taken)


def _add_nested(
    key: str, inner: object, at: int | None, zone: ZoneInfo, report: DecodedReport, taken: _Values, depth: int
) -> None:
    if isinstance(inner, list) and key == "messages":
        _add_sensecap(inner, at, zone, report, taken)
        return
    if key not in _WRAPPERS and not (isinstance(inner, list) and key in _BACKLOGS):
        return
    for item in inner[:ITEMS] if isinstance(inner, list) else [inner]:
        if isinstance(item, dict):
            _add_object(item, _own_time(item, zone, at), zone, report, taken, depth)


def _probe_values(position: str, raw: object) -> Iterator[tuple[str, str, object]]:
    """(position, unit, value) of `{"value": 12.2, "unit": "°C"}`, of an object of probes by number or
    name, or of an array of probes."""
    if isinstance(raw, list):
        for index, item in enumerate(raw[:16], 1):
            yield _position_name([*filter(None, [position]), str(index)]), "", item
    elif isinstance(raw, dict) and "value" in raw:
        unit = raw.get("unit")
        yield position, unit if isinstance(unit, str) else "", raw["value"]
    elif isinstance(raw, dict):
        for key, item in list(raw.items())[:32]:
            which = clean_name(key)
            if which and not isinstance(item, dict | list) and (key.isdigit() or key.lower() in _SAYS_WHICH):
                yield which, "", item


def _unit_beside(body: dict[str, object]) -> str:
    """The temperature's unit, if the object has a key for it; else ""."""
    for key in _UNIT_BESIDE:
        unit = body.get(key)
        if isinstance(unit, str) and converter("temperature", unit) is not None:
            return unit
    return ""


def _own_time(body: dict[str, object], zone: ZoneInfo, at: int | None) -> int | None:
    for key in _TIMES:
        own = parse_time(body.get(key), zone) if body.get(key) is not None else None
        if own is not None:
            return own
    return at


def _add_sensecap(
    messages: list[object], at: int | None, zone: ZoneInfo, report: DecodedReport, taken: _Values
) -> None:
    flat = [
        item for message in messages[:ITEMS] for item in (message if isinstance(message, list) else [message])
    ]
    for item in flat[:ITEMS]:
        if not isinstance(item, dict):
            continue
        field = _SENSECAP.get(str(item.get("measurementId")))
        if field is not None:
            metric, unit = field
            own = _own_time(item, zone, at)
            _add_value(metric, "", unit, item.get("measurementValue"), own, report, taken)
        elif item.get("type") == "upload_battery" and "battery" in item:
            _add_value("battery", "", "%", item["battery"], at, report, taken)


def _add_value(
    metric: str, position: str, unit: str, raw: object, at: int | None, report: DecodedReport, taken: _Values
) -> None:
    if metric == "door":
        if raw is None:
            return
        value: float | str = _OPEN.get(str(raw).strip().lower(), "wrong_value")
    else:
        value = parse_number(raw)
        if value.__class__ is float:
            metric, value = _to_standard_unit(metric, value, unit)
    if value.__class__ is float:
        taken.setdefault((position, metric, at), Value(position, metric, value, at))
    elif not (value == "null" and metric in ("battery", "voltage")):
        report.invalid.append(Invalid(position, metric, str(value)))


def _to_standard_unit(metric: str, value: float, unit: str) -> tuple[str, float | str]:
    if metric in _MAY_BE_DISCONNECTED:
        if value in _DISCONNECTED:
            return metric, "error_code"
        if unit in _STANDARD_UNITS:
            return metric, value
    elif metric == "battery" and not unit:
        # makers use one key for per cent, volts and millivolts; no battery here has under 1 or over 5 V
        if value > 100:
            return "voltage", round(value / 1000, 4)
        return ("voltage" if 1 < value < 5 and value != int(value) else "battery"), value
    elif metric == "voltage" and unit != "mV" and value > 100:
        unit = "mV"
    elif metric == "pressure" and not unit:
        unit = "kPa" if 30 <= value <= 120 else "Pa" if value >= 30_000 else "hPa"
    change = converter(metric, unit)
    return metric, change(value) if change is not None else "unknown_unit"
