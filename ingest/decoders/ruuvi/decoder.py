"""Ruuvi Gateway: `ruuvi/<gateway>/<tag>` with the Bluetooth advertisement as the tag sent it.

    {"gw_mac": "C8:25:..", "rssi": -71, "ts": "1773270932", "data": "0201061BFF990405F18C..", "coords": ""}

The firmware can also send decoded values; the advertisement is preferred. A tag sends one measurement
several times, and several gateways receive it: the same frame within a minute counts once.
`ruuvi/<gateway>/gw_status` tells whether the gateway is online. Source: github.com/ruuvi/docs.
"""

import re
from typing import Any

from core.errors import DecodeError
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.bodies import load_json_object, parse_number, parse_online
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value
from ingest.decoders.ruuvi import frames
from ingest.decoders.times import parse_epoch

FILTERS = ("ruuvi/#",)

_MAC = re.compile(r"[0-9A-F]{2}(?::?[0-9A-F]{2}){5}", re.IGNORECASE)
_SAME_FRAME_MS = 60_000
_AIR_MS = 600_000
_FRAMES = 6
_DECODED = {
    "temperature": ("temperature", 1),
    "humidity": ("humidity", 1),
    "pressure": ("pressure", 0.01),
    "co2": ("co2", 1),
    "luminosity": ("light", 1),
    "voltage": ("voltage", 1),
}
_HEALTH = {"voltage", "signal"}


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    if not payload:
        return []
    before, _, last = topic.rpartition("/")
    if last == "gw_status":
        return [DecodedReport(_gateway_of(before), online=parse_online(payload))]
    body = load_json_object(payload)
    if "data" not in body and "dataFormat" not in body and "temperature" not in body:
        return []
    at = None
    for key in ("ts", "gwts"):
        if at is None and body.get(key) not in (None, ""):
            at = parse_epoch(body[key])
    gateway = body.get("gw_mac")
    report = DecodedReport(
        _tag_of(last, body), gateway=gateway.upper() if isinstance(gateway, str) and len(gateway) < 40 else ""
    )
    data = body.get("data")
    frame = frames.manufacturer_data(data) if data not in (None, "") else None
    if frame is not None:
        if _is_repeated(report.device, frame, at, context):
            return []
        values = frames.decode_frame(frame)
        if values is None:
            report.undecoded = "needs_codec"
            return [report]
        for metric, value in values:
            _add_value(report, metric, value, at)
    elif data in (None, ""):
        _add_firmware_values(report, body, at)
    if not report.values and not report.invalid:
        return []
    if body.get("rssi") is not None:
        _add_value(report, "signal", parse_number(body["rssi"]), at)
    return [report]


def _gateway_of(before: str) -> str:
    device = before.removeprefix("ruuvi").strip("/")
    if not device.strip():
        raise DecodeError("no_device")
    return device.upper() if _MAC.fullmatch(device) else device


def _tag_of(last: str, body: dict[str, Any]) -> str:
    if not _MAC.fullmatch(last):
        address = body.get("id") or body.get("mac")
        last = address if isinstance(address, str) and _MAC.fullmatch(address) else last
    if not last.strip():
        raise DecodeError("no_device")
    return last.upper() if _MAC.fullmatch(last) else last


def _is_repeated(device: str, frame: bytes, at: int | None, context: DecodeContext) -> bool:
    """Whether the same measurement has come already. False for frames without a sequence number."""
    memory: FamilyMemory = context.memory
    when = context.received_at if at is None else at
    if frame[:1] == b"\xe1":
        memory.put(f"air:{device}", when, lasting=False)
    elif frame[:1] == b"\x06":
        air = memory.get(f"air:{device}")
        if air is not None and abs(when - air) < _AIR_MS:
            return True
    if not frames.has_sequence_number(frame):
        return False
    recent = memory.get(device) or ()
    if any(item == frame and abs(when - then) < _SAME_FRAME_MS for item, then in recent):
        return True
    memory.put(device, ((frame, when), *recent[: _FRAMES - 1]), lasting=False)
    return False


def _add_firmware_values(report: DecodedReport, body: dict[str, Any], at: int | None) -> None:
    """Adds the values that the gateway's firmware decoded; `null` marks what the tag cannot measure."""
    lower = {name.lower(): raw for name, raw in body.items()}
    for name, (metric, factor) in _DECODED.items():
        if name in lower:
            raw = lower[name]
            value = parse_number(raw)
            _add_value(report, metric, round(value * factor, 4) if isinstance(value, float) else value, at)


def _add_value(report: DecodedReport, metric: str, value: float | str, at: int | None) -> None:
    if isinstance(value, float):
        report.values.append(Value("", metric, value, at))
    elif metric not in _HEALTH:
        report.invalid.append(Invalid("", metric, value))
