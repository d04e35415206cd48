"""Shelly BLU and other BTHome sensors, whose Bluetooth packets a Shelly gateway forwards.

There are two ways. `bthomesensor:200` carries a bare value; the gateway is asked for its address and kind
by `Shelly.GetComponents`, and the answer is remembered. Or Shelly's script sends everything under the
address. One packet comes through several gateways; its `pid` identifies it.
"""

import re
from typing import Any

from ingest.decoder_memory import FamilyMemory
from ingest.decoders.bodies import clean_name, parse_number
from ingest.decoders.contract import Command, DecodeContext, DecodedReport, Invalid, Value
from ingest.decoders.times import parse_epoch

REPLIES = "coldshed/shelly"
"""Gateways publish their answers on `<REPLIES>/rpc`."""

_COMPONENTS_REQUEST = (
    b'{"id":1,"src":"%s","method":"Shelly.GetComponents","params":{"dynamic_only":true,"include":["config"]}}'
)
_REQUEST_AGAIN_MS = 600_000
_SAME_PACKET_MS = 60_000
_SENSORS_AT_MOST = 200
INDEX_BELOW = 100
_ADDRESS = re.compile(r"[0-9a-fA-F]{2}(?:[:-]?[0-9a-fA-F]{2}){5}")

_OBJECTS = {
    0x01: "battery",
    0x02: "temperature",
    0x45: "temperature",
    0x57: "temperature",
    0x58: "temperature",
    0x03: "humidity",
    0x2E: "humidity",
    0x05: "light",
    0x04: "pressure",
    0x12: "co2",
    0x0C: "voltage",
    0x4A: "voltage",
    0x11: "door",
    0x1A: "door",
    0x2D: "door",
}
"""BTHome object ids (bthome.io/format)."""
_FIELDS = {
    "battery": "battery",
    "temperature": "temperature",
    "humidity": "humidity",
    "illuminance": "light",
    "pressure": "pressure",
    "co2": "co2",
    "voltage": "voltage",
    "window": "door",
    "door": "door",
    "opening": "door",
    "rssi": "signal",
}


def learn_components(body: dict[str, Any], memory: FamilyMemory) -> None:
    """Stores a gateway's answer: the address and metric of each component."""
    gateway, result = clean_name(body.get("src")), body.get("result")
    components = result.get("components") if isinstance(result, dict) else None
    if gateway is None or not isinstance(components, list):
        return
    components_by_key = dict(memory.get(f"blu:{gateway}") or {})
    for item in components:
        key, config = (item.get("key"), item.get("config")) if isinstance(item, dict) else (None, None)
        if not isinstance(key, str) or not isinstance(config, dict) or len(key) > 40 or not key.isascii():
            continue
        address, kind, index = _address(config.get("addr")), config.get("obj_id"), config.get("idx")
        if address is None or (key not in components_by_key and len(components_by_key) >= _SENSORS_AT_MOST):
            continue
        if key.startswith("bthomesensor:") and isinstance(kind, int):
            components_by_key[key] = [
                address,
                _OBJECTS.get(kind, ""),
                index if isinstance(index, int) and 0 < index < INDEX_BELOW else 0,
            ]
        elif key.startswith("bthomedevice:"):
            components_by_key[key] = [address, clean_name(config.get("name")) or "", 0]
    if components_by_key:
        memory.put(f"blu:{gateway}", components_by_key)


class BluReports:
    """Collects a report for each sensor in one message of a gateway."""

    def __init__(self, gateway: str, prefix: str, context: DecodeContext) -> None:
        self._gateway = gateway
        self._prefix = prefix
        self._context = context
        self._reports: dict[str, DecodedReport] = {}
        self._unknown = False

    def add_component(self, kind: str, key: str, body: dict[str, Any], at: int | None) -> None:
        sensor = (self._context.memory.get(f"blu:{self._gateway}") or {}).get(key)
        if sensor is None:
            self._unknown = self._unknown or "value" in body or "battery" in body
            return
        address, meaning, index = sensor
        at = parse_epoch(body["last_updated_ts"]) if body.get("last_updated_ts") else at
        report = self._reports.get(address)
        if report is None:
            report = self._reports[address] = DecodedReport(address, gateway=self._gateway)
        if kind == "bthomedevice":
            report.name = meaning
            _add_value(report, "", "battery", body.get("battery"), at)
            _add_value(report, "", "signal", body.get("rssi"), at)
        elif meaning and meaning != "battery":
            _add_value(report, str(index + 1) if index else "", meaning, body.get("value"), at)

    def reports(self) -> list[DecodedReport]:
        return [report for report in self._reports.values() if report.values or report.invalid]

    def request_components(self) -> str:
        """Adds a command that asks the gateway for unknown components, at most every `_REQUEST_AGAIN_MS`
        and never for a retained message. Returns the reason `needs_meaning` if some are unknown, else
        ""."""
        if not self._unknown:
            return ""
        context = self._context
        asked_at = context.memory.get(f"asked:{self._prefix}") or 0
        if not context.retained and context.received_at - asked_at >= _REQUEST_AGAIN_MS:
            context.memory.put(f"asked:{self._prefix}", context.received_at, lasting=False)
            context.commands.append(Command(f"{self._prefix}/rpc", _COMPONENTS_REQUEST % REPLIES.encode()))
        return "needs_meaning"


def decode_events(gateway: str, params: dict[str, Any], context: DecodeContext) -> list[DecodedReport]:
    """Decodes events of the maker's script: `{"component": "script:1", "event": "shelly-blu", "data":
    {..}}`."""
    events = params.get("events")
    reports: list[DecodedReport] = []
    for event in events[:50] if isinstance(events, list) else []:
        data = event.get("data") if isinstance(event, dict) else None
        if isinstance(data, dict) and "address" in data:
            at = event.get("ts") or params.get("ts")
            reports += _decode_packet(data, gateway, None if at is None else parse_epoch(at), context)
    return reports


def decode_published(data: dict[str, Any], context: DecodeContext) -> list[DecodedReport]:
    """Decodes a packet that the script publishes (`shelly-blu/events/<mac>`)."""
    return _decode_packet(data, clean_name(data.get("gateway")) or "", None, context)


def _decode_packet(
    data: dict[str, Any], gateway: str, at: int | None, context: DecodeContext
) -> list[DecodedReport]:
    address = _address(data.get("address"))
    if address is None or data.get("encryption") is True:
        return []
    packet = data.get("pid")
    if isinstance(packet, int):
        last_packet, last_at = context.memory.get(f"pid:{address}") or (None, 0)
        now = context.received_at
        if last_packet == packet and now - last_at < _SAME_PACKET_MS:
            return []
        context.memory.put(f"pid:{address}", (packet, now), lasting=False)
    report = DecodedReport(address, gateway=gateway)
    taken: set[tuple[str, str]] = set()
    for field, metric in _FIELDS.items():
        raw = data.get(field)
        for index, item in enumerate(raw[:8] if isinstance(raw, list) else [raw]):
            position = str(index + 1) if index else ""
            if (position, metric) not in taken and item is not None:
                taken.add((position, metric))
                _add_value(report, position, metric, item, at)
    return [report] if report.values or report.invalid else []


def _address(raw: object) -> str | None:
    return raw.lower() if isinstance(raw, str) and _ADDRESS.fullmatch(raw) else None


def _add_value(report: DecodedReport, position: str, metric: str, raw: object, at: int | None) -> None:
    if raw is None or any(item[:2] == (position, metric) for item in report.values):
        return
    value = float(raw) if metric == "door" and isinstance(raw, bool) else parse_number(raw)
    if metric == "door" and isinstance(value, float):
        value = 1.0 if value else 0.0
    if isinstance(value, str):
        report.invalid.append(Invalid(position, metric, value))
    else:
        report.values.append(Value(position, metric, value, at))
