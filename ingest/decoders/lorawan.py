"""What the network servers of LoRaWAN have in common: who heard an uplink, and what came of its codec."""

from zoneinfo import ZoneInfo

from ingest.decoders.bodies import number
from ingest.decoders.codecs import take
from ingest.decoders.contract import DecodedReport, Value

GATEWAYS = 32


def heard(report: DecodedReport, gateways: object, at: int | None, ident: tuple[str, ...]) -> None:
    """The gateway that heard it best and how well; `ident` is where its name stands in each entry."""
    best: tuple[float, str] | None = None
    for each in gateways[:GATEWAYS] if isinstance(gateways, list) else ():
        if not isinstance(each, dict):
            continue
        rssi = number(each.get("rssi"))
        if not isinstance(rssi, str) and (best is None or rssi > best[0]):
            best = (rssi, _text(each, ident))
    if best is not None:
        report.values.append(Value("", "signal", best[0], at))
        report.gateway = best[1]


def _text(found: object, path: tuple[str, ...]) -> str:
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found[:64] if isinstance(found, str) and found.isprintable() else ""


def decoded(report: DecodedReport, found: object, raw: object, at: int | None, zone: ZoneInfo) -> None:
    """The codec's answer; where there is none, or nothing in it for us, the report says so."""
    if isinstance(found, dict) and found:
        before = len(report.values) + len(report.invalid)
        take(found, at, zone, report)
        if len(report.values) + len(report.invalid) == before:
            report.undecoded = "nothing_known"
    elif raw:
        report.undecoded = "needs_codec"
