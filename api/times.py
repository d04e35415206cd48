"""Times in the API are ISO 8601 in UTC with `Z`; inside they are ms since 1970."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

EARLIEST = 946_684_800_000  # 2000-01-01
LATEST = 4_102_444_800_000  # 2100-01-01


def iso(ms: int) -> str:
    """`2026-01-14T03:19:46Z`, with milliseconds if there are any."""
    seconds, thousandths = divmod(ms, 1000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{thousandths:03d}Z" if thousandths else f"{text}Z"


def parse(text: object) -> int:
    """ms from ISO 8601 with an offset. ValueError: another format, or not of this century."""
    if not isinstance(text, str):
        raise ValueError("a time is a string, ISO 8601 with an offset, like 2026-01-14T03:19:46Z")
    # an unescaped "+" in a query arrives as a blank
    moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    if moment.tzinfo is None:
        raise ValueError("the time needs an offset: Z or +08:00")
    ms = round(moment.timestamp() * 1000)
    if not EARLIEST <= ms < LATEST:
        raise ValueError("the time is not of this century")
    return ms


_SCHEMA = WithJsonSchema(
    {"type": "string", "format": "date-time", "examples": ["2026-01-14T03:19:46Z"]}, mode="serialization"
)
_SCHEMA_IN = WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation")

Time = Annotated[int, PlainSerializer(iso, return_type=str), _SCHEMA, _SCHEMA_IN]
"""A time in an answer."""
TimeIn = Annotated[int, BeforeValidator(parse), _SCHEMA_IN]
"""A time in a request."""
