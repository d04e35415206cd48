"""The session at the broker: MQTT 5 first, then 3.1.1, and every refusal on the page."""

from types import SimpleNamespace
from typing import Any

import pytest
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from ingest import session as session_module
from ingest.address import BrokerAddress
from ingest.connection_issues import ConnectionIssues
from ingest.decoders import Router
from ingest.session import ANSWER_S, SLOW_ANSWER_S, STEADY_S, BrokerSession
from ingest.session_holder import SessionHolder
from ingest.subscriptions import Subscriptions
from store.database import Databases
from store.overview import system_issues


class Client:
    """A connection that sends nothing: what the session wants of it is in `calls`."""

    def __init__(self, mqtt5: bool) -> None:
        self.mqtt5, self.taken_over, self.calls, self.packet_id = mqtt5, False, list[str](), 0

    def connect(self, *_: object, **options: object) -> None:
        self.calls.append("clean" if options.get("clean_start") else "connect")

    def subscribe(self, *_: object) -> tuple[MQTTErrorCode, int]:
        self.packet_id += 1
        return MQTTErrorCode.MQTT_ERR_SUCCESS, self.packet_id

    def is_connected(self) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: self.calls.append(name)


class Broker:
    """A broker as its answers: `connect` and `subscribe` call back as paho does."""

    def __init__(self, dbs: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dbs, self.clock, self.ready = dbs, 100.0, 0
        monkeypatch.setattr(session_module, "time", SimpleNamespace(monotonic=lambda: self.clock))
        address = BrokerAddress.from_url("mqtt://hub")
        issues = ConnectionIssues(dbs, lambda: 1000)
        holder = SessionHolder("coldshed/listener/coldshed/holder", "here:1:1")
        make: Any = lambda mqtt5, _: Client(mqtt5)  # noqa: E731
        subscriptions = Subscriptions(dbs, Router(), "own/topic")
        self.session = BrokerSession(address, make, subscriptions, holder, issues, self._on_ready)

    def _on_ready(self, _: object) -> None:
        self.ready += 1

    def open(self) -> Any:
        return self.session.open(lambda _: [], lambda _: None)

    def answer(self, client: Any, text: str = "Success") -> None:
        flags = SimpleNamespace(session_present=True)
        client.on_connect(client, None, flags, ReasonCode(PacketTypes.CONNACK, text), None)

    def confirm(self, client: Any, text: str = "Granted QoS 1") -> None:
        codes = [ReasonCode(PacketTypes.SUBACK, text)]
        client.on_subscribe(client, None, client.packet_id, codes, None)

    def faults(self) -> set[str]:
        with self.dbs.records.read() as tx:
            return {issue.name for issue in system_issues.open_issues(tx)}


@pytest.fixture
def broker(dbs: Databases, monkeypatch: pytest.MonkeyPatch) -> Broker:
    return Broker(dbs, monkeypatch)


def test_a_session_is_ready_only_when_everything_is_subscribed(broker: Broker) -> None:
    client = broker.open()
    broker.answer(client)
    assert (broker.session.is_ready, broker.ready) == (False, 0)
    broker.confirm(client)
    assert (broker.session.is_ready, broker.ready) == (True, 1)
    assert "clean" not in client.calls, "the broker keeps our messages"


def test_a_broker_that_does_not_answer_is_asked_with_the_other_version_in_turns(broker: Broker) -> None:
    versions = []
    for patience_s in (ANSWER_S, SLOW_ANSWER_S, ANSWER_S):
        client = broker.open()
        versions.append(client.mqtt5)
        assert not broker.session.is_silent(broker.clock + patience_s)
        assert broker.session.is_silent(broker.clock + patience_s + 0.1)
        broker.session.close(client, by_us=True)
    assert versions == [True, False, True]


def test_a_broker_that_answers_keeps_its_version_and_a_refused_version_changes_it(broker: Broker) -> None:
    for text, mqtt5 in (("Success", True), ("Unsupported protocol version", False)):
        client = broker.open()
        broker.answer(client, text)
        broker.session.close(client, by_us=True)
        client = broker.open()
        assert client.mqtt5 == mqtt5
        broker.answer(client)
        broker.session.close(client, by_us=True)


@pytest.mark.parametrize(
    ("text", "fault"), [("Not authorized", "broker.login"), ("Server busy", "broker.refuses")]
)
def test_a_refused_connection_is_on_the_page_and_subscribes_to_nothing(
    broker: Broker, text: str, fault: str
) -> None:
    client = broker.open()
    broker.answer(client, text)
    assert broker.faults() == {fault}
    assert (client.packet_id, broker.session.is_ready) == (0, False)


def test_a_refused_topic_stays_on_the_page_however_long_the_connection_lasts(broker: Broker) -> None:
    client = broker.open()
    broker.answer(client)
    broker.confirm(client, "Not authorized")
    broker.session.tick(client, broker.clock + STEADY_S + 1)
    assert broker.faults() == {"broker.subscription"}
    assert broker.session.is_ready, "the other topics are read"


def test_a_session_taken_over_is_on_the_page_until_a_connection_has_lasted(broker: Broker) -> None:
    client = broker.open()
    broker.answer(client)
    broker.confirm(client)
    client.taken_over = True
    assert broker.session.close(client, by_us=True)
    assert not broker.session.close(client, by_us=True), "ready once"
    client = broker.open()
    broker.answer(client)
    broker.confirm(client)
    broker.session.tick(client, broker.clock + STEADY_S)
    assert broker.faults() == {"broker.taken"}
    broker.session.tick(client, broker.clock + STEADY_S + 1)
    assert broker.faults() == set()
