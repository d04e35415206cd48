"""What describes a condition: how it is judged, by which evidence, about what, and in which words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from core.alerts.alerts import Condition
from core.alerts.evidence import Evidence
from core.alerts.judging import Judge, ProbeObservation
from core.metrics import Verdict


class Scope(StrEnum):
    """What a condition is judged for, and whether its alert is about the room or about a probe."""

    LIMIT = "limit"  # each limit of a room
    ROOM = "room"  # each room, once
    PROBE = "probe"  # each metric and class of a room in which a probe is doubted


class AlertSummary(Protocol):
    """What decides which words fit. `rooms`: how many fell silent together."""

    @property
    def metric(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def verdict(self) -> Verdict | None: ...
    @property
    def evidence(self) -> Evidence: ...
    @property
    def blind(self) -> bool: ...
    @property
    def rooms(self) -> int: ...


class Sentence(NamedTuple):
    """`keep`: which sentences a text loses first where it is too long, from the lowest up."""

    text: str
    keep: int = 9


@dataclass(frozen=True)
class ConditionWords:
    """Message ids in Chinese, the language of the source. They may name the facts of a text:
    %(room)s, %(site)s, %(n)s, %(what)s, %(spot)s, %(value)s, %(limit)s, %(worst)s, %(long)s.

    `what` is the alert in one or two words, `what_by_verdict` better ones where the verdict is known.
    `head` is how a text about it begins, `after_head` what follows
    (may be empty), `advice` what to do, `ended` the end; `worst` is its worst value in a digest,
    `worst_on_page` on the page of alerts.
    """

    what: str
    head: Callable[[AlertSummary], str]
    advice: Callable[[AlertSummary], str]
    ended: tuple[Sentence, ...]
    after_head: Callable[[AlertSummary], str] = lambda _: ""
    worst: str = ""
    worst_on_page: str = ""
    what_by_verdict: Mapping[Verdict, str] = field(default_factory=dict)

    def what_of(self, verdict: Verdict | None) -> str:
        return self.what if verdict is None else self.what_by_verdict.get(verdict, self.what)


@dataclass(frozen=True)
class AlertCondition:
    """`value_at_end` is the value that the text about its end says."""

    name: Condition
    scope: Scope
    evidence: type[Evidence]
    judge: Judge
    value_at_end: Callable[[Iterable[ProbeObservation]], float | None]
    words: ConditionWords

    @property
    def of_probe(self) -> bool:
        return self.scope == Scope.PROBE
