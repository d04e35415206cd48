"""Shelly generation 2 and later: components by key (`temperature:0`), in notifications or one per topic.

A device is named by its id. If a user set the topic's prefix, the id is in `src`. A switch or meter gives
energy and voltage; its `temperature` is the chip's, and so is a meter's `temperature:0`. `tC` is `null`
with `errors` if a probe does not answer.
"""

import re
from functools import lru_cache
from typing import Any

from core.errors import DecodeError
from ingest.decoders.bodies import clean_name, parse_number
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value
from ingest.decoders.shelly import blu
from ingest.decoders.times import parse_epoch

Field = tuple[tuple[str, ...], str, str, float]
"""(path, metric, prefix of the position, factor to the standard unit)"""

_WH = 0.001
_METER: tuple[Field, ...] = ((("aenergy", "total"), "energy", "", _WH), (("voltage",), "voltage", "", 1))
_FIELDS: dict[str, tuple[Field, ...]] = {
    "temperature": ((("tC",), "temperature", "", 1),),
    "humidity": ((("rh",), "humidity", "", 1),),
    "illuminance": ((("lux",), "light", "", 1),),
    "voltmeter": ((("voltage",), "voltage", "", 1),),
    "switch": _METER,
    "cover": _METER,
    "light": _METER,
    "pm1": _METER,
    "em": tuple(((f"{phase}_voltage",), "voltage", f"{phase}-", 1) for phase in "abc"),
    "em1": ((("voltage",), "voltage", "", 1),),
    "emdata": ((("total_act",), "energy", "", _WH),),
    "em1data": ((("total_act_energy",), "energy", "", _WH),),
    "blutrv": ((("current_C",), "temperature", "", 1), (("battery",), "battery", "", 1)),
}
_DEVICE_FIELDS: dict[str, tuple[Field, ...]] = {
    "devicepower": ((("battery", "percent"), "battery", "", 1), (("battery", "V"), "voltage", "", 1)),
    "wifi": ((("rssi",), "signal", "", 1),),
}
"""Fields of the device as a whole, so without a position."""
_PROBES = {"temperature", "humidity", "illuminance", "voltmeter"}
"""Components that are a single probe: `null` in them is a fault."""

_COUNTS: dict[str, tuple[int, ...]] = {
    "temperature": (0, *range(100, 105), *range(200, 205)),
    "humidity": (0, 100, 200),
    "illuminance": (0,),
    "voltmeter": (100, 200),
    "switch": (0, 1, 2, 3),
    "cover": (0, 1),
    "pm1": (0,),
    "em": (0,),
    "emdata": (0,),
    "em1": (0, 1, 2),
    "em1data": (0, 1, 2),
    "blutrv": (200, 201, 202),
    "devicepower": (0,),
}
NAMES = frozenset(["wifi", *(f"{kind}:{item}" for kind, ids in _COUNTS.items() for item in ids)])
TOPICS = tuple(sorted(NAMES))
"""One by one, so that another device's `x/status/y` is not decoded as a Shelly's."""

_KEY = re.compile(r"([a-z0-9]+):(\d{1,4})")
_METERS = re.compile(r"shelly(pro|plug|pm|\d?em)", re.IGNORECASE)
_ID = re.compile(r"shelly[a-z0-9]*-[^/]+", re.IGNORECASE)


def decode_notification(prefix: str, body: dict[str, Any], context: DecodeContext) -> list[DecodedReport]:
    """Decodes `events/rpc`: components of NotifyStatus and NotifyFullStatus, script events of NotifyEvent."""
    params = body.get("params")
    if not isinstance(params, dict):
        raise DecodeError("wrong_type", "params")
    device = _device_id(prefix, clean_name(body.get("src")) or "", context)
    if body.get("method") == "NotifyEvent":
        return blu.decode_events(device, params, context)
    report = DecodedReport(device)
    at = None if params.get("ts") is None else parse_epoch(params["ts"])
    blu_reports = blu.BluReports(device, prefix, context)
    for key, component in params.items():
        if isinstance(component, dict):
            _add_component(report, key, component, at, blu_reports)
    report.online = context.memory.get(f"online:{prefix}")
    if report.online is not None:
        context.memory.put(f"online:{prefix}", None, lasting=False)
    return _reports(report, blu_reports)


def decode_status(
    prefix: str, key: str, component: dict[str, Any], context: DecodeContext
) -> list[DecodedReport]:
    """Decodes one component on a topic of its own, which has no time."""
    report = DecodedReport(_device_id(prefix, "", context))
    blu_reports = blu.BluReports(report.device, prefix, context)
    _add_component(report, key, component, None, blu_reports)
    return _reports(report, blu_reports)


def decode_online(prefix: str, is_online: bool, context: DecodeContext) -> list[DecodedReport]:
    """Decodes `<prefix>/online`. Below a prefix that a user set, holds it until a notification names the
    device."""
    device = context.memory.get(f"id:{prefix}")
    last = prefix.removeprefix("shellies/")
    if device is None and (_ID.fullmatch(last) or (last != prefix and "/" not in last)):
        device = last
    if device is None:
        context.memory.put(f"online:{prefix}", is_online, lasting=False)
        return []
    return [DecodedReport(_checked_id(str(device)), online=is_online)]


def _reports(report: DecodedReport, blu_reports: blu.BluReports) -> list[DecodedReport]:
    report.undecoded = blu_reports.request_components()
    has_content = report.values or report.invalid or report.online is not None or report.undecoded
    return [*([report] if has_content else []), *blu_reports.reports()]


def _device_id(prefix: str, source: str, context: DecodeContext) -> str:
    """The device's id, the same for all messages below one prefix: `src` if that came first."""
    if source == prefix or (not source and _ID.fullmatch(prefix)):
        return _checked_id(prefix)
    device_id = context.memory.get(f"id:{prefix}")
    if device_id is None:
        device_id = _checked_id(source or prefix.removeprefix("shellies/"))
        context.memory.put(f"id:{prefix}", device_id)
    return str(device_id)


def _checked_id(device: str) -> str:
    if not device.strip():
        raise DecodeError("no_device")
    return device[:200]


@lru_cache(1024)
def _kind_and_position(key: str) -> tuple[str, str]:
    """(kind, position) of a component's key; the kind is "" if it is no component."""
    if key == "wifi":
        return key, ""
    match = _KEY.fullmatch(key)
    if match is None:
        return "", ""
    return match[1], "" if match[1] in _DEVICE_FIELDS else key


def _add_component(
    report: DecodedReport, key: str, component: dict[str, Any], at: int | None, blu_reports: blu.BluReports
) -> None:
    kind, position = _kind_and_position(key) if len(key) <= 40 else ("", "")
    if kind in ("bthomesensor", "bthomedevice"):
        blu_reports.add_component(kind, key, component, at)
        return
    fields = _FIELDS.get(kind) or _DEVICE_FIELDS.get(kind)
    if fields is None or (key == "temperature:0" and _METERS.match(report.device)):
        return
    if kind == "devicepower" and _runs_without_battery(component):
        return
    faulty = kind in _PROBES and bool(component.get("errors"))
    for path, metric, before, factor in fields:
        raw: Any = component
        for step in path:
            raw = raw.get(step) if isinstance(raw, dict) else None
        if raw is None and not faulty and not (kind in _PROBES and path[-1] in component):
            continue
        value = "error_code" if faulty else parse_number(raw)
        if isinstance(value, str):
            report.invalid.append(Invalid(before + position, metric, value))
        else:
            value = value if factor == 1 else round(value * factor, 6)
            report.values.append(Value(before + position, metric, value, at))


def _runs_without_battery(component: dict[str, Any]) -> bool:
    """Whether the device runs on USB without batteries; it reports 0 % then."""
    external, battery = component.get("external"), component.get("battery")
    return (
        isinstance(external, dict)
        and external.get("present") is True
        and isinstance(battery, dict)
        and not battery.get("percent")
    )
