"""Tasmota: `tele/<topic>/SENSOR`, `STATE`, `LWT`, and the answers `stat/<topic>/STATUS8|10|11`.

FullTopic may also be `<topic>/tele/SENSOR` or have a group before (`home/tele/<topic>/SENSOR`). What a
sensor's fields mean is in `sensors.py`. Source: github.com/tasmota/docs (MQTT, Commands, each sensor).
"""

from core.errors import DecodeError
from ingest.decoders.bodies import load_object, number, online
from ingest.decoders.contract import Context, Invalid, Report, Value
from ingest.decoders.tasmota.sensors import probes
from ingest.decoders.times import instant

_KINDS = ("SENSOR", "STATE", "LWT")
FILTERS = (
    *(f"tele/+/{kind}" for kind in _KINDS),
    *(f"+/tele/{kind}" for kind in _KINDS),
    *(f"tele/+/+/{kind}" for kind in _KINDS),
    *(f"+/tele/+/{kind}" for kind in _KINDS),
    *(f"+/+/tele/{kind}" for kind in _KINDS),
    *(f"stat/+/STATUS{number}" for number in (8, 10, 11)),
    *(f"+/stat/STATUS{number}" for number in (8, 10, 11)),
)
QUIET = ("tele/#", "stat/#", "cmnd/#", "+/tele/#", "+/stat/#", "+/cmnd/#", "tasmota/discovery/#")


def decode(topic: str, payload: bytes, context: Context) -> list[Report]:
    if not payload:
        return []
    device, kind = _device(topic)
    if kind == "LWT":
        return [Report(device, online=online(payload))]
    found = load_object(payload)
    for wrapped in ("StatusSNS", "StatusSTS"):
        inner = found.get(wrapped)
        if isinstance(inner, dict):
            found = inner
            kind = "STATE" if wrapped == "StatusSTS" else "SENSOR"
    at = _time(found, context)
    report = Report(device)
    if kind == "STATE":
        _state(found, at, report)
    elif kind == "SENSOR":
        probes(found, at, report)
    return [report] if report.values or report.invalid else []


def _device(topic: str) -> tuple[str, str]:
    levels = topic.split("/")
    kind = levels.pop()
    for prefix in ("tele", "stat"):
        if prefix in levels:
            levels.remove(prefix)
            break
    device = "/".join(levels)
    if not device.strip("/ "):
        raise DecodeError("no_device")
    return device, kind


def _time(found: dict[str, object], context: Context) -> int | None:
    """`Epoch` where the command `Time` asked for it, else `Time`: local, with offset, or an epoch."""
    for key in ("Epoch", "Time"):
        raw = found.get(key)
        at = None if raw is None else instant(raw, context.zone)
        if at is not None:
            return at
    return None


def _state(found: dict[str, object], at: int | None, report: Report) -> None:
    wifi = found.get("Wifi")
    signal = wifi.get("Signal") if isinstance(wifi, dict) else None
    for metric, raw in (("signal", signal), ("voltage", found.get("Vcc"))):
        if raw is None:
            continue
        value = number(raw)
        if isinstance(value, str):
            report.invalid.append(Invalid("", metric, value))
        else:
            report.values.append(Value("", metric, value, at))
