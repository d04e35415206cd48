"""Devices made for ThingsBoard: `v1/gateway/telemetry` for several, `v1/devices/me/telemetry` for one.

The latter name themselves only by the login that they use, which nobody but the broker sees: they all
come out as the one device `v1/devices/me`. Names of values are free, so `codecs` reads them. Source:
thingsboard.io/docs (reference/mqtt-api, reference/gateway-mqtt-api).
"""

from core.errors import DecodeError
from ingest.decoders.bodies import load, load_object, name
from ingest.decoders.codecs import take
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.times import instant

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
        return [DecodedReport(_device(load_object(payload).get("device")), online=_SESSIONS[topic])]
    if topic in _SEVERAL:
        body = load_object(payload)
        reports = [_report(_device(key), inside, context) for key, inside in list(body.items())[:DEVICES]]
    else:
        reports = [_report(NAMELESS, load(payload), context)]
    return [report for report in reports if report.values or report.invalid or report.undecoded]


def _device(raw: object) -> str:
    device = name(raw)
    if device is None:
        raise DecodeError("no_device")
    return device


def _report(device: str, body: object, context: DecodeContext) -> DecodedReport:
    """Flat values, `{"ts": …, "values": {…}}`, or an array of either."""
    report = DecodedReport(device)
    for item in (body if isinstance(body, list) else [body])[:ITEMS]:
        if not isinstance(item, dict):
            raise DecodeError("not_object", type(item).__name__)
        at = None if item.get("ts") is None else instant(item["ts"], context.zone)
        values = item.get("values")
        take(values if isinstance(values, dict) else item, at, context.zone, report)
    if not report.values and not report.invalid and body:
        report.undecoded = "nothing_known"
    return report
