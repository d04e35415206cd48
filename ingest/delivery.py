"""The last journal row whose acknowledgements the broker certainly has.

MQTT answers no PUBACK. After each heartbeat the listener publishes a message of its own with QoS 1: when the
broker acknowledges that one, it has read every acknowledgement sent before it on the same connection.
"""


class Delivery:
    """Pure bookkeeping; the listener publishes and hands in packet ids."""

    def __init__(self, confirmed: int = 0, stored: int = 0) -> None:
        self.confirmed = confirmed
        """Sequence number of that row."""
        self._acknowledged = stored
        self._in_flight: dict[int, int] = {}

    def on_connect(self) -> None:
        """Forgets the previous connection's messages, which the broker answers no more."""
        self._in_flight.clear()

    def on_acknowledged(self, seq: int) -> None:
        """Call after acknowledging the messages of journal row `seq`; 0 for a batch without a row."""
        self._acknowledged = seq or self._acknowledged

    def on_published(self, packet_id: int) -> None:
        """Call after publishing a sign of life behind the acknowledgements."""
        self._in_flight[packet_id] = self._acknowledged

    def on_puback(self, packet_id: int) -> bool:
        """Call when the broker answers a sign of life. Returns whether `confirmed` has grown."""
        seq = self._in_flight.pop(packet_id, 0)
        if seq <= self.confirmed:
            return False
        self.confirmed = seq
        return True
