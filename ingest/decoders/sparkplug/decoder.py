"""Sparkplug B: `spBv1.0/<group>/<type>/<edge node>[/<device>]` with protobuf.

A birth names every metric; later data may carry only aliases. A death says that a node or device is
offline. A missed birth (QoS 0) is requested again: `NCMD` with `Node Control/Rebirth`. Source: Eclipse
Sparkplug 3.0, chapters 5 and 6.
"""

from core.errors import DecodeError
from core.readings.units import converter
from ingest.decoders.bodies import parse_number
from ingest.decoders.contract import Command, DecodeContext, DecodedReport, Invalid, Value
from ingest.decoders.sparkplug.births import NUMBERS, Birth, Definition, define_metric, flatten, learn_birth
from ingest.decoders.sparkplug.wire import SparkplugMetric, SparkplugPayload, parse_payload, rebirth_command

FILTERS = (
    *(f"spBv1.0/+/{kind}/+" for kind in ("NBIRTH", "NDATA", "NDEATH")),
    *(f"spBv1.0/+/{kind}/+/+" for kind in ("DBIRTH", "DDATA", "DDEATH")),
)
QUIET = ("spBv1.0/#", "STATE/#")

_REQUEST_AGAIN_MS = 60_000
_REQUEST_AGAIN_FOR_OLD_MS = 600_000
_FRESH_MS = 120_000
_UNNAMED_MS = 300_000
_REQUESTS_AT_ONCE = 100
_GOOD = 192
_SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}
_UNIT_MATTERS = {"temperature", "pressure", "energy", "voltage"}
_HEALTH = {"battery", "voltage", "signal", "linkquality"}


def decode(topic: str, body: bytes, context: DecodeContext) -> list[DecodedReport]:
    if not body:
        return []
    _, group, kind, *names = topic.split("/")
    if not all(name.strip() for name in (group, *names)):
        raise DecodeError("no_device")
    node, device = f"{group}/{names[0]}", "/".join([group, *names])
    message = parse_payload(body)
    if kind == "NDEATH":
        return _decode_node_death(node, message, context)
    gap = _has_gap(node, kind, message, context)
    if kind == "DDEATH":
        if gap:
            _request_rebirth(group, names[0], message, context)
        return [DecodedReport(device, online=False)]
    report = DecodedReport(device)
    if kind in ("NBIRTH", "DBIRTH"):
        report.online = True
        definitions = learn_birth(message.metrics)
        if kind == "NBIRTH":
            definitions["bdseq"] = _bdseq(message)
        if not definitions["names"] and any(metric.datatype in NUMBERS for metric in message.metrics):
            report.undecoded = "nothing_known"
        context.memory.put(f"b:{device}", definitions)
    else:
        definitions = context.memory.get(f"b:{device}")
        gap = gap or definitions is None
    birth = Birth(definitions) if definitions else None
    unknown = _add_values(report, message, birth, kind, context)
    report.undecoded = "needs_meaning" if unknown else report.undecoded
    if unknown or gap:
        _request_rebirth(group, names[0], message, context)
    has_content = report.values or report.invalid or report.online is not None or report.undecoded
    return [report] if has_content else []


def _bdseq(message: SparkplugPayload) -> int | None:
    return next((m.value for m in message.metrics if m.name == "bdSeq" and isinstance(m.value, int)), None)


def _decode_node_death(node: str, message: SparkplugPayload, context: DecodeContext) -> list[DecodedReport]:
    """Reports the node and its devices as offline, unless it is the death of an earlier session."""
    born = context.memory.get(f"b:{node}")
    died = _bdseq(message)
    if born and None not in (born.get("bdseq"), died) and born["bdseq"] != died:
        return []
    context.memory.put(f"q:{node}", None, lasting=False)
    behind = f"b:{node}/"
    devices = [key[2:] for key, _ in context.memory.items() if key.startswith(behind)]
    return [DecodedReport(device, online=False) for device in (node, *devices)]


def _has_gap(node: str, kind: str, message: SparkplugPayload, context: DecodeContext) -> bool:
    """Whether messages are missing before this one. A node and its devices share numbers from 0 to 255."""
    if message.seq is None:
        return False
    before = context.memory.get(f"q:{node}")
    context.memory.put(f"q:{node}", message.seq, lasting=False)
    if kind == "NBIRTH":
        return False
    return before is None or message.seq not in ((before + 1) % 256, before)


def _request_rebirth(group: str, node: str, message: SparkplugPayload, context: DecodeContext) -> None:
    """Adds a command that requests a rebirth, at most every `_REQUEST_AGAIN_MS`; less often for old
    messages (a draining queue or a wrong clock)."""
    now = context.received_at
    key = f"ask:{group}/{node}"
    first_at, last_at = context.memory.get(key) or (now, None)
    fresh = message.at is None or abs(now - message.at) <= _FRESH_MS
    again = _REQUEST_AGAIN_MS if fresh else _REQUEST_AGAIN_FOR_OLD_MS
    if (
        context.retained
        or (last_at is not None and now - last_at < again)
        or len(context.commands) >= _REQUESTS_AT_ONCE
    ):
        return
    if set(group + node) & set("+#\0"):
        return
    context.memory.put(key, (first_at, now), lasting=False)
    context.commands.append(Command(f"spBv1.0/{group}/NCMD/{node}", rebirth_command(now)))


def _add_values(
    report: DecodedReport, message: SparkplugPayload, birth: Birth | None, kind: str, context: DecodeContext
) -> bool:
    """Adds the values of known metrics. Returns whether a metric lacked the name or unit that a birth
    gives."""
    unknown = False
    taken: set[tuple[str, str, int | None]] = set()
    named = [_with_name(metric, birth) for metric in message.metrics]
    unknown = None in named
    for name, metric in flatten([metric for metric in named if metric is not None and metric.name]):
        meaning = birth.definition(name) if birth else None
        if birth is None and kind in ("NDATA", "DDATA"):
            meaning = define_metric(name, metric.unit or "", metric.datatype)
            if (
                metric.unit is None
                and meaning.metric in _UNIT_MATTERS
                and not _is_rebirth_overdue(report.device, context)
            ):
                unknown = True
                continue
        if meaning is None or not meaning.metric:
            continue
        at = metric.at if metric.at is not None else message.at
        probe = (name[-64:], meaning.metric, at)
        if probe not in taken:
            taken.add(probe)
            _add_value(report, name[-64:], meaning, metric, at)
    return unknown


def _with_name(metric: SparkplugMetric, birth: Birth | None) -> SparkplugMetric | None:
    """The metric with the name of its alias; the name is "" if it is not in use. None if no birth has
    named it."""
    if metric.name:
        return metric
    name = birth.name(metric) if birth else None
    if name is None:
        return None
    metric.name = name
    return metric


def _is_rebirth_overdue(device: str, context: DecodeContext) -> bool:
    """Whether a requested rebirth has not come for `_UNNAMED_MS`: values are then decoded by name alone."""
    node = "/".join(device.split("/")[:2])
    first_at, _ = context.memory.get(f"ask:{node}") or (context.received_at, 0)
    return bool(context.received_at - first_at > _UNNAMED_MS)


def _add_value(
    report: DecodedReport, position: str, meaning: Definition, metric: SparkplugMetric, at: int | None
) -> None:
    value = _value(meaning, metric)
    if isinstance(value, str):
        if not (value == "null" and meaning.metric in _HEALTH):
            report.invalid.append(Invalid(position, meaning.metric, value))
    else:
        report.values.append(Value(position, meaning.metric, value, at))


def _value(meaning: Definition, metric: SparkplugMetric) -> float | str:
    raw = metric.value
    if metric.quality is not None and metric.quality != _GOOD:
        return "error_code"
    if metric.null or raw is None or isinstance(raw, bytes):
        return "null"
    if meaning.metric in ("door", "power"):
        return float(bool(raw)) if raw in (0, 1) else "wrong_value"
    if isinstance(raw, bool):
        return "wrong_type"
    bits = _SIGNED.get(metric.datatype or meaning.datatype)
    if bits and isinstance(raw, int):
        raw &= (1 << bits) - 1
        raw -= (raw >> bits - 1) << bits
    value = parse_number(raw)
    if isinstance(value, str):
        return value
    change = converter(meaning.metric, meaning.unit)
    return parse_number(change(value)) if change is not None else "unknown_unit"
