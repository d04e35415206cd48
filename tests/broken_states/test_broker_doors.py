"""A broker that shuts us out, gives our session away, or lets nothing through is said on the page."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest

from alerts.service_watch import ServiceWatch
from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS
from core.times import MINUTE_MS
from ingest import session
from ingest.address import BrokerAddress
from ingest.broker_probe import BrokerProbe
from ingest.client_id import own_client_id
from ingest.decoders import Router
from ingest.listener import Listener
from store.clock import now_ms
from store.database import Databases
from store.notifications import notifications
from store.people import federation
from tests.broken_states import watched
from tests.broken_states.observed import add_technician, health_reason, page_lines
from tests.broken_states.state import BrokenState, Notice, says
from tests.broken_states.table import sentence_of
from tests.ingest.test_client_id import connect, leave
from tests.ingest.test_connection_fault import listening as listening_at
from tests.ingest.test_listener import address, connected, listening, running, until
from tests.support.machines import Broker


@pytest.fixture(autouse=True)
def technician(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        federation.add_federation(tx, 1, "万宝山联村经济发展联合社", "万宝山联合社")
    add_technician(dbs)


def is_on_page(dbs: Databases, notice: Notice) -> bool:
    return any(says(notice.text, line) for line in page_lines(dbs, now_ms()))


def check(dbs: Databases, state: BrokenState) -> None:
    """Now on the page, and on a phone after a while, at any hour."""
    [page] = [notice for notice in state.notices if notice.who == "page"]
    [text] = [notice for notice in state.notices if notice.who == "text"]
    until(partial(is_on_page, dbs, page), "the page")
    watch = ServiceWatch(dbs, "pretend")
    watch.step(now_ms())
    assert not texts(dbs)
    watch.step(now_ms() + round((text.within_s - page.within_s) * 1000))
    assert any(says(sentence_of(text), sms) for sms in texts(dbs)), texts(dbs)
    assert text.within_s <= 5 * MINUTE_MS / 1000


def texts(dbs: Databases) -> list[str]:
    with dbs.records.read() as tx:
        return [row.text for row in notifications.notifications(tx)]


def test_a_broker_that_refuses_our_login(
    dbs: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker(tmp_path / "mosquitto")
    broker.start()
    config = broker.folder / "mosquitto.conf"
    closed = config.read_text().replace("allow_anonymous true", "allow_anonymous false")
    broker.stop()
    monkeypatch.setattr("tests.support.machines.mosquitto_config", lambda *_: closed)
    broker.start()
    wrong = BrokerAddress("127.0.0.1", broker.port, "coldshed", "wrong")
    fault = BrokerProbe(wrong).fault()
    assert fault is not None
    assert SYSTEM_ISSUE_TEXTS[fault.word] == watched.LOGIN_REFUSED.notices[1].text, "the doctor"
    with listening_at(dbs, wrong):
        check(dbs, watched.LOGIN_REFUSED)
        until(lambda: health_reason(dbs, now_ms()) == watched.LOGIN_REFUSED.notices[0].text, "healthz")
    broker.stop()


def test_a_foreign_client_that_takes_the_session(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.listener.DELAYS_S", (0.2,))
    with listening(dbs, mosquitto.port):
        for _ in range(session.SHORT_ENDS + 1):
            leave(connect(mosquitto.port, own_client_id(dbs), clean=True))
            until(lambda: connected(dbs), "the listener to come back")
        check(dbs, watched.TAKEN)


def test_a_listener_that_hears_nothing(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "DEAF_S", 1.0)
    monkeypatch.setattr("ingest.listener.HEARTBEAT_S", 0.2)
    opened: list[paho.Client] = []
    open_session: Callable[..., paho.Client] = session.BrokerSession.open

    def opening(self: session.BrokerSession, *rest: object) -> paho.Client:
        opened.append(open_session(self, *rest))
        return opened[-1]

    monkeypatch.setattr(session.BrokerSession, "open", opening)
    listener = Listener(dbs, address(mosquitto.port), Router())
    with running(listener):
        until(lambda: connected(dbs), "the connection")
        opened[-1].unsubscribe([*listener.session.subscriptions.filters, listener.drain.topic])
        check(dbs, watched.DEAF)
