"""What stands in a Tasmota SENSOR message: one object per sensor, units at the end.

`null` is a sensor that did not answer. Position is the probe's own `Id` or `mac` where it has one, else
the sensor's name: the index behind a name moves when a probe dies.
"""

import re

from core.units import converter
from ingest.decoders.bodies import name, number
from ingest.decoders.contract import Invalid, Report, Value

_FIELDS = {
    "Temperature": "temperature",
    "ProbeTemperature": "temperature",
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
_LINK = ("signal", "linkquality")
_ENERGY = {"Total": "energy", "Voltage": "voltage"}
_OF_THE_CHIP = re.compile(r"ESP32.*|ESP8266|AXP\d+|IBEACON.*")
_INDEXED = re.compile(r"(Temperature|Illuminance)(\d{1,2})")


def probes(found: dict[str, object], at: int | None, report: Report) -> None:
    """Adds every known value of the message to the report."""
    units = {
        "temperature": str(found.get("TempUnit") or "C"),
        "pressure": str(found.get("PressureUnit") or "hPa"),
    }
    for key, sensor in found.items():
        if not isinstance(sensor, dict) or _OF_THE_CHIP.fullmatch(key):
            continue
        if key == "ENERGY":
            _energy(sensor, at, report)
        elif key == "ZbReceived":
            for address, device in sensor.items():
                if isinstance(device, dict):
                    _sensor(name(device.get("Device")) or name(address) or "", device, units, at, report)
        else:
            position = name(sensor.get("Id")) or name(sensor.get("mac")) or name(key) or ""
            _sensor(position, sensor, units, at, report)


def _sensor(
    position: str, sensor: dict[str, object], units: dict[str, str], at: int | None, report: Report
) -> None:
    found: dict[tuple[str, str], object] = {}
    for field, raw in sensor.items():
        metric = _FIELDS.get(field)
        if metric is not None:
            found.setdefault((position, metric), raw)
            continue
        indexed = _INDEXED.fullmatch(field)
        if indexed is not None:
            found.setdefault((f"{position}-{indexed[2]}", _FIELDS[indexed[1]]), raw)
    if all(metric in _LINK for _, metric in found):
        return
    for (where, metric), raw in found.items():
        _add(where, metric, raw, units.get(metric, ""), at, report)


def _energy(sensor: dict[str, object], at: int | None, report: Report) -> None:
    """A meter of several phases sends arrays: each phase is a position of its own."""
    for field, metric in _ENERGY.items():
        raw = sensor.get(field)
        if isinstance(raw, list):
            for index, each in enumerate(raw[:8], 1):
                _add(f"ENERGY-{index}", metric, each, "", at, report)
        elif field in sensor:
            _add("ENERGY", metric, raw, "", at, report)


def _add(position: str, metric: str, raw: object, unit: str, at: int | None, report: Report) -> None:
    value = number(raw)
    if isinstance(value, str):
        report.invalid.append(Invalid(position, metric, value))
        return
    change = converter(metric, unit)
    if change is None:
        report.invalid.append(Invalid(position, metric, "unknown_unit"))
    else:
        report.values.append(Value(position, metric, change(value), at))
