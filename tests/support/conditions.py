"""States of conditions for tests that are about what follows from them."""

from dataclasses import replace

from core.alerts.evidence import BoundEvidence
from core.alerts.judging import ConditionState


def breach(
    since: int,
    now: int,
    *,
    bound: float,
    value: float,
    worst: float | None = None,
    severity: str = "warning",
    spot: str | None = "door",
) -> ConditionState:
    """A bound was passed at `since`, and an alert of that severity is due at `now`."""
    worst = value if worst is None else worst
    return ConditionState(1, since, severity, now, BoundEvidence(value, spot, bound, worst, now))


def with_worst_at(state: ConditionState, at: int) -> ConditionState:
    """The same breach, worst at another time than now."""
    assert isinstance(state.evidence, BoundEvidence)
    return replace(state, evidence=replace(state.evidence, worst_at=at))
