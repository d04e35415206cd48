"""Tasmota: `tele/<topic>/SENSOR`, `STATE`, `LWT`, and the answers `stat/<topic>/STATUS0|8|10|11`.

FullTopic may also be `<topic>/tele/SENSOR`, or begin with a group (`home/tele/<topic>/SENSOR`).
`sensors.py` reads a sensor's fields. Source: github.com/tasmota/docs (MQTT, Commands, Zigbee, each
sensor's page).
"""

from core.errors import DecodeError
from ingest.decoders.bodies import load_json_object, parse_number, parse_online
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value
from ingest.decoders.tasmota.sensors import Units, add_probes, sensor_time

_TELE = ("SENSOR", "STATE", "LWT", "ZbReceived")
_STAT = ("STATUS0", "STATUS8", "STATUS10", "STATUS11")
FILTERS = (
    *(f"tele/+/{kind}" for kind in _TELE),
    *(f"+/tele/{kind}" for kind in _TELE),
    *(f"tele/+/+/{kind}" for kind in _TELE),
    *(f"+/tele/+/{kind}" for kind in _TELE),
    *(f"+/+/tele/{kind}" for kind in _TELE),
    *(f"+/+/+/tele/{kind}" for kind in _TELE),
    *(f"stat/+/{kind}" for kind in _STAT),
    *(f"+/stat/{kind}" for kind in _STAT),
)
QUIET = ("tele/#", "stat/#", "cmnd/#", "+/tele/#", "+/stat/#", "+/cmnd/#", "tasmota/discovery/#")


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    if not payload:
        return []
    device, kind = _device_and_kind(topic)
    if kind == "LWT":
        return [DecodedReport(device, online=parse_online(payload))]
    body = load_json_object(payload)
    if kind == "ZbReceived":
        body = {"ZbReceived": body}
    report = DecodedReport(_without_zigbee_level(device, body))
    if kind in _STAT:
        for key, add in (("StatusSNS", _add_sensors), ("StatusSTS", _add_state)):
            answer = body.get(key)
            if isinstance(answer, dict):
                add(answer, context, report)
    elif kind == "STATE":
        _add_state(body, context, report)
    else:
        _add_sensors(body, context, report)
    return [report] if report.values or report.invalid else []


def _device_and_kind(topic: str) -> tuple[str, str]:
    """(device, kind): the device is the topic without its prefix and its last level, the kind the last level.
    Raises DecodeError (no_device)."""
    levels = topic.split("/")
    kind = levels.pop()
    prefix = "stat" if kind in _STAT else "tele"
    if prefix in levels:
        levels.remove(prefix)
    device = "/".join(levels)
    if not device.strip("/ "):
        raise DecodeError("no_device")
    return device, kind


def _without_zigbee_level(device: str, body: dict[str, object]) -> str:
    """The bridge's topic. With SetOption89 a Zigbee bridge adds the sensor's address or name as a level."""
    bridge, _, last = device.rpartition("/")
    inside = body.get("ZbReceived")
    if not bridge or not isinstance(inside, dict):
        return device
    for key, sensor in inside.items():
        fields = sensor if isinstance(sensor, dict) else {}
        if last.upper() in {
            str(name).upper().removeprefix("0X") for name in (key, fields.get("Device"), fields.get("Name"))
        }:
            return bridge
    return device


def _add_sensors(body: dict[str, object], context: DecodeContext, report: DecodedReport) -> None:
    add_probes(body, Units.from_message(body), sensor_time(body, context.zone), context.zone, report)


def _add_state(body: dict[str, object], context: DecodeContext, report: DecodedReport) -> None:
    at = sensor_time(body, context.zone)
    wifi = body.get("Wifi")
    signal = wifi.get("Signal") if isinstance(wifi, dict) else None
    for metric, raw in (("signal", signal), ("voltage", body.get("Vcc"))):
        if raw is None:
            continue
        value = parse_number(raw)
        if isinstance(value, str):
            report.invalid.append(Invalid("", metric, value))
        else:
            report.values.append(Value("", metric, value, at))
