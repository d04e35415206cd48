"""A message that is to be queued."""

from dataclasses import dataclass

from core.notifications.escalation import NotificationKind


@dataclass(frozen=True, slots=True)
class NewMessage:
    """`dedup_key`: of two messages with the same key only the first is queued."""

    person: int
    kind: NotificationKind
    text: str
    dedup_key: str
    alert: int | None = None
