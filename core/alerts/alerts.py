"""An alert of one room, from activation to closing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from core.alerts.evidence import Evidence


class Condition(StrEnum):
    """Each condition is defined by one file in core/alerts/conditions."""

    HIGH = "high"
    LOW = "low"
    SILENT = "silent"
    PROBE_SILENT = "probe_silent"
    IMPLAUSIBLE = "implausible"
    STUCK = "stuck"


class Severity(StrEnum):
    WARNING = "warning"
    CRITICAL = "critical"


class AlertStatus(StrEnum):
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN = (AlertStatus.ACTIVE, AlertStatus.ACKNOWLEDGED)


class AlertKey(NamedTuple):
    """Identity of an open alert. Excludes the device, so replacing a probe does not raise a second alert.
    `series`: only for an alert about one probe's silence, else 0."""

    room: int
    condition: str
    metric: str
    position_class: str
    series: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """Times in ms. `blind`: no probe shows the room's temperature or the air that people breathe there, so
    somebody has to go and look, also at night."""

    id: int
    room: int
    condition: str
    metric: str
    position_class: str
    severity: str
    status: str
    since: int
    activated_at: int
    acknowledged_at: int | None
    acknowledged_by: int | None
    resolved_at: int | None
    resolved_reason: str | None
    closed_at: int | None
    closed_by: int | None
    cause: str | None
    action: str | None
    evidence: Evidence
    blind: bool
    settled_at: int | None
    series: int = 0

    @property
    def key(self) -> AlertKey:
        return AlertKey(self.room, self.condition, self.metric, self.position_class, self.series)

    @property
    def open(self) -> bool:
        return self.status in OPEN


def may_close(alert: Alert, *, blind: bool) -> bool:
    """Whether a person may close the alert. A critical one only when it is over, or when no probe shows its
    room (`blind`): then it would stand for ever, and only a person knows."""
    return blind or alert.severity != Severity.CRITICAL or not alert.open
