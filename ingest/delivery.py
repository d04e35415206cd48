"""Up to which journal row the broker is known to have our acknowledgements.

MQTT answers no PUBACK. After each heartbeat the listener publishes a message of its own with QoS 1: when the
broker acknowledges that one, it has read every acknowledgement sent before it on the same connection.
"""


class Delivery:
    """Pure bookkeeping; the listener publishes and hands in packet ids."""

    def __init__(self, confirmed: int = 0, stored: int = 0) -> None:
        self.confirmed = confirmed
        """Last journal row whose acknowledgements the broker has."""
        self._acknowledged = stored
        self._in_flight: dict[int, int] = {}

    def on_connect(self) -> None:
        """What the last connection published is not answered any more."""
        self._in_flight.clear()

    def on_acknowledged(self, seq: int) -> None:
        """The messages of journal row `seq` are acknowledged; 0 for a batch without a row."""
        self._acknowledged = seq or self._acknowledged

    def on_published(self, packet_id: int) -> None:
        """A sign of life went out behind the acknowledgements."""
        self._in_flight[packet_id] = self._acknowledged

    def on_puback(self, packet_id: int) -> bool:
        """The broker answered a sign of life. Whether `confirmed` has grown."""
        seq = self._in_flight.pop(packet_id, 0)
        if seq <= self.confirmed:
            return False
        self.confirmed = seq
        return True
