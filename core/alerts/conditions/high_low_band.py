"""One side of a limit: when a value is outside, and when it is clear again."""

from collections.abc import Iterable
from typing import NamedTuple, Self

from core.alerts.judging import ProbeObservation
from core.rooms.limits import Limit


class BreachBand(NamedTuple):
    """Comparisons multiply by `sign`, so a larger product is always worse."""

    sign: int
    safe: float | None
    hard: float | None
    hysteresis: float

    @classmethod
    def of(cls, limit: Limit | None, sign: int) -> Self:
        if limit is None:
            return cls(sign, None, None, 0.0)
        hysteresis = limit.hysteresis
        if limit.safe_low is not None and limit.safe_high is not None:
            # Limits the hysteresis in a narrow band, where an alert could otherwise never end.
            hysteresis = min(hysteresis, (limit.safe_high - limit.safe_low) / 4)
        if sign > 0:
            return cls(sign, limit.safe_high, limit.hard_high, hysteresis)
        return cls(sign, limit.safe_low, limit.hard_low, hysteresis)

    @property
    def bound(self) -> float | None:
        """The bound shown to people, which the room should keep: `safe`, or `hard` without `safe`."""
        return self.hard if self.safe is None else self.safe

    def outside(self, value: float | None, bound: float | None) -> bool:
        return bound is not None and value is not None and (value - bound) * self.sign > 0

    def clear(self, value: float | None) -> bool:
        """Whether the value is back inside by at least the hysteresis."""
        return self.bound is None or value is None or (value - self.bound) * self.sign <= -self.hysteresis

    def worst(self, probes: Iterable[ProbeObservation]) -> ProbeObservation:
        """The probe with the worst value. Ties go to the later reading, then by spot, so the order of
        probes does not matter."""
        return max(probes, key=lambda probe: ((probe.value or 0.0) * self.sign, probe.at, probe.spot))
