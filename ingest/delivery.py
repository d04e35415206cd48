"""Tracks the last journal row whose acknowledgements the broker certainly has.

MQTT does not confirm a PUBACK. After each heartbeat the listener publishes its own message with QoS 1.
When the broker acknowledges it, the broker has read every acknowledgement sent before it on the same
connection.
"""


class Delivery:
    """Bookkeeping only; the listener publishes and passes packet ids."""

    def __init__(self, confirmed: int = 0, stored: int = 0) -> None:
        self.confirmed = confirmed
        """Sequence number of that row."""
        self._acknowledged = stored
        self._in_flight: dict[int, int] = {}

    def on_connect(self) -> None:
        """Forgets messages of the previous connection, which the broker no longer answers."""
        self._in_flight.clear()

    def on_acknowledged(self, seq: int) -> None:
        """Call after acknowledging the messages of journal row `seq`; 0 for a batch without a row."""
        self._acknowledged = seq or self._acknowledged

    def on_published(self, packet_id: int) -> None:
        """Call after publishing the listener's own message, after the acknowledgements."""
        self._in_flight[packet_id] = self._acknowledged

    def on_puback(self, packet_id: int) -> bool:
        """Call when the broker acknowledges such a message. Returns whether `confirmed` has grown."""
        seq = self._in_flight.pop(packet_id, 0)
        if seq <= self.confirmed:
            return False
        self.confirmed = seq
        return True
