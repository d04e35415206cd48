"""Evidence of an alert: one class per kind, stored as JSON with its `kind`.

To add a kind, add a subclass of `Evidence` to this file. Values are in the metric's unit, times in ms.
"""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import Any, ClassVar, NamedTuple, Self


class Figures(NamedTuple):
    """The numbers that the API shows of every alert. The meaning of `limit` depends on the kind of
    evidence."""

    limit: float
    value: float
    worst: float
    worst_at: int
    spot: str | None


@dataclass(frozen=True)
class Evidence:
    """`value` is the latest value that counts; `spot` is where it was measured."""

    kind: ClassVar[str]

    value: float
    spot: str | None

    @property
    def figures(self) -> Figures:
        raise NotImplementedError

    @property
    def is_recovering(self) -> bool:
        """Whether the latest value no longer shows the trouble, so nobody else needs to be woken now."""
        return False

    def before(self, now: int) -> Self:
        """A copy with no time after `now`, for when the clock that stamped it ran ahead."""
        raise NotImplementedError

    def is_blind(self, metric: str, position_class: str) -> bool:
        """Whether no probe shows the room's temperature."""
        return False

    def is_news_after(self, earlier: "Evidence") -> bool:
        """Whether a number shown to people changed since `earlier`. Changed times alone do not count."""
        return self.figures[:3] != earlier.figures[:3]

    def with_value(self, value: float) -> Self:
        return replace(self, value=value)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True)
class BoundEvidence(Evidence):
    """A value passed a bound: `bound` is what the room should keep, `worst` the value farthest outside."""

    kind = "bound"

    bound: float
    worst: float
    worst_at: int

    @property
    def figures(self) -> Figures:
        return Figures(self.bound, self.value, self.worst, self.worst_at, self.spot)

    @property
    def is_recovering(self) -> bool:
        """The value is on the other side of the bound than the worst one."""
        return (self.value - self.bound) * (self.worst - self.bound) <= 0

    def before(self, now: int) -> Self:
        return replace(self, worst_at=min(self.worst_at, now))


@dataclass(frozen=True)
class SilenceEvidence(Evidence):
    """No probe of the room reported for `quiet_minutes`; `last_value` and `last_at` are the last report."""

    kind = "silence"

    quiet_minutes: float
    last_value: float
    last_at: int

    @property
    def figures(self) -> Figures:
        return Figures(self.quiet_minutes, self.value, self.last_value, self.last_at, self.spot)

    def before(self, now: int) -> Self:
        return replace(self, last_at=min(self.last_at, now))

    def is_blind(self, metric: str, position_class: str) -> bool:
        return True


@dataclass(frozen=True)
class ProbeSilenceEvidence(Evidence):
    """One probe reported nothing for more than `quiet_minutes`; `last_value` and `last_at` are its last
    report. `other_probes`: fresh probes of its metric in the room. `urgent`: nobody else shows what it
    measured, people need it to go in, or `was_outside`: it was outside a limit when it was last heard.
    `never_heard`: it has reported nothing since it was placed."""

    kind = "probe_silence"

    quiet_minutes: float
    last_value: float
    last_at: int
    other_probes: int
    urgent: bool
    was_outside: bool
    never_heard: bool = False

    @property
    def figures(self) -> Figures:
        return Figures(self.quiet_minutes, self.value, self.last_value, self.last_at, self.spot)

    def before(self, now: int) -> Self:
        return replace(self, last_at=min(self.last_at, now))

    def is_blind(self, metric: str, position_class: str) -> bool:
        return self.urgent

    def is_news_after(self, earlier: "Evidence") -> bool:
        return self != earlier


@dataclass(frozen=True)
class ProbeFaultEvidence(Evidence):
    """A probe reports implausible values: `reported` is the latest one, at `reported_at`.

    `other_probes` is the number of fresh probes in the same class.
    """

    kind = "probe_fault"

    reported: float
    reported_at: int
    other_probes: int

    @property
    def figures(self) -> Figures:
        return Figures(float(self.other_probes), self.value, self.reported, self.reported_at, self.spot)

    def before(self, now: int) -> Self:
        return replace(self, reported_at=min(self.reported_at, now))

    def is_blind(self, metric: str, position_class: str) -> bool:
        return metric == "temperature" and position_class != "outside" and self.other_probes < 1


def kinds() -> dict[str, type[Evidence]]:
    return {kind.kind: kind for kind in Evidence.__subclasses__()}


def from_json(facts: Mapping[str, Any]) -> Evidence:
    """Ignores unknown fields, which a newer version may have stored; an older one may lack those with a
    default. Raises KeyError for an unknown kind."""
    kind = kinds()[facts["kind"]]
    stored = (field for field in fields(kind) if field.default is MISSING or field.name in facts)
    return kind(**{field.name: facts[field.name] for field in stored})
