"""States of conditions for tests that are about what follows from them."""

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
    worst_at: int | None = None,
    spot: str | None = "door",
) -> ConditionState:
    """A bound was passed at `since`, and an alert of that severity is due at `now`."""
    worst = value if worst is None else worst
    evidence = BoundEvidence(value, spot, bound, worst, now if worst_at is None else worst_at)
    return ConditionState(1, since, None, severity, now, evidence)
