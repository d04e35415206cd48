"""Holds the connection to the broker: subscribes, keeps what comes, acknowledges, and says it lives.

The order is what matters: decode, journal (one commit, fsync), acknowledge. A crash before the commit
makes the broker send again; a crash behind it makes it send what `Intake` knows.
"""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions
from sqlalchemy import Connection, select

from core.batches import Heartbeat, decode_batch, decode_heartbeat, encode
from core.errors import StoreError
from ingest import upkeep
from ingest.client import FastClient, Frames, StockClient, session_properties
from ingest.holder import is_dead, me
from ingest.intake import Find, Intake
from store import journal, leases
from store.database import Databases
from store.tables import decoder_memory
from store.tables import leases as lease_table

log = logging.getLogger(__name__)

HEARTBEAT_S = 5.0
UPKEEP_S = 60.0
LOOP_S = 0.25
KEEPALIVE_S = 30
CONNECT_S = 10.0
ANSWER_S = 3.0
MARKER_S = 30.0
SESSION_S = 14 * 24 * 3600
RECEIVE_MAXIMUM = 5_000
PACKET_BYTES = 16 << 20
DELAYS_S = (0.5, 1, 2, 5, 10, 30)
LEASE = "listener"
CLOCK_BEHIND_MS = 5_000
REMEMBERED_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    host: str
    port: int
    username: str | None
    password: str | None

    @classmethod
    def of(cls, url: str) -> "BrokerAddress":
        """From `mqtt://user:password@host:1883`."""
        parts = urlsplit(url)
        return cls(
            parts.hostname or "127.0.0.1",
            parts.port or 1883,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )


class Listener:
    """One connection at a time with one fixed client id, so that the broker keeps what we miss.

    `find` maps a topic to its decoder, `filters` are the topics to subscribe, `now` gives ms UTC.
    """

    def __init__(
        self,
        dbs: Databases,
        broker: BrokerAddress,
        filters: Sequence[str],
        find: Find,
        *,
        client_id: str = "coldshed",
        zone: ZoneInfo = ZoneInfo("Asia/Shanghai"),  # noqa: B008 - immutable
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        stock_client: bool = False,
    ) -> None:
        self._dbs = dbs
        self._broker = broker
        self._filters = tuple(filters)
        self._client_id = client_id
        self._clock = now
        self._client_class = StockClient if stock_client else FastClient
        self._marker = f"coldshed/listener/{client_id}/marker"
        self._alive = f"coldshed/listener/{client_id}/alive"
        self._holder = me()
        self._mqtt5 = True
        self._connected = False
        self._answered = False
        self._seq = 0
        self._confirmed = 0
        self._sent: dict[int, int] = {}
        self._marker_due = 0.0
        with dbs.journal.read() as tx:
            self._intake = Intake(tx, find, zone, self._marker.encode())
            self._last_at = journal.last_received_at(tx)
            self._remember(tx)

    def _remember(self, tx: Connection) -> None:
        """What the last listener kept and the broker may not have heard of."""
        self._seq = journal.last_seq(tx)
        beats = journal.recent(tx, journal.HEARTBEAT, 1)
        self._confirmed = decode_heartbeat(beats[0].body).confirmed if beats else 0
        for row in reversed(journal.recent(tx, journal.READINGS, REMEMBERED_ROWS, self._confirmed)):
            self._intake.remember(row.seq, decode_batch(row.body).timeless)

    # --- the loop -----------------------------------------------------------------------------

    def run(self, stop: threading.Event) -> None:
        """Until `stop`: connect, listen, reconnect with growing delay. Never raises for what a broker or
        a full disk can do."""
        failures = 0
        while not stop.is_set():
            try:
                if self._may_start() and self._listen(stop):
                    failures = 0
            except (OSError, StoreError) as error:
                self._say_once(f"{type(error).__name__}: {error}")
            if not stop.is_set():
                stop.wait(DELAYS_S[min(failures, len(DELAYS_S) - 1)])
                failures += 1
        with self._dbs.journal.write() as tx:
            leases.give_back(tx, LEASE, self._holder)

    def _may_start(self) -> bool:
        now = self._clock()
        if now < self._last_at - CLOCK_BEHIND_MS:
            self._say_once("this machine's clock is behind the last reading kept; waiting until it is set")
            return False
        with self._dbs.journal.write() as tx:
            holder = self._take_lease(tx, now)
        if holder != self._holder:
            self._say_once(f"another listener holds this database: {holder}")
            return False
        return True

    def _take_lease(self, tx: Connection, now: int) -> str:
        held = tx.execute(select(lease_table.c.holder).where(lease_table.c.name == LEASE)).scalar()
        if held is not None and held != self._holder and is_dead(held):
            leases.give_back(tx, LEASE, held)
        return leases.take(tx, LEASE, self._holder, now)

    def _listen(self, stop: threading.Event) -> bool:
        """One connection from its start to its end; whether it ever was one."""
        client = self._connect()
        beat_due = upkeep_due = 0.0
        answer_due = time.monotonic() + ANSWER_S
        try:
            while not stop.is_set():
                rc = client.loop(LOOP_S)
                if client.store_error is not None:
                    raise client.store_error
                if rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
                clock = time.monotonic()
                if not self._answered and clock > answer_due:
                    break
                if clock >= beat_due:
                    beat_due = clock + HEARTBEAT_S
                    if not self._beat(client):
                        break
                if clock >= upkeep_due:
                    upkeep_due = clock + UPKEEP_S
                    upkeep.trim(self._dbs, self._now())
                    upkeep.keep_ballast(self._dbs.data_dir)
                if self._marker_due and clock > self._marker_due:
                    self._go_live("the marker did not come back; taking what comes as live")
        finally:
            self._end(client)
        return self._answered

    def _connect(self) -> FastClient | StockClient:
        self._connected = self._answered = False
        self._sent.clear()
        self._intake.queued = True
        self._intake.nonce = secrets.token_hex(8).encode()
        client = self._client_class(self._client_id, self._mqtt5, self._keep)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        client.connect_timeout = CONNECT_S
        if self._broker.username:
            client.username_pw_set(self._broker.username, self._broker.password)
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
        if client.is_connected():
            deadline = time.monotonic() + 2
            while client.want_write() and time.monotonic() < deadline:
                if client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
            client.disconnect()
            client.loop(0.1)
        # amqtt never answers an MQTT 5 connect: the next try, and only that, speaks 3.1.1
        self._mqtt5 = self._answered or not self._mqtt5
        if was_connected:
            log.warning("disconnected from the broker")
            with self._dbs.journal.write() as tx:
                self._journal_beat(tx)

    # --- what the broker says -----------------------------------------------------------------------

    def _on_connect(
        self, client: paho.Client, _data: object, flags: paho.ConnectFlags, code: ReasonCode, _p: object
    ) -> None:
        self._answered = True
        if code.is_failure:
            self._say_once(f"the broker refuses us: {code}")
            return
        wanted = (*self._filters, self._marker)
        if self._mqtt5:
            # retained messages only with a new subscription: each reconnect would repeat them all
            once = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
            client.subscribe([(topic, once) for topic in wanted])
        else:
            client.subscribe([(topic, 1) for topic in wanted])
        self._session_present = flags.session_present

    def _on_subscribe(
        self, client: paho.Client, _data: object, _mid: int, codes: list[ReasonCode], _p: object
    ) -> None:
        for code in codes:
            if code.is_failure:
                self._say_once(f"the broker refuses a subscription: {code}")
        self._forget_old_filters(client)
        client.publish(self._marker, self._intake.nonce, qos=1)
        self._marker_due = time.monotonic() + MARKER_S
        self._connected = True
        self._said = ""
        version = "5" if self._mqtt5 else "3.1.1"
        session = "kept" if self._session_present else "new"
        log.warning("connected to %s:%d, MQTT %s, session %s", *self._where(), version, session)
        self._beat(client)

    def _where(self) -> tuple[str, int]:
        return self._broker.host, self._broker.port

    def _forget_old_filters(self, client: paho.Client) -> None:
        """A persistent session remembers what we no longer want; so do we, to take it back."""
        here = (decoder_memory.c.family == "listener") & (decoder_memory.c.key == "filters")
        wanted = (*self._filters, self._marker)
        with self._dbs.journal.write() as tx:
            kept = tx.execute(select(decoder_memory.c.value).where(here)).scalar()
            tx.exec_driver_sql(
                "INSERT INTO decoder_memory (family, key, value) VALUES ('listener', 'filters', ?) "
                "ON CONFLICT (family, key) DO UPDATE SET value = excluded.value",
                (json.dumps(wanted).encode(),),
            )
        old = [topic for topic in json.loads(kept or b"[]") if topic not in wanted]
        if old:
            client.unsubscribe(old)

    def _on_publish(self, _c: paho.Client, _data: object, mid: int, _code: object, _p: object) -> None:
        """The broker answered our sign of life, so it has every acknowledgement sent before it."""
        confirmed = self._sent.pop(mid, 0)
        if confirmed > self._confirmed:
            self._confirmed = confirmed
            self._intake.confirmed(confirmed)

    def _on_disconnect(
        self, _c: paho.Client, _data: object, _flags: object, code: ReasonCode, _p: object
    ) -> None:
        if str(code) == "Session taken over":
            self._say_once("another client with our name took the session over")

    # --- what we keep ---------------------------------------------------------------------------

    def _keep(self, frames: Frames) -> list[int]:
        now = self._now()
        queued = self._intake.queued
        with self._dbs.journal.write() as tx:
            taken = self._intake.take(tx, frames, now)
        acknowledge = taken.kept()
        self._seq = taken.seq or self._seq
        if queued and not self._intake.queued:
            self._go_live("")
        return acknowledge

    def _go_live(self, why: str) -> None:
        self._marker_due = 0.0
        self._intake.queued = False
        if why:
            log.warning(why)

    def _beat(self, client: paho.Client) -> bool:
        """A heartbeat row, the lease renewed, a sign of life to the broker. False: the lease is gone."""
        with self._dbs.journal.write() as tx:
            if self._take_lease(tx, self._now()) != self._holder:
                return False
            seq = self._journal_beat(tx)
        if self._connected:
            mid = client.publish(self._alive, str(seq), qos=1).mid
            self._sent[mid] = self._seq
        return True

    def _journal_beat(self, tx: Connection) -> int:
        beat = encode(Heartbeat(self._connected, self._confirmed))
        return journal.append(tx, self._now(), journal.HEARTBEAT, beat)

    def _now(self) -> int:
        """Never back behind what was stamped already."""
        self._last_at = max(self._last_at, self._clock())
        return self._last_at

    _said = ""
    _session_present = False

    def _say_once(self, text: str) -> None:
        if text != self._said:
            self._said = text
            log.warning(text)
