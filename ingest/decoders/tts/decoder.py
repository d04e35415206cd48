"""The Things Stack 3 (also The Things Network): `v3/<app>@<tenant>/devices/<id>/up`.

`normalized_payload` is in standard units and takes precedence over `decoded_payload`, whose keys the
vendor chose. Source: thethingsindustries.com/docs (integrations/mqtt, payload formatters: normalized
payload).
"""

from core.errors import DecodeError
from ingest.decoders.bodies import load_json_object, parse_number
from ingest.decoders.codecs import add_known_values
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value
from ingest.decoders.lorawan import add_best_gateway, add_codec_values
from ingest.decoders.times import parse_time

FILTERS = ("v3/+/devices/+/up",)
QUIET = ("v3/#",)

_AIR = {
    "temperature": "temperature",
    "relativeHumidity": "humidity",
    "co2": "co2",
    "lightIntensity": "light",
    "pressure": "pressure",
}
_HEALTH = ("battery", "voltage")
ITEMS = 500


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    if not payload:
        return []
    device = topic.split("/")[3]
    if not device.strip():
        raise DecodeError("no_device")
    body = load_json_object(payload)
    uplink = body.get("uplink_message")
    if not isinstance(uplink, dict):
        return []
    at = _time(body, uplink, context)
    report = DecodedReport(device)
    add_best_gateway(report, uplink.get("rx_metadata"), at, ("gateway_ids", "gateway_id"))
    if not _add_normalized(uplink.get("normalized_payload"), at, context, report):
        add_codec_values(report, uplink.get("decoded_payload"), uplink.get("frm_payload"), at, context.zone)
    elif isinstance(uplink.get("decoded_payload"), dict):
        _add_battery(uplink["decoded_payload"], at, context, report)
    last = uplink.get("last_battery_percentage")
    level = parse_number(last.get("value")) if isinstance(last, dict) else "null"
    if not isinstance(level, str) and not any(value.metric == "battery" for value in report.values):
        report.values.append(Value("", "battery", level, at))
    return [report] if report.values or report.invalid or report.undecoded else []


def _time(body: dict[str, object], uplink: dict[str, object], context: DecodeContext) -> int | None:
    """The network server's time (ms UTC), else the application server's, which is later."""
    for raw in (uplink.get("received_at"), body.get("received_at")):
        at = None if raw is None else parse_time(raw, context.zone)
        if at is not None:
            return at
    return None


def _add_normalized(body: object, at: int | None, context: DecodeContext, report: DecodedReport) -> bool:
    """Adds the normalized values; an element may have its own time. Returns whether there was any."""
    before = len(report.values) + len(report.invalid)
    for item in (body if isinstance(body, list) else [body])[:ITEMS]:
        if not isinstance(item, dict):
            continue
        own = item.get("time")
        when = at if own is None else parse_time(own, context.zone) or at
        air, action = item.get("air"), item.get("action")
        for field, raw in air.items() if isinstance(air, dict) else ():
            if field in _AIR:
                _add_value(_AIR[field], raw, when, report)
        if "battery" in item:
            _add_value("voltage", item["battery"], when, report)
        state = action.get("contactState") if isinstance(action, dict) else None
        if state in ("open", "closed"):
            report.values.append(Value("", "door", float(state == "open"), when))
    return len(report.values) + len(report.invalid) > before


def _add_value(metric: str, raw: object, at: int | None, report: DecodedReport) -> None:
    value = parse_number(raw)
    if isinstance(value, str):
        report.invalid.append(Invalid("", metric, value))
    else:
        report.values.append(Value("", metric, value, at))


def _add_battery(
    body: dict[str, object], at: int | None, context: DecodeContext, report: DecodedReport
) -> None:
    """Adds battery and voltage of the codec's object, which the normalized payload usually lacks."""
    metrics = {value.metric for value in report.values}
    own = DecodedReport(report.device)
    add_known_values(body, at, context.zone, own)
    report.values += [
        value for value in own.values if value.metric in _HEALTH and value.metric not in metrics
    ]
