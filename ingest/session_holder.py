"""Detects another client that uses our client id at the broker.

Each listener publishes its name, retained, on one topic. Mosquitto 2.0.11 gives no reason when it closes a
connection because another client took the session over, so the next connection reads that topic.
"""

import paho.mqtt.client as paho

from ingest import connection_fault
from ingest.client import Frames
from ingest.connection_fault import ConnectionFault
from store.processes import describe, is_gone


class SessionHolder:
    def __init__(self, topic: str, holder: str) -> None:
        self.topic = topic
        self._holder = holder
        self._announced = False
        self._looking = False

    def request(self, client: paho.Client) -> None:
        """Subscribes to the topic. Call before the other subscriptions, so that the retained name arrives
        before we publish ours."""
        self._looking = self._announced
        client.subscribe(self.topic, 1)

    def announce(self, client: paho.Client) -> None:
        client.publish(self.topic, self._holder, qos=1, retain=True)
        self._announced = True

    def find_other(self, frames: Frames) -> ConnectionFault | None:
        """The fault, if these messages name a client that had the session since our last connection; else
        None."""
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
