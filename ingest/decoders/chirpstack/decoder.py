"""ChirpStack 4 (and 3): `application/<id>/device/<eui>/event/up` and `/event/status`, as JSON.

The codec of the device profile puts the values into `object` (`objectJSON` in version 3). Without a codec
there is only base64, and the report is undecoded (needs_codec). Source: github.com/chirpstack/chirpstack-docs
(integrations/events, integrations/mqtt).
"""

from core.errors import DecodeError
from ingest.decoders.bodies import load_json_object, parse_number
from ingest.decoders.contract import DecodeContext, DecodedReport, Value
from ingest.decoders.lorawan import add_best_gateway, add_codec_values
from ingest.decoders.times import parse_time

FILTERS = (
    *(f"application/+/device/+/event/{event}" for event in ("up", "status")),
    *(f"application/+/device/+/{event}" for event in ("rx", "status")),
    *(f"application/+/node/+/{event}" for event in ("rx", "status")),
)
QUIET = ("application/#", "gateway/#", "+/gateway/#")


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    if not payload:
        return []
    levels = topic.split("/")
    body = load_json_object(payload)
    device = levels[3].lower()
    if not device.strip():
        raise DecodeError("no_device")
    facts = body.get("deviceInfo")
    name = (facts if isinstance(facts, dict) else body).get("deviceName")
    report = DecodedReport(
        device, name=name.strip()[:100] if isinstance(name, str) and name.isprintable() else ""
    )
    at = _time(body, context)
    if levels[-1] == "status":
        _add_battery(body, at, report)
        return [report] if report.values else []
    add_best_gateway(report, body.get("rxInfo"), at, ("gatewayId",))
    if body.get("data") or _codec_object(body):
        add_codec_values(report, _codec_object(body), body.get("data"), at, context.zone)
        return [report]
    return []  # a network message without data


def _codec_object(body: dict[str, object]) -> object:
    inside = body.get("object")
    if inside is None and isinstance(body.get("objectJSON"), str):
        return load_json_object(str(body["objectJSON"]).encode()) if body["objectJSON"] else None
    return inside


def _time(body: dict[str, object], context: DecodeContext) -> int | None:
    """The server's time (ms UTC). Version 3 has only the gateways' times."""
    if body.get("time") is not None:
        return parse_time(body["time"], context.zone)
    gateways = body.get("rxInfo")
    for item in gateways[:8] if isinstance(gateways, list) else ():
        fields = item if isinstance(item, dict) else {}
        for key in ("nsTime", "gwTime", "time"):
            at = parse_time(fields[key], context.zone) if fields.get(key) else None
            if at is not None:
                return at
    return None


def _add_battery(body: dict[str, object], at: int | None, report: DecodedReport) -> None:
    """Adds `batteryLevel` (%). -1 and 0 mean mains power or unknown."""
    if body.get("externalPowerSource") or body.get("batteryLevelUnavailable"):
        return
    level = parse_number(body.get("batteryLevel"))
    if not isinstance(level, str) and 0 < level <= 100:
        report.values.append(Value("", "battery", round(level, 1), at))
