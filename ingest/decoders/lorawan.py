"""Shared by LoRaWAN network servers: the gateways of an uplink, and the output of its codec."""

from zoneinfo import ZoneInfo

from ingest.decoders.bodies import parse_number
from ingest.decoders.codecs import add_known_values
from ingest.decoders.contract import DecodedReport, Value

GATEWAYS = 32


def add_best_gateway(report: DecodedReport, gateways: object, at: int | None, ident: tuple[str, ...]) -> None:
    """Adds the gateway with the strongest signal (dBm); `ident` is the path of its name in each entry."""
    best_rssi: float | None = None
    for item in gateways[:GATEWAYS] if isinstance(gateways, list) else ():
        if not isinstance(item, dict):
            continue
        rssi = parse_number(item.get("rssi"))
        if not isinstance(rssi, str) and (best_rssi is None or rssi > best_rssi):
            best_rssi, report.gateway = rssi, _text(item, ident)
    if best_rssi is not None:
        report.values.append(Value("", "signal", best_rssi, at))


def _text(body: object, path: tuple[str, ...]) -> str:
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body[:64] if isinstance(body, str) and body.isprintable() else ""


def add_codec_values(
    report: DecodedReport, body: object, raw: object, at: int | None, zone: ZoneInfo
) -> None:
    """Adds the codec's values. Sets `undecoded` if the device has no codec, or the codec no known value."""
    if isinstance(body, dict) and body:
        before = len(report.values) + len(report.invalid)
        add_known_values(body, at, zone, report)
        if len(report.values) + len(report.invalid) == before:
            report.undecoded = "nothing_known"
    elif raw:
        report.undecoded = "needs_codec"
