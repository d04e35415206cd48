"""Parses devices' times into ms UTC. `core.readings.readings.judge_time` decides whether to trust them."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ingest.decoders.bodies import parse_number

_SECONDS_BELOW = 100_000_000_000
_MILLIS_BELOW = 100_000_000_000_000
_MICROS_BELOW = 100_000_000_000_000_000
_END = 253_402_300_800_000  # year 10000
_END_NS = _END * 1_000_000
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MILLISECOND = timedelta(milliseconds=1)
_SHORTEST = len("20260312T0715")
_REMEMBER = 8192


def parse_time(raw: object, zone: ZoneInfo) -> int | None:
    """Parses ISO 8601 (in `zone` if it has no offset) or an epoch in s, ms, µs or ns, also as text.

    None if it is not a time, before 1970 or after the year 9999.
    """
    if raw.__class__ is float or raw.__class__ is int:
        return _epoch_ms(raw)
    if raw.__class__ is str and len(raw) >= _SHORTEST:
        return _parse_text(raw, zone)
    return parse_epoch(raw)


@lru_cache(_REMEMBER)
def _parse_text(text: str, zone: ZoneInfo) -> int | None:
    """Cached, since under load many messages have the same time."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            at = at.replace(tzinfo=zone)
        ms = (at - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return parse_epoch(text)
    return ms if 0 <= ms < _END else None


def parse_epoch(raw: object) -> int | None:
    """ms UTC of an epoch in s, ms, µs or ns, by its number of digits. None if it is not a time."""
    value = parse_number(raw)
    return None if isinstance(value, str) else _epoch_ms(value)


def _epoch_ms(value: float) -> int | None:
    if _SECONDS_BELOW <= value < _MILLIS_BELOW:  # ms, as nearly all devices send it
        return round(value)
    if not 0 <= value < _END_NS:
        return None
    if value < _SECONDS_BELOW:
        value *= 1000
    elif value >= _MICROS_BELOW:
        value /= 1_000_000
    elif value >= _MILLIS_BELOW:
        value /= 1000
    ms = round(value)
    return ms if ms < _END else None
