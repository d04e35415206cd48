"""Holds the connection to the broker: subscribes, keeps what comes, acknowledges, and says it lives.

The order is what matters: decode, journal (one commit, fsync), acknowledge. A crash before the commit
makes the broker send again; a crash behind it makes it send what `Intake` knows.
"""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from zoneinfo import ZoneInfo

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions
from sqlalchemy import Connection

from core.errors import StoreError
from core.readings.journal_codec import Heartbeat, decode_batch, decode_heartbeat, encode
from core.readings.monotonic_stamp import NOTICED_MS, MonotonicStamp, is_lost, stamp
from ingest import connection_fault, disk_space, ntp
from ingest.address import BrokerAddress
from ingest.batch_pipeline import REMEMBERED_ROWS, BatchPipeline, TopicCache
from ingest.client import FastClient, Frames, StockClient, session_properties
from ingest.connection_fault import ConnectionFault
from ingest.connection_issues import ConnectionIssues
from ingest.decoders.contract import Command
from ingest.lease_holder import is_dead, is_gone, name_of, this_process
from ingest.redecode import RejectedRedecoder
from store.clock import now_ms
from store.database import Databases
from store.decoding import decoder_memory
from store.journal import journal, leases

log = logging.getLogger(__name__)

HEARTBEAT_S = 5.0
REFRESH_S = 1.0
SUBSCRIBE_PIECE = 500
UPKEEP_S = 60.0
LOOP_S = 0.25
KEEPALIVE_S = 30
CONNECT_S = 10.0
ANSWER_S = 3.0
SLOW_ANSWER_S = 20.0
MARKER_S = 30.0
DRAINING_PER_S = 1_000
STEADY_S = 60.0
SESSION_S = 14 * 24 * 3600
RECEIVE_MAXIMUM = 5_000
PACKET_BYTES = 16 << 20
DELAYS_S = (0.5, 1, 2, 5, 10, 30)
STORE_AGAIN_S = 5
LEASE = "listener"
FILTERS = "filters"
PATIENCE_S = 600.0
"""So long a listener waits for a clock that is behind what was kept before."""


class Listener:
    """One connection at a time with one fixed client id, so that the broker keeps what we miss.

    `topics` says what to subscribe to and who decodes it, `now` gives ms UTC. `refresh` is called about
    once a second and may change `topics`.
    """

    _intake: BatchPipeline
    """Made when the lease is taken (`_may_start`)."""

    def __init__(
        self,
        dbs: Databases,
        broker: BrokerAddress,
        topics: TopicCache,
        *,
        client_id: str = "coldshed",
        zone: ZoneInfo = ZoneInfo("Asia/Shanghai"),  # noqa: B008 - immutable
        now: Callable[[], int] = now_ms,
        stock_client: bool = False,
        refresh: Callable[[], object] = lambda: None,
    ) -> None:
        self._dbs = dbs
        self._broker = broker
        self._topics = topics
        self._refresh = refresh
        self._again = RejectedRedecoder(dbs, topics, this_process())
        self._version = -1
        self._filters: tuple[str, ...] = ()
        self._first_subscribe = 0
        self._client_id = client_id
        self._clock = now
        self._client_class = StockClient if stock_client else FastClient
        self._marker = f"coldshed/listener/{client_id}/marker"
        self._alive = f"coldshed/listener/{client_id}/alive"
        self._holder_topic = f"coldshed/listener/{client_id}/holder"
        self._find_holder = False
        self._holder = this_process()
        self._problems = ConnectionIssues(dbs, self._now)
        self._refused_topics = False
        self._connected_at = 0.0
        self._mqtt5 = True
        self._connected = False
        self._answered = False
        self._seq = 0
        self._confirmed = 0
        self._sent: dict[int, int] = {}
        self._commands: list[Command] = []
        self._beat_due = self._upkeep_due = self._refresh_due = 0.0
        self._marker_due = 0.0
        self._since_marker = 0
        self._zone = zone
        self._stamp: MonotonicStamp | None = None
        self._waiting_since: float | None = None
        self._leading = False
        self._sure = True

    def _remember(self, tx: Connection) -> BatchPipeline:
        """All that is known, and what the last listener kept and the broker may not have heard of."""
        intake = BatchPipeline(tx, self._topics.find, self._zone, self._marker.encode(), self._topics.heard)
        self._seq = journal.last_seq(tx)
        beats = journal.recent(tx, journal.HEARTBEAT, 1)
        self._confirmed = decode_heartbeat(beats[0].body).confirmed if beats else 0
        intake.confirmed(self._confirmed)
        for row in reversed(journal.recent(tx, journal.READINGS, REMEMBERED_ROWS, self._confirmed)):
            batch = decode_batch(row.body)
            intake.remember(row.seq, batch.timeless)
            intake.recall(batch.readings)
        return intake

    # --- the loop -----------------------------------------------------------------------------

    def run(self, stop: threading.Event) -> None:
        """Until `stop`: connect, listen, reconnect with growing delay. Never raises."""
        failures, delay = 0, 0.0
        while not stop.is_set():
            began = time.monotonic() + delay
            try:
                self._rest(stop, began)
                if not stop.is_set() and self._may_start():
                    self._listen(stop)
            except StoreError as error:
                self._sure = False
                self._say_once(f"{type(error).__name__}: {error}")
                self._make_room()
            except OSError as error:
                self._trouble(connection_fault.of_error(error, self._broker.host))
                self._make_room()
            except Exception:
                log.exception("the connection ended by a fault of this program")
            if time.monotonic() - began > STEADY_S:
                failures = 0
            delay = DELAYS_S[min(failures, len(DELAYS_S) - 1)]
            if not self._sure:
                delay = min(delay, STORE_AGAIN_S)
            failures += 1
        with suppress(StoreError), self._dbs.journal.write() as tx:
            leases.give_back(tx, LEASE, self._holder)

    def _rest(self, stop: threading.Event, until: float) -> None:
        """Between two connections the heartbeat says that there is none."""
        while not stop.is_set() and time.monotonic() < until:
            if self._leading and not self._tick(None):
                self._leading = False
            stop.wait(min(LOOP_S, max(0.0, until - time.monotonic())))

    def _may_start(self) -> bool:
        """Whether this is the one listener. Whoever was not does not know what the other one kept; nor does
        anybody know what a database kept that went away in the middle of a commit."""
        led, self._leading = self._leading, False
        with self._dbs.journal.write() as tx:
            if not led and not self._may_stamp(journal.last_received_at(tx)):
                self._say_once(
                    "this machine's clock is behind the last reading kept; waiting until it is set"
                )
                return False
            before = leases.holder_of(tx, LEASE)
            holder = self._take_lease(tx, self._now())
            if holder != self._holder:
                self._say_once(f"another listener holds this database: {holder}")
                return False
            if not (led and self._sure) or before != self._holder:
                self._intake = self._remember(tx)
        self._leading = self._sure = True
        return True

    def _may_stamp(self, last: int) -> bool:
        """A box that boots in the past waits for its clock to be set, but not for ever: a time that is a
        little off is better than nobody watching. `last` is the time of the newest journal row (ms)."""
        if last - self._clock() > NOTICED_MS and not ntp.is_synchronized():
            self._waiting_since = self._waiting_since or time.monotonic()
            if time.monotonic() - self._waiting_since < PATIENCE_S:
                return False
        if last and (self._stamp is None or last > self._stamp.at):
            self._stamp = MonotonicStamp(last, time.monotonic_ns() // 1_000_000)
        return True

    def _take_lease(self, tx: Connection, now: int) -> str:
        held = leases.holder_of(tx, LEASE)
        if held is not None and held != self._holder and is_dead(held):
            leases.give_back(tx, LEASE, held)
        return leases.take(tx, LEASE, self._holder, now)

    def _listen(self, stop: threading.Event) -> None:
        """One connection from its start to its end."""
        client = self._connect()
        # amqtt leaves an MQTT 5 connect unanswered; a broker that is only slow gets its time with 3.1.1
        answer_due = time.monotonic() + (ANSWER_S if self._mqtt5 else SLOW_ANSWER_S)
        try:
            while not stop.is_set():
                rc = client.loop(LOOP_S)
                if client.store_error is not None:
                    raise client.store_error
                if rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
                if not self._answered and time.monotonic() > answer_due:
                    break
                for command in self._commands:
                    client.publish(command.topic, command.payload)
                self._commands.clear()
                if not self._tick(client):
                    break
            if not self._answered and not self._mqtt5 and not stop.is_set():
                said = "the broker takes the connection and hangs up without a word: does it want TLS?"
                self._trouble(ConnectionFault(connection_fault.NO_ANSWER, said))
        finally:
            self._end(client)

    def _tick(self, client: FastClient | StockClient | None) -> bool:
        """What is due now: the heartbeat, upkeep, giving up on the marker. False: the lease is gone."""
        clock = time.monotonic()
        if clock >= self._upkeep_due:
            self._upkeep_due = clock + (0 if self._upkeep() else UPKEEP_S)
        if clock >= self._beat_due:
            self._beat_due = clock + HEARTBEAT_S
            if not self._beat(client):
                return False
        if self._marker_due and clock > self._marker_due:
            self._marker_overdue()
        if self._connected and clock - self._connected_at > STEADY_S and not self._refused_topics:
            self._problems.over()
        if clock >= self._refresh_due:
            self._refresh_due = clock + REFRESH_S
            self._refresh()
        self._seq = self._again.step(self._intake, self._now()) or self._seq
        if client is not None and self._connected and self._version != self._topics.version:
            self._change_subscriptions(client)
        return True

    def _upkeep(self) -> bool:
        """Whether there is more to do at once. What fails here is no reason to stop listening."""
        self._make_room()
        try:
            return disk_space.trim(self._dbs, self._now())
        except (OSError, StoreError) as error:
            log.error("upkeep: %s", error)
            return False

    def _make_room(self) -> None:
        """On a full disk nothing can be written, the heartbeat neither; giving up the reserve can be done."""
        try:
            disk_space.keep_ballast(self._dbs.data_dir)
        except (OSError, StoreError) as error:
            log.error("upkeep: %s", error)

    def _connect(self) -> FastClient | StockClient:
        self._connected = self._answered = False
        self._sent.clear()
        self._commands.clear()
        self._intake.queued = True
        self._intake.nonce = secrets.token_hex(8).encode()
        client = self._client_class(self._client_id, self._mqtt5, self._keep)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_publish = self._on_publish
        client.connect_timeout = CONNECT_S
        self._broker.prepare(client)
        host, port = self._broker.host, self._broker.port
        if self._mqtt5:
            properties = session_properties(SESSION_S, RECEIVE_MAXIMUM, PACKET_BYTES)
            client.connect(host, port, KEEPALIVE_S, clean_start=False, properties=properties)
        else:
            client.connect(host, port, KEEPALIVE_S)
        return client

    def _end(self, client: FastClient | StockClient) -> None:
        """Leaves politely where there still is a connection: acknowledgements first, the session stays."""
        was_connected, self._connected = self._connected, False
        self._marker_due = 0.0
        if client.is_connected():
            deadline = time.monotonic() + 2
            while client.want_write() and time.monotonic() < deadline:
                if client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
        client.disconnect()
        client.loop(0.1)
        # unanswered, or refused for its version: the next try, and only that, speaks the other one
        self._mqtt5 = self._answered or not self._mqtt5
        if client.taken_over:
            self._trouble(
                ConnectionFault(
                    connection_fault.TAKEN_OVER, "another client with our name took the session over"
                )
            )
        if was_connected:
            log.warning("disconnected from the broker")
            with self._dbs.journal.write() as tx:
                self._journal_beat(tx)

    # --- what the broker says -----------------------------------------------------------------------

    def _on_connect(
        self, client: paho.Client, _data: object, flags: paho.ConnectFlags, code: ReasonCode, _p: object
    ) -> None:
        self._answered = code != "Unsupported protocol version"
        if code.is_failure:
            self._trouble(connection_fault.of_code(code))
            return
        self._take_topics()
        self._refused_topics = False
        self._find_holder = self._connected_at > 0
        client.subscribe(self._holder_topic, 1)  # before the others: the one before us is told first
        wanted = [*self._filters, self._marker]
        self._first_subscribe = self._subscribe(client, wanted)
        self._session_present = flags.session_present

    def _take_topics(self) -> None:
        self._version, self._filters = self._topics.version, tuple(self._topics.filters())
        self._intake.forget_routes()

    def _subscribe(self, client: paho.Client, topics: list[str]) -> int:
        """In pieces that every broker takes; the number of the last one's packet."""
        # retained messages only with a new subscription: each reconnect would repeat them all
        once = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        mid = 0
        for start in range(0, len(topics), SUBSCRIBE_PIECE):
            piece = topics[start : start + SUBSCRIBE_PIECE]
            wanted = [(topic, once if self._mqtt5 else 1) for topic in piece]
            mid = client.subscribe(wanted)[1] or 0  # type: ignore[arg-type] # a list of pairs of either kind
        return mid

    def _change_subscriptions(self, client: paho.Client) -> None:
        """A family has learned of topics, or a rule came or went."""
        before = self._filters
        self._take_topics()
        dropped = sorted({*before} - {*self._filters})
        with self._dbs.journal.write() as tx:
            self._remember_filters(tx, [*self._filters, self._marker, *dropped])
        self._subscribe(client, sorted({*self._filters} - {*before}))
        if dropped:
            client.unsubscribe(dropped)

    def _on_subscribe(
        self, client: paho.Client, _data: object, mid: int, codes: list[ReasonCode], _p: object
    ) -> None:
        for code in codes:
            if code.is_failure:
                self._refused_topics = True
                self._trouble(
                    ConnectionFault(
                        connection_fault.SUBSCRIPTION, f"the broker refuses a subscription: {code}"
                    )
                )
        if mid != self._first_subscribe:
            return
        self._first_subscribe = 0
        self._forget_old_filters(client)
        self._marker_due = time.monotonic() + MARKER_S
        self._since_marker = 0
        self._connected = True
        self._connected_at = time.monotonic()
        client.publish(self._holder_topic, self._holder, qos=1, retain=True)
        self._said = ""
        if not self._refused_topics:
            self._problems.over(keep=(connection_fault.TAKEN_OVER,))
        version = "5" if self._mqtt5 else "3.1.1"
        session = "kept" if self._session_present else "new"
        where = (self._broker.host, self._broker.port)
        log.warning("connected to %s:%d, MQTT %s, session %s", *where, version, session)
        self._beat(client)

    def _forget_old_filters(self, client: paho.Client) -> None:
        """A persistent session remembers what we no longer want; so do we, to take it back."""
        wanted = {*self._filters, self._marker}
        with self._dbs.journal.write() as tx:
            kept = decoder_memory.get(tx, decoder_memory.LISTENER, FILTERS)
            old = [topic for topic in json.loads(kept or b"[]") if topic not in wanted]
            self._remember_filters(tx, [*wanted, *old])
        if old:
            client.unsubscribe(old)

    def _on_unsubscribe(self, *_: object) -> None:
        with self._dbs.journal.write() as tx:
            self._remember_filters(tx, [*self._filters, self._marker])

    def _remember_filters(self, tx: Connection, filters: list[str]) -> None:
        decoder_memory.write_changes(tx, [(decoder_memory.LISTENER, FILTERS, json.dumps(filters).encode())])

    def _on_publish(self, _c: paho.Client, _data: object, mid: int, _code: object, _p: object) -> None:
        """The broker answered our sign of life, so it has every acknowledgement sent before it."""
        confirmed = self._sent.pop(mid, 0)
        if confirmed > self._confirmed:
            self._confirmed = confirmed
            self._intake.confirmed(confirmed)

    # --- what we keep ---------------------------------------------------------------------------

    def _keep(self, frames: Frames) -> list[int]:
        now = self._now()
        if self._find_holder:
            self._name_holder(frames)
        queued = self._intake.queued
        self._since_marker += len(frames)
        with self._dbs.journal.write() as tx:
            if leases.holder_of(tx, LEASE) != self._holder:
                raise StoreError("another listener has taken over")
            taken = self._intake.take(tx, frames, now, self._clock())
        acknowledge = taken.kept()
        self._commands += taken.commands
        self._seq = taken.seq or self._seq
        if queued and not self._intake.queued:
            self._go_live()
        return acknowledge

    def _name_holder(self, frames: Frames) -> None:
        """Who had the session since we were connected last: its last word to all. Mosquitto 2.0.11 closes
        without a reason when it gives a session to somebody else."""
        for topic, payload, _, _ in frames:
            if topic == self._holder_topic.encode():
                self._find_holder = False
                other = payload.decode(errors="replace")
                if other != self._holder and not is_gone(other):
                    said = f"another client with our name took the session over: {name_of(other)}"
                    self._trouble(ConnectionFault(connection_fault.TAKEN_OVER, said))

    def _go_live(self) -> None:
        self._marker_due = 0.0
        self._intake.queued = False

    def _marker_overdue(self) -> None:
        """It may be forbidden; or the queue still drains, and messages come faster than devices send."""
        if self._since_marker > DRAINING_PER_S * MARKER_S:
            self._marker_due += MARKER_S
            self._since_marker = 0
            return
        log.warning("the marker did not come back; taking what comes as live")
        self._go_live()

    def _beat(self, client: paho.Client | None) -> bool:
        """A heartbeat row, the lease renewed, a sign of life to the broker. False: the lease is gone.

        A queue that is full drops the marker, so it is sent again. While the queue drains, a sign of life
        proves nothing: what the broker may repeat of the last connection may still be on its way.
        """
        with self._dbs.journal.write() as tx:
            if leases.holder_of(tx, LEASE) != self._holder:
                return False
            leases.take(tx, LEASE, self._holder, self._now())
            seq = self._journal_beat(tx)
        if client is not None and self._connected:
            if self._intake.queued:
                client.publish(self._marker, self._intake.nonce, qos=1)
            else:
                self._sent[client.publish(self._alive, str(seq), qos=1).mid] = self._seq
        return True

    def _journal_beat(self, tx: Connection) -> int:
        beat = encode(Heartbeat(self._connected, self._confirmed))
        return journal.append(tx, self._now(), journal.HEARTBEAT, beat)

    def _now(self) -> int:
        """Never back behind what was stamped already (`core.readings.monotonic_stamp`)."""
        wall, last = self._clock(), self._stamp
        right = last is not None and is_lost(last.at, wall) and ntp.is_synchronized()
        self._stamp = stamp(last, wall, time.monotonic_ns() // 1_000_000, right=right)
        behind = self._stamp.at - wall
        if behind > NOTICED_MS and not self._behind:
            log.warning(
                "this machine's clock was set back by %d s; waiting for it at half speed", behind // 1000
            )
        self._behind = behind > NOTICED_MS
        return self._stamp.at

    _behind = False
    _said = ""
    _session_present = False

    def _trouble(self, found: ConnectionFault) -> None:
        """What a person must put right is on the page too."""
        self._say_once(found.text)
        self._problems.note(found)

    def _say_once(self, text: str) -> None:
        if text != self._said:
            self._said = text
            log.warning(text)
