"""Devices made for ThingsBoard: `v1/gateway/telemetry` for several, `v1/devices/me/telemetry` for one.

A single device identifies itself only by its MQTT credentials, which only the broker sees: all of them are
the one device `v1/devices/me`. Keys are free, so `codecs` reads them. Source: thingsboard.io/docs
(reference/mqtt-api, reference/gateway-mqtt-api).
"""

from core.errors import DecodeError
from ingest.decoders.bodies import clean_name, load_json, load_json_object
from ingest.decoders.codecs import add_known_values
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.times import parse_time

_ONE = ("v1/devices/me/telemetry", "v2/t", "v2/telemetry")
_SEVERAL = ("v1/gateway/telemetry",)
_SESSIONS = {"v1/gateway/connect": True, "v1/gateway/disconnect": False}
FILTERS = tuple(f"{slash}{topic}" for topic in (*_ONE, *_SEVERAL, *_SESSIONS) for slash in ("", "/"))
QUIET = tuple(
    f"{slash}{topic}" for topic in ("v1/devices/me/#", "v1/gateway/#", "v2/#") for slash in ("", "/")
)

NAMELESS = "v1/devices/me"
ITEMS = 10_000
DEVICES = 1_000


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    if not payload:
        return []
    topic = topic.removeprefix("/")
    if topic in _SESSIONS:
        return [
            DecodedReport(_checked_device(load_json_object(payload).get("device")), online=_SESSIONS[topic])
        ]
    if topic in _SEVERAL:
        body = load_json_object(payload)
        reports = [
            _decode_body(_checked_device(key), inside, context)
            for key, inside in list(body.items())[:DEVICES]
        ]
    else:
        reports = [_decode_body(NAMELESS, load_json(payload), context)]
    return [report for report in reports if report.values or report.invalid or report.undecoded]


def _checked_device(raw: object) -> str:
    device = clean_name(raw)
    if device is None:
        raise DecodeError("no_device")
    return device


def _decode_body(device: str, body: object, context: DecodeContext) -> DecodedReport:
    """Decodes flat values, `{"ts": …, "values": {…}}`, or an array of either. Raises DecodeError
    (not_object)."""
    report = DecodedReport(device)
    for item in (body if isinstance(body, list) else [body])[:ITEMS]:
        if not isinstance(item, dict):
            raise DecodeError("not_object", type(item).__name__)
        at = None if item.get("ts") is None else parse_time(item["ts"], context.zone)
        values = item.get("values")
        add_known_values(values if isinstance(values, dict) else item, at, context.zone, report)
    if not report.values and not report.invalid and body:
        report.undecoded = "nothing_known"
    return report
