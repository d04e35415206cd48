"""All that was done about an alert: what decides who must be notified of it now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.alerts.alerts import Alert
from core.metrics import Verdict
from core.notifications.escalation import SentNotification


@dataclass(frozen=True)
class AlertHistory:
    """`requests`: the messages that asked somebody to go, oldest first; `messages`: person -> how many
    messages about it there are in all; `last_at`: kind of event -> when it last happened (ms).

    `joined`: it is told in the texts of another alert, `lead`, which may be gone. `grams` of each produce lay
    in the room when it began.
    """

    alert: Alert
    requests: Sequence[SentNotification] = ()
    messages: Mapping[int, int] = field(default_factory=dict)
    last_at: Mapping[str, int] = field(default_factory=dict)
    joined: bool = False
    lead: Alert | None = None
    grams: Mapping[str, int] = field(default_factory=dict)
    verdict: Verdict | None = None

    @property
    def notified_people(self) -> list[int]:
        """Whom it was sent to or will be, each once; what never left is dropped when the alert is over."""
        return list(dict.fromkeys(sent.person for sent in self.requests if not sent.is_unsent))
