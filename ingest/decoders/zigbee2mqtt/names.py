"""The keys of Zigbee2MQTT that are readings.

This is an allowlist, because hundreds of settings and alarms only begin like a reading
(`temperature_calibration`, `humidity_alarm`). Source: the exposes of
github.com/Koenkk/zigbee-herdsman-converters.
"""

import re
from typing import NamedTuple

from ingest.decoders.bodies import parse_number


class ZigbeeField(NamedTuple):
    metric: str
    position: str
    rank: int


_NAMES = {
    "temperature": ("temperature", 0),
    "local_temperature": ("temperature", 1),
    "room_temperature": ("temperature", 2),
    "temperature_c": ("temperature", 3),
    "humidity": ("humidity", 0),
    "co2": ("co2", 0),
    "co": ("co", 0),
    "illuminance_lux": ("light", 0),
    "illuminance": ("light", 1),
    "pressure": ("pressure", 0),
    "contact": ("door", 0),
    "energy": ("energy", 0),
    "battery": ("battery", 0),
    "voltage": ("voltage", 0),
    "battery_voltage": ("voltage", 1),
    "linkquality": ("linkquality", 0),
}
"""Key -> (metric, rank). Of two keys for one metric the lower rank counts: a thermostat may send
`temperature` and `local_temperature`, older versions a raw `illuminance` beside `illuminance_lux`."""

_PREFIXED = {
    "probe_temperature": ("temperature", "probe"),
    "probe_humidity": ("humidity", "probe"),
    "external_temperature": ("temperature", "external"),
    "external_humidity": ("humidity", "external"),
}
_ENDPOINT = re.compile(
    r"(.+?)_(\d{1,2}|[a-z]{1,2}\d{1,2}|port_?\d{1,2}|probe|external|internal|(?:(?:top|bottom|center)_)?"
    r"(?:left|right|center)|middle|top|bottom|up|down|inside|outside|indoor|outdoor)"
)
_SETTINGS = {"local_temperature", "sensor", "external_temperature_input", "temperature_sensor_select"}


class _ZigbeeTable(dict[str, ZigbeeField | None]):
    """A bounded cache of `_parse_name`, since keys come from outside."""

    def __missing__(self, name: str) -> ZigbeeField | None:
        if len(self) >= 4096:
            self.clear()
        meaning = self[name] = _parse_name(name)
        return meaning


def _parse_name(name: str) -> ZigbeeField | None:
    if name in _NAMES:
        metric, rank = _NAMES[name]
        return ZigbeeField(metric, "", rank)
    if name in _PREFIXED:
        metric, position = _PREFIXED[name]
        return ZigbeeField(metric, position, 0)
    parts = _ENDPOINT.fullmatch(name)
    if parts is None or parts[1] not in _NAMES:
        return None
    metric, rank = _NAMES[parts[1]]
    return ZigbeeField(metric, parts[2], rank)


MEANINGS = _ZigbeeTable()
"""Key -> its field, with the endpoint behind it as position; None if it is no reading."""


def is_sent_to_device(position: str, body: dict[str, object]) -> bool:
    """Whether an `external_..` value was sent to the device (thermostats, displays), not measured by it."""
    return position == "external" and not _SETTINGS.isdisjoint(body)


def door_value(raw: object) -> float | str:
    """1 for an open door. `contact` is true while the door is shut (magnet and switch touch)."""
    if raw is True or raw == "true":
        return 0.0
    if raw is False or raw == "false":
        return 1.0
    value = parse_number(raw)
    if isinstance(value, str):
        return value
    return 0.0 if value else 1.0


def to_volts(value: float) -> float:
    """V. `voltage` is in mV for batteries and in V for mains: 500 and more is taken as mV."""
    return round(value / 1000, 4) if value >= 500 else value


def to_hectopascal(value: float) -> float:
    """hPa. Converters send hPa or kPa under one key; air pressure is at least 300 hPa, so 30 to 120 is
    kPa."""
    return round(value * 10, 2) if 30 <= value <= 120 else value


CONVERTERS = {"voltage": to_volts, "pressure": to_hectopascal}
