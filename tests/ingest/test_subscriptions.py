"""Which topics are asked of the broker, and which are given back."""

import json
from typing import Any

from ingest.subscriptions import FILTERS, TOPICS_IN_A_PACKET, Subscriptions
from store.database import Databases
from store.decoding import decoder_memory


class Topics:
    """A router whose filters somebody changes."""

    def __init__(self, *filters: str) -> None:
        self.version, self._filters = 0, list(filters)

    def change(self, *filters: str) -> None:
        self.version, self._filters = self.version + 1, list(filters)

    def filters(self) -> list[str]:
        return self._filters

    def find(self, topic: str) -> None:
        return None

    def on_memory_changed(self, family: str, memory: object) -> None: ...


class Client:
    """Writes down what a client would ask of the broker."""

    def __init__(self) -> None:
        self.subscribed: list[list[str]] = []
        self.unsubscribed: list[str] = []

    def subscribe(self, pairs: list[tuple[str, object]]) -> tuple[int, int]:
        self.subscribed.append([topic for topic, _ in pairs])
        return 0, len(self.subscribed)

    def unsubscribe(self, topics: list[str]) -> None:
        self.unsubscribed += topics


def stored(dbs: Databases) -> set[str]:
    with dbs.journal.read() as tx:
        return set(json.loads(decoder_memory.get(tx, decoder_memory.LISTENER, FILTERS) or b"[]"))


def test_many_topics_go_out_in_packets_that_every_broker_takes(dbs: Databases) -> None:
    client: Any = Client()
    subscriptions = Subscriptions(
        dbs, Topics(*(f"a/{number}" for number in range(TOPICS_IN_A_PACKET))), "marker"
    )
    subscriptions.subscribe_all(client, mqtt5=True)
    assert [len(packet) for packet in client.subscribed] == [TOPICS_IN_A_PACKET, 1]
    assert not subscriptions.is_complete(1)
    assert subscriptions.is_complete(2)
    assert not subscriptions.is_complete(2)


def test_what_an_earlier_process_subscribed_to_is_given_back(dbs: Databases) -> None:
    first, second = Client(), Client()
    for client, topics in ((first, Topics("a", "old")), (second, Topics("a"))):
        subscriptions = Subscriptions(dbs, topics, "marker")
        subscriptions.subscribe_all(client, mqtt5=False)  # type: ignore[arg-type]
        subscriptions.drop_old(client)  # type: ignore[arg-type]
    assert second.unsubscribed == ["old"]
    assert stored(dbs) == {"a", "marker", "old"}
    subscriptions.on_unsubscribed()
    assert stored(dbs) == {"a", "marker"}


def test_topics_that_change_are_followed_and_told(dbs: Databases) -> None:
    client: Any = Client()
    topics, changes = Topics("a", "b"), []
    subscriptions = Subscriptions(dbs, topics, on_change=lambda: changes.append(1))
    subscriptions.subscribe_all(client, mqtt5=True)
    assert not subscriptions.is_outdated
    topics.change("b", "c")
    assert subscriptions.is_outdated
    subscriptions.update(client, mqtt5=True)
    assert client.subscribed == [["a", "b"], ["c"]]
    assert client.unsubscribed == ["a"]
    assert len(changes) == 2
