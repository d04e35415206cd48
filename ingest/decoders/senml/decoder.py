"""SenML packs (RFC 8428, secondary units RFC 8798) on `senml/…`, or on a topic that ends with `senml`.

The device is the base name, or the record's name without its last part; the position is the whole name.
"""

from core.errors import DecodeError
from core.readings.units import converter
from ingest.decoders.bodies import clean_name, load_json, parse_number
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value

FILTERS = ("senml/#", "+/senml", "+/+/senml", "+/senml/+")

RELATIVE_BELOW = 1 << 28
RECORDS = 20_000
_UNITS = {
    "Cel": "temperature",
    "K": "temperature",
    "degF": "temperature",
    "%RH": "humidity",
    "lx": "light",
    "Pa": "pressure",
    "hPa": "pressure",
    "%EL": "battery",
    "V": "voltage",
    "mV": "voltage",
    "dBm": "signal",
    "dBW": "signal",
    "kWh": "energy",
    "Wh": "energy",
}
"""Unit -> metric. For `ppm` and `%` the name decides."""
_BY_NAME = {"ppm": ("co2", "co"), "ppb": ("co2", "co"), "%": ("humidity", "battery")}
_VALUE_KEYS = {"v", "vb", "vs", "vd", "s"}
_UNIT_NAMES = {"degF": "f"}
_DOORS = ("door", "contact", "open")


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    if not payload:
        return []
    body = load_json(payload)
    pack = body if isinstance(body, list) else [body]
    gateway = clean_name(topic.rsplit("/", 1)[-1]) or ""
    reports: dict[str, DecodedReport] = {}
    base: dict[str, object] = {}
    for record in pack[:RECORDS]:
        if not isinstance(record, dict):
            raise DecodeError("not_object", type(record).__name__)
        base |= {key: record[key] for key in ("bn", "bt", "bu", "bv", "bs") if key in record}
        full = f"{_text(base.get('bn'))}{_text(record.get('n'))}"
        if _VALUE_KEYS.isdisjoint(record):
            continue
        if not full:
            raise DecodeError("no_device")
        device = _device_of(_text(base.get("bn")), full)
        report = reports.setdefault(
            device, DecodedReport(device, gateway=gateway if gateway != "senml" else "")
        )
        _add_record(record, base, full, context, report)
    if reports and not any(report.values or report.invalid for report in reports.values()):
        raise DecodeError("nothing_known", next(iter(reports)))
    return [report for report in reports.values() if report.values or report.invalid]


def _text(raw: object) -> str:
    return "" if raw is None else clean_name(raw) or ""


def _device_of(base: str, full: str) -> str:
    """The device of a record: the base name without its separator, or the full name up to its last `/`."""
    base_name = (base or full).rstrip("/:;._-")
    if base:
        return base_name or full
    head, slash, _ = base_name.rpartition("/")
    return head if slash and head else base_name


def _add_record(
    record: dict[str, object],
    base: dict[str, object],
    full: str,
    context: DecodeContext,
    report: DecodedReport,
) -> None:
    position = full[-64:]
    at = _time(record, base, context)
    last = full.lower()
    if "vb" in record:
        if any(word in last for word in _DOORS) and isinstance(record["vb"], bool):
            report.values.append(Value(position, "door", float(record["vb"]), at))
        return
    if "v" not in record and "bv" not in base:
        return
    unit = record.get("u", base.get("bu"))
    metric = _metric(unit, last)
    if metric is None:
        return
    value = parse_number(record.get("v", 0))
    if not isinstance(value, str):
        plus = parse_number(base.get("bv", 0))
        change = converter(metric, _UNIT_NAMES.get(str(unit), str(unit)))
        value = (
            "unknown_unit"
            if change is None
            else "not_a_number"
            if isinstance(plus, str)
            else change(value + plus)
        )
    if isinstance(value, str):
        report.invalid.append(Invalid(position, metric, value))
    else:
        report.values.append(Value(position, metric, value, at))


def _metric(unit: object, full: str) -> str | None:
    if not isinstance(unit, str):
        return None
    if unit in _BY_NAME:
        return next((metric for metric in _BY_NAME[unit] if metric[:3] in full), None)
    return _UNITS.get(unit)


def _time(record: dict[str, object], base: dict[str, object], context: DecodeContext) -> int | None:
    """ms UTC. Times below 2^28 s are relative to now (RFC 8428, 4.5.3); 0 means no time. Raises DecodeError
    (bad_time)."""
    parts = [parse_number(raw) for raw in (base.get("bt", 0), record.get("t", 0))]
    seconds = sum(part for part in parts if not isinstance(part, str))
    if any(isinstance(part, str) for part in parts):
        raise DecodeError("bad_time", str(record.get("t", base.get("bt")))[:100])
    if seconds == 0:
        return None
    ms = round(seconds * 1000) + (context.received_at if seconds < RELATIVE_BELOW else 0)
    return ms if 0 <= ms < 1 << 48 else None
