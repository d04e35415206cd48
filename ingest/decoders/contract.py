"""The interface of decoder families.

A family is a folder with `decoder.py`, which has `FILTERS` (MQTT topic filters) and
`decode(topic, payload, context) -> list[DecodedReport]`. An empty list means that the message holds no
readings. `decode` raises DecodeError for an unreadable message; the listener stores it as rejected and goes
on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from ingest.decoder_memory import FamilyMemory


class Value(NamedTuple):
    """One value of one probe. `position` is the probe's name on the device, "" if it has only one.

    `value` is in the metric's standard unit (`core.metrics.METRICS`). `at` is ms UTC, None if the message
    has no time.
    """

    position: str
    metric: str
    value: float
    at: int | None


class Invalid(NamedTuple):
    """A value that is not a number: null, NaN, an error code. Counted and shown, never stored.

    `reason` is a word of `reasons.REASONS`; `metric` is "" if a whole element is unreadable.
    """

    position: str
    metric: str
    reason: str


@dataclass(slots=True)
class DecodedReport:
    """What one message says about one device. `online` comes from availability messages only. `name` is
    the device's display name, `gateway` the device that forwarded the message. `removed`: it was taken
    out of use.

    `undecoded` is a word of `reasons.REASONS` if the message holds data that cannot be decoded yet. The
    device is then listed, and the message is shown with the rejected ones.
    """

    device: str
    values: list[Value] = field(default_factory=list)
    online: bool | None = None
    invalid: list[Invalid] = field(default_factory=list)
    name: str = ""
    gateway: str = ""
    removed: bool = False
    undecoded: str = ""


class Command(NamedTuple):
    """A message that a decoder wants to publish to a device."""

    topic: str
    payload: bytes


@dataclass(slots=True)
class DecodeContext:
    """Inputs of a decoder besides the message. `memory` belongs to the family and is committed with the
    batch. `zone` is the site's time zone, for times without offset. `received_at` is ms UTC. `commands`
    are published once the batch is committed, without guaranteed delivery."""

    zone: ZoneInfo
    received_at: int
    retained: bool = False
    memory: FamilyMemory = field(default_factory=FamilyMemory)
    commands: list[Command] = field(default_factory=list)
    is_copy: bool = False
    """Set by `dedup.skip_copies`: the broker sent the same message a moment ago."""


Decode = Callable[[str, bytes, DecodeContext], list[DecodedReport]]


class Family(Protocol):
    """A family's `decoder` module. It may also have

    - `QUIET`: filters of the family's topics without readings, so that discovery does not report them;
    - `topics(memory) -> Iterable[str]`: topics without wildcards that the family has learned of and reads. A
      topic that a filter of any family matches is not learned.
    """

    FILTERS: tuple[str, ...]

    def decode(self, topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]: ...


Topics = Callable[[FamilyMemory], Iterable[str]]


class RuleDecoders(Protocol):
    """The rules as the router uses them (`ingest.rules.rule_list`)."""

    filters: list[str]

    def own(self, levels: Sequence[str]) -> Decode | None:
        """The decoder of the federation's own rules for a topic; it comes before every family."""

    def shipped(self, levels: Sequence[str]) -> Decode | None:
        """The decoder of the shipped rules for a topic; it comes after the families."""
