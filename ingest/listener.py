"""The connection to the broker: decodes, stores and acknowledges messages, and sends heartbeats.

The order matters: decode, journal (one commit, fsync), acknowledge. After a crash before the commit, the
broker sends the messages again. After a crash between commit and acknowledgement it repeats them, and
`Redeliveries` recognises them.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from zoneinfo import ZoneInfo

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from sqlalchemy import Connection

from core.errors import StoreError
from core.readings.journal_codec import Heartbeat, encode
from ingest import connection_fault
from ingest.address import BrokerAddress
from ingest.client import FastClient, Frames, StockClient
from ingest.client_id import own_client_id, public_name
from ingest.clock_issue import ClockIssue
from ingest.connection_issues import ConnectionIssues
from ingest.decoders.contract import Command
from ingest.disk_space import Upkeep
from ingest.drain import QueueDrain
from ingest.leadership import Leadership
from ingest.lease import Lease
from ingest.login_follower import LoginFollower
from ingest.redecode import RejectedRedecoder
from ingest.session import STEADY_S, BrokerSession, Client
from ingest.session_holder import SessionHolder
from ingest.stamper import Stamper
from ingest.subscriptions import Subscriptions
from ingest.topic_cache import TopicCache
from store.clock import now_ms
from store.database import Databases
from store.journal import journal
from store.overview.progress_files import PartReporter
from store.processes import this_process

HEARTBEAT_S = 5.0
REFRESH_S = 1.0
LOOP_S = 0.25
DELAYS_S = (0.5, 1, 2, 5, 10, 30)
STORE_AGAIN_S = 5
LOCAL_AGAIN_S = 2
"""A broker of this machine that is not there is asked again soon: nobody else is troubled."""


class Listener:
    """`topics` says what to subscribe to and who decodes it; `refresh` is called about once a second and may
    change `topics`. `now` gives ms UTC."""

    def __init__(
        self,
        dbs: Databases,
        broker: BrokerAddress,
        topics: TopicCache,
        *,
        zone: ZoneInfo = ZoneInfo("Asia/Shanghai"),  # noqa: B008 - immutable
        now: Callable[[], int] = now_ms,
        stock_client: bool = False,
        refresh: Callable[[], object] = lambda: None,
    ) -> None:
        client_id = broker.client_id or own_client_id(dbs)
        own_topics = f"coldshed/listener/{public_name(client_id)}"
        self._dbs = dbs
        self._broker = broker
        self._refresh = refresh
        self.drain = QueueDrain(f"{own_topics}/marker")
        lease, stamper = Lease(this_process()), Stamper(now)
        self._logins = LoginFollower(dbs)
        self.leadership = Leadership(
            dbs, topics, zone, lease, stamper, self.drain.topic.encode(), self._logins.sender_of
        )
        self._issues = ConnectionIssues(dbs, stamper.now)
        self._clock_issue = ClockIssue(dbs, stamper.now)
        self._redecoder = RejectedRedecoder(dbs, topics, lease)
        self._upkeep = Upkeep(dbs, stamper.now)
        self.session = BrokerSession(
            broker,
            partial(StockClient if stock_client else FastClient, client_id),
            Subscriptions(dbs, topics, self.drain.topic, on_change=self._forget_routes),
            SessionHolder(f"{own_topics}/holder", lease.holder),
            self._issues,
            self._on_ready,
        )
        self._commands: list[Command] = []
        self._beat_due = self._refresh_due = 0.0
        self._marker_due = False
        self._progress = PartReporter()

    def run(self, stop: threading.Event, progress: PartReporter | None = None) -> None:
        """Connects, listens and reconnects with growing delay until `stop`. Never raises. Its work is done
        if its heartbeat is stored: whether the broker is there is another matter."""
        self._progress = progress or self._progress
        failures, delay = 0, 0.0
        while not stop.is_set():
            began, is_absent_here = time.monotonic() + delay, False
            try:
                self._wait_disconnected(stop, began)
                if not stop.is_set() and self.leadership.acquire(self._issues.log_once):
                    self._listen(stop)
                self._progress.worked()
            except StoreError as error:
                self._progress.failed(str(error))
                self.leadership.is_certain = False
                self._issues.log_once(f"{type(error).__name__}: {error}")
                self._upkeep.make_room()
            except OSError as error:
                self._progress.failed(str(error), outside=True)
                is_absent_here = self._broker.is_local and isinstance(error, ConnectionRefusedError)
                self._issues.report(connection_fault.from_error(error, self._broker.host))
                self._upkeep.make_room()
            except Exception as error:  # noqa: BLE001 - top of the loop; reported in the log and on the page
                self._progress.failed(repr(error))
                self._issues.report_crash(error)
            if time.monotonic() - began > STEADY_S:
                failures = 0
            delay = DELAYS_S[min(failures, len(DELAYS_S) - 1)]
            if not self.leadership.is_certain:
                delay = min(delay, STORE_AGAIN_S)
            if is_absent_here:
                delay = min(delay, LOCAL_AGAIN_S)
            failures += 1
        with suppress(StoreError), self._dbs.journal.write() as tx:
            self.leadership.lease.release(tx)

    def may_reload_logins(self) -> bool:
        """Whether the broker may read its logins again without loss: while we are connected, or while it
        refuses our own."""
        return self.session.is_ready or self._issues.is_login_refused

    def _wait_disconnected(self, stop: threading.Event, until: float) -> None:
        """Waits between two connections; heartbeats report that there is no connection."""
        while not stop.is_set() and time.monotonic() < until:
            self._progress.alive()
            if self.leadership.is_leading and not self._tick(None):
                self.leadership.is_leading = False
            stop.wait(min(LOOP_S, max(0.0, until - time.monotonic())))

    def _listen(self, stop: threading.Event) -> None:
        """One connection from its start to its end."""
        self.leadership.delivery.on_connect()
        self._commands.clear()
        self.leadership.pipeline.expect_queue(self.drain.new_nonce())
        client = self.session.open(self._store_messages, self._on_puback)
        try:
            while not stop.is_set():
                rc = client.loop(LOOP_S)
                if client.store_error is not None:
                    raise client.store_error
                if rc != MQTTErrorCode.MQTT_ERR_SUCCESS or self.session.is_silent(time.monotonic()):
                    break
                for command in self._commands:
                    client.publish(command.topic, command.payload)
                self._commands.clear()
                if not self._tick(client):
                    break
            if not stop.is_set():
                self.session.report_silence()
        finally:
            self.drain.stop()
            if self.session.close(client, by_us=stop.is_set()):
                with self._dbs.journal.write() as tx:
                    self._store_beat(tx)

    def _tick(self, client: Client | None) -> bool:
        """Does what is due: upkeep, heartbeat, end of the queue, changed topics. Returns False if the
        lease is lost."""
        clock, pipeline = time.monotonic(), self.leadership.pipeline
        self._progress.alive()
        self._upkeep.step(clock)
        if clock >= self._beat_due:
            self._beat_due = clock + HEARTBEAT_S
            if not self._send_heartbeat(client):
                return False
        if self._marker_due:
            self._publish_marker(client)
        if self.drain.is_overdue(clock):
            pipeline.queued = False
        if clock >= self._refresh_due:
            self._refresh_due = clock + REFRESH_S
            self._refresh()
            self._logins.refresh()
        self.leadership.delivery.on_acknowledged(
            self._redecoder.step(pipeline, self.leadership.stamper.now())
        )
        if client is not None:
            self.session.tick(client, clock)
        return True

    def _forget_routes(self) -> None:
        self.leadership.pipeline.forget_routes()

    def _on_ready(self, client: paho.Client) -> None:
        self.drain.start(time.monotonic())
        self._send_heartbeat(client)

    def _on_puback(self, packet_id: int) -> None:
        delivery = self.leadership.delivery
        if delivery.on_puback(packet_id):
            self.leadership.pipeline.on_confirmed(delivery.confirmed)

    def _store_messages(self, frames: Frames) -> list[int]:
        """Stores the messages of one read. Returns the packet ids to acknowledge. Raises StoreError."""
        pipeline, lease, stamper = self.leadership.pipeline, self.leadership.lease, self.leadership.stamper
        now = stamper.now()
        fault = self.session.holder.find_other(frames)
        if fault is not None:
            self._issues.report(fault)
        was_queued = pipeline.queued
        self.session.on_messages(time.monotonic())
        self.drain.on_messages(len(frames))
        beats = self.session.is_ready and time.monotonic() >= self._beat_due - HEARTBEAT_S / 5
        with self._dbs.journal.write() as tx:
            if not lease.is_ours(tx):
                raise StoreError("another listener has taken over")
            pipeline.clock_lead = stamper.survey.lead
            batch = pipeline.process(tx, frames, now, stamper.wall())
            if beats and not self._renew_and_beat(tx):  # soon due: one commit less
                raise StoreError("another listener has taken over")
        packet_ids = batch.on_committed()
        stamper.hear(batch.device_times)
        if beats:
            self._beat_due = time.monotonic() + HEARTBEAT_S
            self._marker_due = True
        self._commands += batch.commands
        self.leadership.delivery.on_acknowledged(batch.seq)
        if was_queued and not pipeline.queued:
            self.drain.stop()
        return packet_ids

    def _send_heartbeat(self, client: paho.Client | None) -> bool:
        """Writes a heartbeat and publishes the marker to ourselves. Returns False if the lease is lost."""
        with self._dbs.journal.write() as tx:
            if not self._renew_and_beat(tx):
                return False
        self._publish_marker(client)
        return True

    def _publish_marker(self, client: paho.Client | None) -> None:
        """The marker ends the queue, confirms our acknowledgements, and shows that messages reach us. A full
        queue drops it, so it is sent with every heartbeat. While the queue drains, a confirmation proves
        nothing, because the broker may still repeat messages of the last connection.
        """
        delivery, pipeline = self.leadership.delivery, self.leadership.pipeline
        self._marker_due = False
        self._clock_issue.update(self.leadership.stamper.look())
        self._progress.worked()
        if client is not None and self.session.is_ready:
            sent = client.publish(self.drain.topic, pipeline.nonce, qos=1)
            if not pipeline.queued:
                delivery.on_published(sent.mid)

    def _renew_and_beat(self, tx: Connection) -> bool:
        """Returns False if the lease is lost."""
        if not self.leadership.lease.renew(tx, self.leadership.stamper.now()):
            return False
        self._store_beat(tx)
        return True

    def _store_beat(self, tx: Connection) -> None:
        lead = self.leadership.stamper.survey.lead
        beat = encode(Heartbeat(self.session.is_hearing, self.leadership.delivery.confirmed, lead))
        journal.append(tx, self.leadership.stamper.now(), journal.HEARTBEAT, beat)
