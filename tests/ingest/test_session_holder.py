from typing import Any

import pytest

from ingest import connection_fault
from ingest.client import Frames
from ingest.session_holder import SessionHolder

TOPIC = "coldshed/listener/coldshed/holder"
OTHER = "other-box/boot:7:1"


class Client:
    """Writes down what is subscribed and published."""

    def __init__(self) -> None:
        self.sent: list[tuple[object, ...]] = []

    def subscribe(self, topic: str, qos: int) -> None:
        self.sent.append(("subscribe", topic, qos))

    def publish(self, topic: str, payload: str, qos: int, retain: bool) -> None:
        self.sent.append(("publish", topic, payload, qos, retain))


def frames(payload: bytes, topic: str = TOPIC) -> Frames:
    return [(topic.encode(), payload, 0, 0x31)]


@pytest.fixture
def holder() -> SessionHolder:
    """One that has been connected before."""
    session_holder, client = SessionHolder(TOPIC, "this-box/boot:1:1"), _client()
    session_holder.request(client)
    session_holder.announce(client)
    session_holder.request(client)
    return session_holder


def _client() -> Any:
    return Client()


def test_its_name_stays_at_the_broker() -> None:
    client = _client()
    SessionHolder(TOPIC, "me").announce(client)
    assert client.sent == [("publish", TOPIC, "me", 1, True)]


def test_the_name_of_another_process_says_who_took_the_session(holder: SessionHolder) -> None:
    fault = holder.find_other(frames(OTHER.encode()))
    assert fault is not None
    assert fault.word == connection_fault.TAKEN_OVER
    assert "other-box (process 7)" in fault.text


def test_it_is_said_once_a_connection(holder: SessionHolder) -> None:
    assert holder.find_other(frames(OTHER.encode()))
    assert holder.find_other(frames(OTHER.encode())) is None


def test_at_its_first_connection_a_name_from_before_means_nothing() -> None:
    session_holder = SessionHolder(TOPIC, "me")
    session_holder.request(_client())
    assert session_holder.find_other(frames(OTHER.encode())) is None


@pytest.mark.parametrize("payload", [b"this-box/boot:1:1", b"", b"\xff\xfe", b"hello"])
def test_its_own_name_and_what_is_none_are_no_fault(holder: SessionHolder, payload: bytes) -> None:
    assert holder.find_other(frames(payload)) is None


def test_other_topics_do_not_end_the_search(holder: SessionHolder) -> None:
    assert holder.find_other(frames(OTHER.encode(), "coldshed/v1/a/readings")) is None
    assert holder.find_other(frames(OTHER.encode()))
