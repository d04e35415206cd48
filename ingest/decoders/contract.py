"""What every decoder family takes and gives.

A family is a folder with `decoder.py` that has `FILTERS` (MQTT topic filters) and
`decode(topic, payload, context) -> list[Report]`. An empty list: nothing in it for us. What cannot be
read raises `DecodeError`; the listener keeps the message and goes on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from ingest.decoder_memory import FamilyMemory


class Value(NamedTuple):
    """One value of one probe. `position` is the probe's name on the device, "" where it has one.

    `value` is in the metric's standard unit (`core.metrics.METRICS`); `at` is ms UTC, or `None`
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
class DecodedReport:
    """What one message says of one device. `online` is from availability messages only; `name` is what
    people called it, `gateway` what carried the message for it, `removed` that it was taken out of use.

    `undecoded` is a word of `reasons.REASONS` where the message holds data that nobody can read yet: the
    device is known from then on, and the message is shown under rejected ones.
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
    """What a decoder wants to be said to a device."""

    topic: str
    payload: bytes


@dataclass(slots=True)
class DecodeContext:
    """What a decoder may know besides the message. `memory` is the family's own, committed with the
    batch; `zone` is the site's time zone, for times without offset; `received_at` is ms UTC. What is put
    into `commands` is published once the batch is committed, without a promise that it arrives."""

    zone: ZoneInfo
    received_at: int
    retained: bool = False
    memory: FamilyMemory = field(default_factory=FamilyMemory)
    commands: list[Command] = field(default_factory=list)
    copy: bool = False
    """Set by `copies.once`: the message was taken a moment ago."""


Decode = Callable[[str, bytes, DecodeContext], list[DecodedReport]]


class Family(Protocol):
    """The shape of a family's `decoder` module. It may also have

    - `QUIET`: filters of topics that are the family's but hold no readings, so that nobody reports them
      as unknown;
    - `topics(memory) -> Iterable[str]`: further topics that it has learned of and wants to have, each
      whole. They are its own unless a filter of any family fits them.
    """

    FILTERS: tuple[str, ...]

    def decode(self, topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]: ...


Topics = Callable[[FamilyMemory], Iterable[str]]


class RuleDecoders(Protocol):
    """What people and the program wrote for topics of their own (`ingest.rules.rule_list`)."""

    filters: list[str]

    def own(self, levels: Sequence[str]) -> Decode | None:
        """By a federation's own rule: it comes before every family."""

    def shipped(self, levels: Sequence[str]) -> Decode | None:
        """By a rule that comes with the program, behind the families."""
