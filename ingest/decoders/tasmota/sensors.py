"""Reads a Tasmota SENSOR message: one object per sensor, units at the end.

`null` is a sensor that did not answer. The position is the probe's `Id` or `mac`, its Zigbee address, or the
sensor's name, in this order: the index behind a name changes when a probe dies.
"""

import re
from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.readings.units import converter
from ingest.decoders.bodies import clean_name, parse_number
from ingest.decoders.contract import DecodedReport, Invalid, Value
from ingest.decoders.times import parse_time

_FIELDS = {
    "Temperature": "temperature",
    "ProbeTemperature": "temperature",
    "LocalTemperature": "temperature",
    "Humidity": "humidity",
    "Pressure": "pressure",
    "CarbonDioxide": "co2",
    "Illuminance": "light",
    "Battery": "battery",
    "BatteryPercentage": "battery",
    "BatteryVoltage": "voltage",
    "RSSI": "signal",
    "LinkQuality": "linkquality",
}
"""`eCO2`, `Gas`, `DewPoint` and `SeaPressure` are left out: they are computed, not measured."""
_ENERGY = {"Total": "energy", "Voltage": "voltage"}
_LINK_FIELDS = {"RSSI", "LinkQuality"}
_OTHER_FIELDS = frozenset(_FIELDS) - _LINK_FIELDS
_HEALTH = {"battery", "voltage", "signal", "linkquality"}
_NOT_PROBES = re.compile(r"ESP32.*|ESP8266|AXP\d+|MPU\d+|IBEACON.*|SYSTEM|HEAP", re.IGNORECASE)
"""Chips that report their own temperature, and passing beacons."""
_INDEXED = re.compile(r"(Temperature|Humidity|Illuminance)(\d{1,2})")
_SOIL = {"Fertility", "Moisture"}


class Units(NamedTuple):
    temperature: str
    pressure: str

    @classmethod
    def from_message(cls, body: dict[str, object], defaults: "Units | None" = None) -> "Units":
        temperature, pressure = defaults or ("C", "hPa")
        return cls(str(body.get("TempUnit") or temperature), str(body.get("PressureUnit") or pressure))


def sensor_time(body: dict[str, object], zone: ZoneInfo) -> int | None:
    """ms UTC: `Epoch` if the device sends it, else `Time`, local or with offset. None if unreadable."""
    for key in ("Epoch", "Time"):
        raw = body.get(key)
        at = None if raw is None else parse_time(raw, zone)
        if at is not None:
            return at
    return None


def add_probes(
    body: dict[str, object], units: Units, at: int | None, zone: ZoneInfo, report: DecodedReport
) -> None:
    """Adds every known value of the message to the report, each metric of a probe once. `at` is ms UTC."""
    taken: set[tuple[str, str]] = set()
    for key, sensor in _sensors(body):
        own_at = sensor_time(sensor, zone) if at is None else at
        own_units = Units.from_message(sensor, units)
        for position, metric, raw in _values(key, sensor):
            if (position, metric) not in taken and not (raw is None and metric in _HEALTH):
                taken.add((position, metric))
                _add_value(position, metric, raw, getattr(own_units, metric, ""), own_at, report)


def _sensors(body: dict[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    """(key, sensor) of a message. A Zigbee bridge's sensors are one level deeper (without SetOption119)."""
    for key, sensor in body.items():
        if not isinstance(sensor, dict) or _NOT_PROBES.fullmatch(key):
            continue
        is_bridge = key == "ZbReceived"
        inside = [(name, item) for name, item in sensor.items() if is_bridge and isinstance(item, dict)]
        yield from inside or [(key, sensor)]


def _values(key: str, sensor: dict[str, object]) -> Iterator[tuple[str, str, object]]:
    if key == "ENERGY":
        yield from _energy(sensor)
        return
    zigbee = clean_name(sensor.get("Device"))
    position = (
        clean_name(sensor.get("Id")) or clean_name(sensor.get("mac")) or zigbee or clean_name(key) or ""
    )
    if not _LINK_FIELDS.isdisjoint(sensor) and _OTHER_FIELDS.isdisjoint(sensor):
        return
    for field, raw in sensor.items():
        metric = _FIELDS.get(field)
        if metric is None and zigbee and field == "Voltage":
            metric = "voltage"
        if metric is not None:
            if not _means_something_else(field, sensor, zigbee is not None):
                yield position, metric, raw
            continue
        indexed = _INDEXED.fullmatch(field)
        if indexed is not None:
            yield f"{position}-{indexed[2]}", _FIELDS[indexed[1]], raw


def _means_something_else(field: str, sensor: dict[str, object], zigbee: bool) -> bool:
    """Whether the field has another meaning here: a plant sensor's `Humidity` is the soil's, and Zigbee's raw
    `Illuminance` is a logarithm, not lux."""
    if field == "Humidity":
        return not _SOIL.isdisjoint(sensor)
    return field == "Illuminance" and zigbee


def _energy(sensor: dict[str, object]) -> Iterator[tuple[str, str, object]]:
    """(position, metric, value) of a meter. A multi-phase meter sends arrays; each phase is a position."""
    for field, metric in _ENERGY.items():
        raw = sensor.get(field)
        if isinstance(raw, list):
            for index, item in enumerate(raw[:8], 1):
                yield f"ENERGY-{index}", metric, item
        elif field in sensor:
            yield "ENERGY", metric, raw


def _add_value(
    position: str, metric: str, raw: object, unit: str, at: int | None, report: DecodedReport
) -> None:
    value = parse_number(raw)
    if value.__class__ is float:
        change = converter(metric, unit)
        value = change(value) if change is not None else "unknown_unit"
        if value.__class__ is float and not isfinite(value):
            value = "not_finite"
    if isinstance(value, str):
        report.invalid.append(Invalid(position, metric, value))
    else:
        report.values.append(Value(position, metric, value, at))
