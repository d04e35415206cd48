"""OpenMQTTGateway and Theengs Gateway: Bluetooth beacons, 433 MHz sensors, and probes on the gateway
itself.

`home/<gateway>/BTtoMQTT/<MAC>`, `…/RTL_433toMQTT/…`, `…/CLIMAtoMQTT/…`, `home/<gateway>/LWT`; also
`rtl_433/<host>/events`. A beacon is one device for all gateways that receive it; the same packet from a
second gateway is dropped. Source: docs.openmqttgateway.com, decoder.theengs.io,
github.com/merbanan/rtl_433.
"""

import re

from core.errors import DecodeError
from core.readings.units import converter
from ingest.decoders.bodies import clean_name, load_json_object, parse_number, parse_online
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value

FILTERS = (
    *("+/+/BTtoMQTT", "+/+/BTtoMQTT/+", "+/+/RTL_433toMQTT", "+/+/RTL_433toMQTT/#"),
    *("+/+/CLIMAtoMQTT/+", "+/+/OneWiretoMQTT/+", "home/+/LWT", "rtl_433/+/events"),
)
QUIET = ("home/#", "rtl_433/#")

SAME_PACKET_MS = 5_000
_FIELDS = {
    "tempc": ("temperature", "C"),
    "temperature_C": ("temperature", "C"),
    "temp": ("temperature", "C"),
    "tempf": ("temperature", "F"),
    "temperature_F": ("temperature", "F"),
    "hum": ("humidity", "%"),
    "humidity": ("humidity", "%"),
    "co2": ("co2", "ppm"),
    "co2_ppm": ("co2", "ppm"),
    "lux": ("light", "lx"),
    "light_lux": ("light", "lx"),
    "pres": ("pressure", "hPa"),
    "pressure_hPa": ("pressure", "hPa"),
    "pressure_kPa": ("pressure", "kPa"),
    "pa": ("pressure", "Pa"),
    "batt": ("battery", "%"),
    "volt": ("voltage", "V"),
    "battery_mV": ("voltage", "mV"),
    "rssi": ("signal", "dBm"),
}
_NUMBERED = re.compile(r"temp([cf])(\d{1,2})|temperature_(\d{1,2})_([CF])")
_ROOM_METRICS = {"temperature", "humidity", "co2", "light", "pressure", "door"}
_MAC = re.compile(r"[0-9A-F]{12}")


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    if not payload:
        return []
    levels = topic.split("/")
    gateway = clean_name(levels[1]) or ""
    if levels[-1] == "LWT":
        if not gateway:
            raise DecodeError("no_device")
        return [DecodedReport(gateway, online=parse_online(payload))]
    body = load_json_object(payload)
    kind = "RTL_433toMQTT" if levels[0] == "rtl_433" else levels[2]
    if kind == "BTtoMQTT":
        return _decode_beacon(body, levels, gateway, context)
    if kind == "RTL_433toMQTT":
        return _decode_radio(body, gateway, context)
    report = DecodedReport(gateway)
    _add_fields(body, clean_name(levels[-1]) or "", report)
    return [report] if gateway and _has_room_metric(report) else []


def _has_room_metric(report: DecodedReport) -> bool:
    metrics = {value.metric for value in report.values} | {invalid.metric for invalid in report.invalid}
    return not _ROOM_METRICS.isdisjoint(metrics)


def _decode_beacon(
    body: dict[str, object], levels: list[str], gateway: str, context: DecodeContext
) -> list[DecodedReport]:
    """Decodes a beacon. One without a room metric is a passing phone or tag, and makes no device."""
    mac = _mac(levels[3] if len(levels) > 3 else None) or _mac(body.get("mac")) or _mac(body.get("id"))
    if mac is None:
        return []
    label = body.get("name")
    report = DecodedReport(
        mac, gateway=gateway, name=clean_name(label) or "" if isinstance(label, str) else ""
    )
    _add_fields(body, "", report)
    if not _has_room_metric(report):
        return []
    values = [
        [value.position, value.metric, value.value] for value in report.values if value.metric != "signal"
    ]
    last_gateway, last_at, last_values = context.memory.get(mac) or (gateway, 0, None)
    now = context.received_at
    if last_gateway != gateway and last_values == values and 0 <= now - last_at < SAME_PACKET_MS:
        return []
    context.memory.put(mac, [gateway, now, values], lasting=False)
    return [report]


def _mac(raw: object) -> str | None:
    """`4C33A6603C79` or `4c:33:…` -> `4C:33:A6:60:3C:79`. None if it is no MAC address."""
    plain = raw.replace(":", "").replace("-", "").upper() if isinstance(raw, str) else ""
    if _MAC.fullmatch(plain) is None:
        return None
    return ":".join(plain[at : at + 2] for at in range(0, 12, 2))


def _decode_radio(body: dict[str, object], gateway: str, context: DecodeContext) -> list[DecodedReport]:
    """Decodes a 433 MHz sensor, named like rtl_433's topics: model/channel/id."""
    parts = [clean_name(body.get(key)) for key in ("model", "channel", "id")]
    device = "/".join(part for part in parts if part)
    if not parts[0]:
        return []
    report = DecodedReport(device, gateway=gateway)
    _add_fields(body, "", report)
    return [report] if _has_room_metric(report) else []


def _add_fields(body: dict[str, object], position: str, report: DecodedReport) -> None:
    """Adds every known field. Gateways send °C and °F; °F is used only without °C."""
    taken: set[tuple[str, str]] = set()
    for wanted in ("", "F"):
        for key, raw in body.items():
            where, metric, unit = _field_of(key, position)
            if metric and (unit == "F") == bool(wanted) and (where, metric) not in taken:
                taken.add((where, metric))
                _add_value(where, metric, raw, unit, report)
    for key in ("open", "door"):
        raw = body.get(key)
        if isinstance(raw, bool) and (position, "door") not in taken:
            taken.add((position, "door"))
            report.values.append(Value(position, "door", float(raw), None))


def _field_of(key: str, position: str) -> tuple[str, str, str]:
    field = _FIELDS.get(key)
    if field is not None:
        return position, *field
    numbered = _NUMBERED.fullmatch(key)
    if numbered is None:
        return "", "", ""
    number_of, unit = (numbered[2], numbered[1]) if numbered[2] else (numbered[3], numbered[4])
    return f"{position}-{number_of}" if position else number_of, "temperature", unit.upper()


def _add_value(position: str, metric: str, raw: object, unit: str, report: DecodedReport) -> None:
    value = parse_number(raw)
    if not isinstance(value, str):
        change = converter(metric, unit)
        value = value if change is None else change(value)
    if isinstance(value, str):
        if metric in _ROOM_METRICS:
            report.invalid.append(Invalid(position, metric, value))
    else:
        report.values.append(Value(position, metric, value, None))
