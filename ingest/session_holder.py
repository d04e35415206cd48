"""Who else uses our client id at the broker.

Each listener publishes itself, retained, on a topic of its own. Mosquitto 2.0.11 closes a connection without
a reason when it gives the session to another client, so the next connection reads there who had it in
between.
"""

import paho.mqtt.client as paho

from ingest import connection_fault
from ingest.client import Frames
from ingest.connection_fault import ConnectionFault
from ingest.lease_holder import describe, is_gone


class SessionHolder:
    def __init__(self, topic: str, holder: str) -> None:
        self.topic = topic
        self._holder = holder
        self._announced = False
        self._looking = False

    def ask(self, client: paho.Client) -> None:
        """Before the other subscriptions, so that the answer comes before we announce ourselves."""
        self._looking = self._announced
        client.subscribe(self.topic, 1)

    def announce(self, client: paho.Client) -> None:
        client.publish(self.topic, self._holder, qos=1, retain=True)
        self._announced = True

    def other(self, frames: Frames) -> ConnectionFault | None:
        """The client that had the session since our last connection, where these messages tell."""
        if not self._looking:
            return None
        fault = None
        for topic, payload, _, _ in frames:
            if topic == self.topic.encode():
                self._looking = False
                holder = payload.decode(errors="replace")
                if holder != self._holder and not is_gone(holder):
                    text = f"another client with our name took the session over: {describe(holder)}"
                    fault = ConnectionFault(connection_fault.TAKEN_OVER, text)
        return fault
