"""The parts of a condition: judge function, evidence class, scope and texts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from core.alerts.alerts import Condition
from core.alerts.evidence import Evidence
from core.alerts.judging import Judge, ProbeObservation
from core.metrics import Verdict


class Scope(StrEnum):
    """What a condition is judged for. An alert of scope PROBE or SERIES is about a probe, any other about the
    room."""

    LIMIT = "limit"  # each limit of a room
    ROOM = "room"  # each room, once
    PROBE = "probe"  # each metric and class of a room in which a probe is doubted
    SERIES = "series"  # each series of a probe that reports nothing


class AlertSummary(Protocol):
    """The facts that select the words of a text. `rooms`: how many rooms (or probes) fell
    silent together."""

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


class EndSentence(NamedTuple):
    """`keep` is the priority: when a text is too long, the sentences with the lowest `keep` are dropped
    first."""

    text: str
    keep: int = 9


@dataclass(frozen=True)
class ConditionWords:
    """Message ids in Chinese, the source language. Placeholders: %(room)s, %(site)s, %(n)s, %(what)s,
    %(spot)s, %(metric)s, %(value)s, %(limit)s, %(worst)s, %(long)s, and in `ended` %(now)s (`现在5.0度`, or
    when it was).

    `what` names the alert in one or two words; `what_by_verdict` is more precise and used if the verdict
    is known. A text consists of `head`, `after_head` (may be empty) and `advice` (what to do). `ended` is
    the text about the end, `worst` the worst value in a digest, `worst_on_page` the worst value on the
    alert page.
    """

    what: str
    head: Callable[[AlertSummary], str]
    advice: Callable[[AlertSummary], str]
    ended: tuple[EndSentence, ...]
    after_head: Callable[[AlertSummary], str] = lambda _: ""
    worst: str = ""
    worst_on_page: str = ""
    what_by_verdict: Mapping[Verdict, str] = field(default_factory=dict)

    def what_of(self, verdict: Verdict | None) -> str:
        return self.what if verdict is None else self.what_by_verdict.get(verdict, self.what)


@dataclass(frozen=True)
class AlertCondition:
    """`value_at_end` returns the value for the text about the alert's end."""

    name: Condition
    scope: Scope
    evidence: type[Evidence]
    judge: Judge
    value_at_end: Callable[[Iterable[ProbeObservation]], float | None]
    words: ConditionWords

    @property
    def of_probe(self) -> bool:
        return self.scope in (Scope.PROBE, Scope.SERIES)
