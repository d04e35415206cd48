"""The listener's session at the broker: one secret client id, so the broker queues messages while we are
away.

It tries MQTT 5 first, then 3.1.1, subscribes, and reports on the page why the broker cannot be used.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from ingest import connection_fault
from ingest.address import BrokerAddress
from ingest.client import FastClient, OnPublishes, StockClient, session_properties
from ingest.connection_fault import ConnectionFault
from ingest.connection_issues import ConnectionIssues
from ingest.session_holder import SessionHolder
from ingest.subscriptions import Subscriptions

log = logging.getLogger(__name__)

KEEPALIVE_S = 30
CONNECT_S = 10.0
ANSWER_S = 3.0
SLOW_ANSWER_S = 20.0
FLUSH_S = 2.0
STEADY_S = 60.0
DEAF_S = 20.0
"""Our own messages come back every 5 s."""
SHORT_S, SHORT_ENDS = 10.0, 3
SESSION_S = 14 * 24 * 3600
RECEIVE_MAXIMUM = 5_000
PACKET_BYTES = 16 << 20

Client = FastClient | StockClient
MakeClient = Callable[[bool, OnPublishes], Client]
"""(whether MQTT 5, the function that stores messages) -> a client with our id, not connected."""


@dataclass(slots=True)
class _Connection:
    """State of one connection. Times are `time.monotonic()`."""

    answer_due: float
    is_answered: bool = False
    is_refused_topics: bool = False
    session_present: bool = False
    ready_since: float | None = None
    heard_at: float = 0.0


class BrokerSession:
    """`on_ready` is called with the client once everything is subscribed."""

    def __init__(
        self,
        broker: BrokerAddress,
        make_client: MakeClient,
        subscriptions: Subscriptions,
        holder: SessionHolder,
        issues: ConnectionIssues,
        on_ready: Callable[[paho.Client], object],
    ) -> None:
        self._broker = broker
        self._make_client = make_client
        self.subscriptions = subscriptions
        self.holder = holder
        self._issues = issues
        self._on_ready = on_ready
        self._mqtt5 = True
        self._connection = _Connection(0.0)
        self._short_ends: list[float] = []

    @property
    def is_ready(self) -> bool:
        return self._connection.ready_since is not None

    @property
    def is_hearing(self) -> bool:
        """Whether messages reach us: our own come back every few seconds. A broker may say that we are
        connected while another client has our session."""
        return self.is_ready and time.monotonic() - self._connection.heard_at < DEAF_S

    def on_messages(self, clock: float) -> None:
        self._connection.heard_at = clock

    def open(self, on_publishes: OnPublishes, on_puback: Callable[[int], object]) -> Client:
        """Begins a connection; the caller runs the client's loop. Raises OSError."""

        def _on_publish(_c: paho.Client, _data: object, packet_id: int, _code: object, _p: object) -> None:
            on_puback(packet_id)

        client = self._make_client(self._mqtt5, on_publishes)
        # amqtt leaves an MQTT 5 connect unanswered; a slow broker gets more time with 3.1.1
        patience_s = ANSWER_S if self._mqtt5 else SLOW_ANSWER_S
        self._connection = _Connection(0.0)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = lambda *_: self.subscriptions.on_unsubscribed()
        client.on_publish = _on_publish
        client.connect_timeout = CONNECT_S
        self._broker.prepare(client)
        host, port = self._broker.host, self._broker.port
        if self._mqtt5:
            properties = session_properties(SESSION_S, RECEIVE_MAXIMUM, PACKET_BYTES)
            client.connect(host, port, KEEPALIVE_S, clean_start=False, properties=properties)
        else:
            client.connect(host, port, KEEPALIVE_S)
        self._connection.answer_due = time.monotonic() + patience_s
        return client

    def is_silent(self, clock: float) -> bool:
        """Whether to give the connection up: the broker does not answer, or sends us nothing, not even our
        own messages."""
        if self.is_ready and clock - self._connection.heard_at > DEAF_S:
            text = f"nothing came back from the broker for {DEAF_S:.0f} s, not even our own messages"
            self._issues.report(ConnectionFault(connection_fault.DEAF, text))
            return True
        return not self._connection.is_answered and clock > self._connection.answer_due

    def report_silence(self) -> None:
        """Call when the connection ended: reports a broker that did not answer either protocol version."""
        if self._connection.is_answered or self._mqtt5:
            return
        if time.monotonic() > self._connection.answer_due:
            text = f"broker accepts the connection and says nothing for {SLOW_ANSWER_S:.0f} s"
            self._issues.report(ConnectionFault(connection_fault.SILENT, text))
        else:
            text = "broker accepts the connection and closes it without an answer: does it want TLS?"
            self._issues.report(ConnectionFault(connection_fault.NO_ANSWER, text))

    def close(self, client: Client, *, by_us: bool) -> bool:
        """Sends the waiting acknowledgements and disconnects; the broker keeps the session. Returns
        whether it was ready."""
        ready_since, self._connection.ready_since = self._connection.ready_since, None
        if client.is_connected():
            deadline = time.monotonic() + FLUSH_S
            while client.want_write() and time.monotonic() < deadline:
                if client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
        client.disconnect()
        client.loop(0.1)
        # unanswered, or refused for its version: only the next attempt uses the other version
        self._mqtt5 = self._connection.is_answered or not self._mqtt5
        if client.taken_over:
            text = "another client with our name took the session over"
            self._issues.report(ConnectionFault(connection_fault.TAKEN_OVER, text))
        if ready_since is None:
            return False
        log.warning("disconnected from the broker")
        if not by_us:
            self._count_short(time.monotonic(), ready_since)
        return True

    def _count_short(self, clock: float, ready_since: float) -> None:
        """Reports connections that end within seconds, again and again. Mosquitto 2.0.11 does not say that
        another client has our name."""
        if clock - ready_since > SHORT_S:
            return
        self._short_ends = [at for at in self._short_ends if clock - at < STEADY_S]
        self._short_ends.append(clock)
        if len(self._short_ends) >= SHORT_ENDS:
            text = f"connected and cut off {len(self._short_ends)} times within {STEADY_S:.0f} s"
            self._issues.report(ConnectionFault(connection_fault.CUT_OFF, text))

    def tick(self, client: Client, clock: float) -> None:
        """Subscribes to changed topics; clears issues once the connection is steady."""
        ready_since = self._connection.ready_since
        if ready_since is None:
            return
        if clock - ready_since > STEADY_S and not self._connection.is_refused_topics:
            self._issues.clear()
        if self.subscriptions.is_outdated:
            self.subscriptions.update(client, mqtt5=self._mqtt5)

    def _on_connect(
        self, client: paho.Client, _data: object, flags: paho.ConnectFlags, code: ReasonCode, _p: object
    ) -> None:
        self._connection.is_answered = code != "Unsupported protocol version"
        if code.is_failure:
            self._issues.report(connection_fault.from_reason_code(code))
            return
        self._connection.is_refused_topics = False
        self.holder.request(client)
        self.subscriptions.subscribe_all(client, mqtt5=self._mqtt5)
        self._connection.session_present = flags.session_present

    def _on_subscribe(
        self, client: paho.Client, _data: object, packet_id: int, codes: list[ReasonCode], _p: object
    ) -> None:
        for code in codes:
            if code.is_failure:
                self._connection.is_refused_topics = True
                text = f"the broker refuses a subscription: {code}"
                self._issues.report(ConnectionFault(connection_fault.SUBSCRIPTION, text))
        if not self.subscriptions.is_complete(packet_id):
            return
        self.subscriptions.drop_old(client)
        self._connection.ready_since = self._connection.heard_at = time.monotonic()
        self.holder.announce(client)
        self._issues.on_connected(is_refused_topics=self._connection.is_refused_topics)
        version = "5" if self._mqtt5 else "3.1.1"
        session = "kept" if self._connection.session_present else "new"
        where = (self._broker.host, self._broker.port)
        log.warning("connected to %s:%d, MQTT %s, session %s", *where, version, session)
        self._on_ready(client)
