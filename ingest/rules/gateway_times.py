"""Parses gateways' times, in more formats than `ingest.decoders.times`."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.decoding.rules import TimeSource
from ingest.decoders.bodies import parse_number
from ingest.decoders.times import parse_time

_PATTERNS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y%m%d%H%M%S",
    "%Y%m%d %H:%M:%S",
    "%Y-%m-%d-%H-%M-%S",
    "%H:%M:%S %m/%d/%Y",
    "%m/%d/%Y %H:%M:%S",
    "%y-%m-%d %H:%M:%S",
    "%H:%M:%S %Y-%m-%d",
)
_FULL = re.compile(r"20\d{12}")
_DATE_WORDS = str.maketrans({"年": "-", "月": "-", "日": " ", "时": ":", "分": ":", "秒": "", "点": ":"})
_LAST_MS = 253_402_300_800_000


class UnreadableTime(Exception):
    """The message has a time that cannot be parsed."""


def parse_gateway_time(raw: object, clock: TimeSource, site: ZoneInfo) -> int | None:
    """ms UTC. None if the message has no time (null, an empty text, 0). Raises UnreadableTime."""
    if raw is None or raw == "" or raw == 0 or raw == "0" or isinstance(raw, bool):
        return None
    zone = _zone(clock.zone) or site
    if clock.format in ("s", "ms"):
        value = parse_number(raw)
        if isinstance(value, str):
            raise UnreadableTime
        at = round(value * (1000 if clock.format == "s" else 1))
        return _checked(at)
    if clock.format != "auto":
        return _by_pattern(str(raw)[:60], clock.format, zone)
    return _by_any_pattern(str(raw)[:60] if isinstance(raw, str | int | float) else "", zone)


@lru_cache(64)
def _zone(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name else None


@lru_cache(4096)
def _by_pattern(text: str, pattern: str, zone: ZoneInfo) -> int:
    try:
        time = datetime.strptime(text.strip(), pattern)  # noqa: DTZ007 - the zone is given below
        if time.tzinfo is None:
            utc = pattern.rstrip().endswith(("UTC", "GMT", "Z"))
            time = time.replace(tzinfo=UTC if utc else zone)
        return _checked(round(time.timestamp() * 1000))
    except (ValueError, OverflowError, re.error):
        raise UnreadableTime from None


@lru_cache(4096)
def _by_any_pattern(text: str, zone: ZoneInfo) -> int:
    plain = text.strip()
    if not _FULL.fullmatch(plain):
        at = parse_time(plain, zone)
        if at is not None:
            return at
    utc = re.search(r"\s*(UTC|GMT|Z)$", plain, re.IGNORECASE)
    if utc:
        plain, zone = plain[: utc.start()], ZoneInfo("UTC")
    plain = plain.translate(_DATE_WORDS).replace("/", "-") if not _american(plain) else plain
    plain = re.sub(r"\s+", " ", plain).strip().rstrip(":").replace("T", " ")
    plain = re.sub(r"\.\d+$", "", plain)
    for pattern in _PATTERNS:
        try:
            return _by_pattern(plain, pattern, zone)
        except UnreadableTime:
            continue
    raise UnreadableTime


def _american(text: str) -> bool:
    return re.search(r"\b\d{1,2}/\d{1,2}/\d{4}\b", text) is not None


def _checked(at: int) -> int:
    if not 0 <= at < _LAST_MS:
        raise UnreadableTime
    return at
