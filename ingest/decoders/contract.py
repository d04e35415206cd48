"""What every decoder family takes and gives.

A family is a folder with `decoder.py` that has `FILTERS` (MQTT topic filters) and
`decode(topic, payload, context) -> list[Report]`. An empty list: nothing in it for us. What cannot be
read raises `DecodeError`; the listener keeps the message and goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo


class Value(NamedTuple):
    """One value of one probe. `position` is the probe's name on the device, "" where it has one.

    `value` is in the metric's standard unit (`core.readings.METRICS`); `at` is ms UTC, or `None`
    where the message has no time of its own.
    """

    position: str
    metric: str
    value: float
    at: int | None


class Invalid(NamedTuple):
    """A value that was sent but is none: null, nan, an error code. Counted and shown, never stored.

    `reason` is a word of `reasons.REASONS`; `metric` is "" where a whole element could not be read.
    """

    position: str
    metric: str
    reason: str


@dataclass(slots=True)
class Report:
    """What one message says of one device. `online` is from availability messages only."""

    device: str
    values: list[Value] = field(default_factory=list)
    online: bool | None = None
    invalid: list[Invalid] = field(default_factory=list)


@dataclass(slots=True)
class Context:
    """What a decoder may know besides the message. `memory` is a family's own rows, committed with the
    batch; `zone` is the site's time zone, for times without offset; `received_at` is ms UTC."""

    zone: ZoneInfo
    received_at: int
    retained: bool = False
    memory: dict[str, bytes] = field(default_factory=dict)


Decode = Callable[[str, bytes, Context], list[Report]]


class Family(Protocol):
    """The shape of a family's `decoder` module. It may also have `QUIET`: filters of topics that are the
    family's but hold no readings, so that nobody reports them as unknown."""

    FILTERS: tuple[str, ...]

    def decode(self, topic: str, payload: bytes, context: Context) -> list[Report]: ...
