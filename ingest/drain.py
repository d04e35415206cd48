"""The marker that ends the queue: earlier messages waited at the broker, later ones are live.

The listener publishes it to itself after each subscribe. Times are in s of a monotonic clock.
"""

import logging
import secrets

log = logging.getLogger(__name__)

MARKER_S = 30.0
DRAINING_PER_S = 1_000
"""Message rate (1/s) above which the broker's queue must still be draining, because devices send fewer."""


class QueueDrain:
    def __init__(self, topic: str) -> None:
        self.topic = topic
        self._due: float | None = None
        self._messages = 0

    @staticmethod
    def new_nonce() -> bytes:
        """Identifies the marker of this connection, so that an older one is not mistaken for it."""
        return secrets.token_hex(8).encode()

    def start(self, clock: float) -> None:
        """Call when subscribed: expects the marker from now on."""
        self._due, self._messages = clock + MARKER_S, 0

    def stop(self) -> None:
        """Call when the marker came back or the connection ended."""
        self._due = None

    def on_messages(self, count: int) -> None:
        self._messages += count

    def is_overdue(self, clock: float) -> bool:
        """Whether to go live without the marker, which a broker's ACL may forbid. While the queue still
        drains, the marker gets another `MARKER_S`."""
        if self._due is None or clock <= self._due:
            return False
        if self._messages > DRAINING_PER_S * MARKER_S:
            self._due, self._messages = self._due + MARKER_S, 0
            return False
        self.stop()
        log.warning("marker did not come back; taking messages as live")
        return True
