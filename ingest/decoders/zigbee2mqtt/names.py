"""Which of Zigbee2MQTT's names are readings of ours.

A list of what is taken, not of what is left out: there are hundreds of settings and alarms that only
begin like a reading (`temperature_calibration`, `humidity_alarm`). Source: the exposes of
github.com/Koenkk/zigbee-herdsman-converters.
"""

import re
from typing import NamedTuple

from ingest.decoders.bodies import number


class Meaning(NamedTuple):
    metric: str
    position: str
    rank: int


_NAMES = {
    "temperature": ("temperature", 0),
    "local_temperature": ("temperature", 1),
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

_PROBES = {"probe_temperature": ("temperature", "probe"), "probe_humidity": ("humidity", "probe")}

_ENDPOINT = re.compile(
    r"(.+?)_(l?\d{1,2}|ep\d{1,2}|port_?\d{1,2}|ch\d{1,2}|[a-h]|probe|external|internal|"
    r"left|right|center|middle|top|bottom|up|down|inside|outside|indoor|outdoor)"
)

_known: dict[str, Meaning | None] = {}
_REMEMBER = 4096


def meaning(name: str) -> Meaning | None:
    """What a name stands for, with the endpoint behind it as position; `None` where it is no reading."""
    try:
        return _known[name]
    except KeyError:
        if len(_known) >= _REMEMBER:
            _known.clear()
        found = _known[name] = _find(name)
        return found


def _find(name: str) -> Meaning | None:
    if name in _NAMES:
        metric, rank = _NAMES[name]
        return Meaning(metric, "", rank)
    if name in _PROBES:
        metric, position = _PROBES[name]
        return Meaning(metric, position, 0)
    parts = _ENDPOINT.fullmatch(name)
    if parts is None or parts[1] not in _NAMES:
        return None
    metric, rank = _NAMES[parts[1]]
    return Meaning(metric, parts[2], rank)


def door(raw: object) -> float | str:
    """`contact` is true while magnet and switch touch, so while the door is shut; ours is 1 for open."""
    if raw is True or raw == "true":
        return 0.0
    if raw is False or raw == "false":
        return 1.0
    value = number(raw)
    if isinstance(value, str):
        return value
    return 0.0 if value else 1.0


def volts(value: float) -> float:
    """Batteries are in mV, mains in V, both called `voltage`; no mains has 500 V, no battery 0.5 V."""
    return round(value / 1000, 4) if value >= 500 else value
