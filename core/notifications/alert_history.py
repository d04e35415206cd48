"""The history of an alert's notifications, from which its next notification is planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.alerts.alerts import Alert
from core.metrics import Verdict
from core.notifications.escalation import SentNotification


@dataclass(frozen=True)
class AlertHistory:
    """`requests`: messages that asked somebody to go, oldest first. `messages`: person -> number of all
    messages about the alert. `last_at`: kind of event -> time of the last one (ms).

    `went`: who said that they go, or passed the alert on. `heard_end`: to whom its end was sent.

    `joined`: the texts of another alert, `lead`, cover this one; `lead` may no longer exist. `grams`:
    produce in the room when the alert began.
    """

    alert: Alert
    requests: Sequence[SentNotification] = ()
    messages: Mapping[int, int] = field(default_factory=dict)
    last_at: Mapping[str, int] = field(default_factory=dict)
    went: frozenset[int] = frozenset()
    heard_end: frozenset[int] = frozenset()
    joined: bool = False
    lead: Alert | None = None
    grams: Mapping[str, int] = field(default_factory=dict)
    verdict: Verdict | None = None

    @property
    def notified_people(self) -> list[int]:
        """People to whom a request was sent or may have been sent, each once."""
        return list(dict.fromkeys(sent.person for sent in self.requests if not sent.is_unsent))
