"""The topic filters of the listener's persistent session, including those of earlier processes."""

import json
from collections.abc import Callable

import paho.mqtt.client as paho
from paho.mqtt.subscribeoptions import SubscribeOptions
from sqlalchemy import Connection

from ingest.topic_cache import TopicCache
from store.database import Databases
from store.decoding import decoder_memory

FILTERS = "filters"
TOPICS_IN_A_PACKET = 500
"""Topic filters in one SUBSCRIBE packet; every broker accepts that many."""


class Subscriptions:
    """Keeps the session's filters equal to those of `topics`. They are stored in the journal database, so
    that the next process can unsubscribe those it does not want.

    `own` are the listener's own topics, always subscribed. `on_change` is called after the filters were
    read.
    """

    def __init__(
        self, dbs: Databases, topics: TopicCache, *own: str, on_change: Callable[[], object] = lambda: None
    ) -> None:
        self._dbs = dbs
        self._topics = topics
        self._own = own
        self._on_change = on_change
        self._version = -1
        self.filters: tuple[str, ...] = ()
        self._last_packet = 0

    @property
    def is_outdated(self) -> bool:
        return self._version != self._topics.version

    def subscribe_all(self, client: paho.Client, *, mqtt5: bool) -> None:
        """Call after CONNACK."""
        self._read_topics()
        self._last_packet = self._subscribe(client, [*self.filters, *self._own], mqtt5=mqtt5)

    def is_complete(self, packet_id: int) -> bool:
        """Whether the SUBACK with `packet_id` ends `subscribe_all`."""
        if packet_id != self._last_packet:
            return False
        self._last_packet = 0
        return True

    def update(self, client: paho.Client, *, mqtt5: bool) -> None:
        """Call when a family has learned topics or a rule changed."""
        before = {*self.filters}
        self._read_topics()
        dropped = sorted(before - {*self.filters})
        self._store([*self.filters, *self._own, *dropped])
        self._subscribe(client, sorted({*self.filters} - before), mqtt5=mqtt5)
        if dropped:
            client.unsubscribe(dropped)

    def drop_old(self, client: paho.Client) -> None:
        """Unsubscribes filters of an earlier process that this one does not want."""
        wanted = {*self.filters, *self._own}
        with self._dbs.journal.write() as tx:
            stored = decoder_memory.get(tx, decoder_memory.LISTENER, FILTERS)
            old = [topic for topic in json.loads(stored or b"[]") if topic not in wanted]
            _write_filters(tx, [*wanted, *old])
        if old:
            client.unsubscribe(old)

    def on_unsubscribed(self) -> None:
        self._store([*self.filters, *self._own])

    def _read_topics(self) -> None:
        self._version, self.filters = self._topics.version, tuple(self._topics.filters())
        self._on_change()

    def _subscribe(self, client: paho.Client, topics: list[str], *, mqtt5: bool) -> int:
        """Returns the packet id of the last SUBSCRIBE."""
        # retained messages only for a new subscription; otherwise each reconnect would repeat them
        if_new = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        packet_id = 0
        for start in range(0, len(topics), TOPICS_IN_A_PACKET):
            pairs = [(topic, if_new if mqtt5 else 1) for topic in topics[start : start + TOPICS_IN_A_PACKET]]
            packet_id = client.subscribe(pairs)[1] or 0  # type: ignore[arg-type] # a list of pairs of either kind
        return packet_id

    def _store(self, filters: list[str]) -> None:
        with self._dbs.journal.write() as tx:
            _write_filters(tx, filters)


def _write_filters(tx: Connection, filters: list[str]) -> None:
    decoder_memory.write_changes(tx, [(decoder_memory.LISTENER, FILTERS, json.dumps(filters).encode())])
