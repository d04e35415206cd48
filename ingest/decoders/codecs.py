"""What stands in the decoded object of a LoRaWAN or ThingsBoard device: names that each maker chose.

A name is cut into words (`TempC_SHT` -> temp, c, sht). It is taken when one word is a metric's and every
other word is known to say only which probe or unit it is; a single unknown word (alarm, target, soil, dew …)
means something else. Sources: the makers' own decoders (github.com/Milesight-IoT/SensorDecoders,
github.com/dragino/dragino-end-node-decoder, ELSYS, Decentlab, SenseCAP, Cayenne LPP).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.units import converter
from ingest.decoders.bodies import name, number
from ingest.decoders.contract import Invalid, Report, Value
from ingest.decoders.times import instant

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
_VOLTAGES = {"vbat": "", "vdd": "mV"}
_INSIDE = {
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
_BEHIND = {"history", "records", "datalog", "list"}
_TIMES = ("timestamp", "time", "ts", "at", "datetime")
_NO_VALUE = {327.67, -327.68, 3276.7, -3276.8, 6553.5, 655.35, 65535.0, 65534.0}
"""All bits of a field set, or its smallest value: the probe is not connected."""
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


class Meaning(NamedTuple):
    metric: str
    position: str
    unit: str


class _Meanings(dict[str, Meaning | None]):
    """Remembers what was asked for; bounded, since names come from outside."""

    def __missing__(self, key: str) -> Meaning | None:
        if len(self) >= 4096:
            self.clear()
        found = self[key] = _find(key)
        return found


def _find(key: str) -> Meaning | None:
    if len(key) > 64:
        return None
    words = _WORDS.findall(key)
    low = [word.lower() for word in words]
    at = next((i for i, word in enumerate(low) if word in _METRICS), None)
    if at is None or "".join(words) != re.sub(r"[_\-. /]", "", key):
        return None
    metric, unit, which = _METRICS[low[at]], _VOLTAGES.get(low[at], ""), list[str]()
    volts = low[at] in _VOLTAGES
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
    return Meaning(metric, _joined(which), unit)


def _joined(words: list[str]) -> str:
    """`chn`, `1` -> `chn1`; `Ext`, `SHT` -> `Ext_SHT`."""
    text = ""
    for word in words:
        text += word if not text or (word.isdigit() and not text[-1].isdigit()) else f"_{word}"
    return text


MEANINGS = _Meanings()
"""Name -> what it stands for, `None` where it is no reading."""


def take(found: dict[str, object], at: int | None, zone: ZoneInfo, report: Report) -> None:
    """Adds every known value of the object to the report, each metric of a probe once a moment."""
    _take(found, at, zone, report, "", DEPTH)
    report.values[:] = _each_once(report.values)


class _Said(NamedTuple):
    meaning: Meaning
    raw: object


def _take(
    found: dict[str, object], at: int | None, zone: ZoneInfo, report: Report, position: str, depth: int
) -> None:
    unit = _unit_beside(found)
    for said in _said(found):
        meaning = said.meaning
        where = meaning.position or position
        _add(
            meaning._replace(position=where, unit=meaning.unit or unit.get(meaning.metric, "")),
            said.raw,
            at,
            report,
        )
    if depth == 0:
        return
    for key, inner in found.items():
        low = key.lower()
        if isinstance(inner, dict) and low in _INSIDE:
            _take(inner, _own_time(inner, zone, at), zone, report, position, depth - 1)
        elif isinstance(inner, list) and low in _BEHIND | _INSIDE:
            for each in inner[:ITEMS]:
                if isinstance(each, dict):
                    _take(each, _own_time(each, zone, at), zone, report, position, depth - 1)
        elif isinstance(inner, list) and low == "messages":
            _sensecap(inner, at, zone, report)


def _said(found: dict[str, object]) -> Iterator[_Said]:
    for key, raw in found.items():
        meaning = MEANINGS[key]
        if meaning is None:
            continue
        if isinstance(raw, dict):
            yield from _several(meaning, raw)
        elif isinstance(raw, list):
            for index, each in enumerate(raw[:16], 1):
                yield _Said(
                    meaning._replace(position=_joined([*filter(None, [meaning.position]), str(index)])), each
                )
        else:
            yield _Said(meaning, raw)


def _several(meaning: Meaning, raw: dict[str, object]) -> Iterator[_Said]:
    """`{"value": 12.2, "unit": "°C"}`, or the probes by their number or name."""
    if "value" in raw:
        unit = raw.get("unit")
        yield _Said(meaning._replace(unit=unit if isinstance(unit, str) else meaning.unit), raw["value"])
        return
    for key, each in list(raw.items())[:32]:
        which = name(key)
        if which and not isinstance(each, dict | list) and (key.isdigit() or key.lower() in _SAYS_WHICH):
            yield _Said(meaning._replace(position=which), each)


def _unit_beside(found: dict[str, object]) -> dict[str, str]:
    for key in ("temperature_unit", "temp_unit", "TempUnit", "tempUnit", "unit"):
        unit = found.get(key)
        if isinstance(unit, str) and converter("temperature", unit) is not None:
            return {"temperature": unit}
    return {}


def _own_time(found: dict[str, object], zone: ZoneInfo, at: int | None) -> int | None:
    for key in _TIMES:
        own = instant(found.get(key), zone) if found.get(key) is not None else None
        if own is not None:
            return own
    return at


def _sensecap(messages: list[object], at: int | None, zone: ZoneInfo, report: Report) -> None:
    flat = [each for one in messages[:ITEMS] for each in (one if isinstance(one, list) else [one])]
    for each in flat[:ITEMS]:
        if not isinstance(each, dict):
            continue
        known = _SENSECAP.get(str(each.get("measurementId")))
        if known is not None:
            _add(
                Meaning(known[0], "", known[1]),
                each.get("measurementValue"),
                _own_time(each, zone, at),
                report,
            )
        elif each.get("type") == "upload_battery" and "battery" in each:
            _add(Meaning("battery", "", "%"), each["battery"], at, report)


def _add(meaning: Meaning, raw: object, at: int | None, report: Report) -> None:
    metric, position, unit = meaning
    if metric == "door":
        value: float | str = _OPEN.get(str(raw).strip().lower(), "wrong_value")
        if isinstance(value, str) and raw is None:
            return
    else:
        value = number(raw)
        if not isinstance(value, str):
            metric, value = _in_our_unit(metric, value, unit)
    if isinstance(value, str):
        if not (value == "null" and metric in ("battery", "voltage")):
            report.invalid.append(Invalid(position, metric, value))
    else:
        report.values.append(Value(position, metric, value, at))


def _in_our_unit(metric: str, value: float, unit: str) -> tuple[str, float | str]:
    if value in _NO_VALUE and metric in ("temperature", "humidity", "co2"):
        return metric, "error_code"
    if metric == "battery" and not unit:
        # makers use one word for per cent, volts and millivolts; no battery here has under 1 or over 5 V
        if value > 100:
            return "voltage", round(value / 1000, 4)
        if 1 < value < 5 and value != int(value):
            return "voltage", value
    if metric == "voltage" and unit != "mV" and value > 100:
        unit = "mV"
    if metric == "pressure" and not unit:
        unit = "kPa" if 30 <= value <= 120 else "Pa" if value >= 30_000 else "hPa"
    change = converter(metric, unit)
    return metric, change(value) if change is not None else "unknown_unit"


def _each_once(values: list[Value]) -> list[Value]:
    """Of two values for one thing (°C and °F, one name in two spellings) the first stays."""
    seen: dict[tuple[str, str, int | None], Value] = {}
    for value in values:
        seen.setdefault((value.position, value.metric, value.at), value)
    return list(seen.values())
