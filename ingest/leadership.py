"""Leadership of a journal: the lease, and the pipeline's view of the journal, which is valid only while it
is held."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from core.devices.login_shares import area_of
from core.readings.journal_codec import Heartbeat, decode_batch, decode_heartbeat
from ingest.batch_pipeline import BatchPipeline
from ingest.delivery import Delivery
from ingest.lease import Lease
from ingest.redeliveries import REMEMBERED_ROWS
from ingest.stamper import Stamper
from ingest.topic_cache import TopicCache
from store.continuity import reconcile
from store.database import Databases
from store.journal import journal


class Leadership:
    """`pipeline` and `delivery` exist once `acquire` has succeeded."""

    pipeline: BatchPipeline
    delivery: Delivery

    def __init__(
        self,
        dbs: Databases,
        topics: TopicCache,
        zone: ZoneInfo,
        lease: Lease,
        stamper: Stamper,
        marker: bytes,
        sender_of: Callable[[str], str] = area_of,
    ) -> None:
        self._dbs = dbs
        self._topics = topics
        self._zone = zone
        self._marker = marker
        self._sender_of = sender_of
        self.lease = lease
        self.stamper = stamper
        self.is_leading = False
        """Whether the lease was held when last asked."""
        self.is_certain = True
        """False after a store error: the last commit may or may not have happened."""

    def acquire(self, log_once: Callable[[str], object]) -> bool:
        """Acquires the lease before a connection. Reads the journal again if another process may have
        written to it, or if the outcome of our last commit is unknown. Returns whether we lead."""
        was_leading, self.is_leading = self.is_leading, False
        reconcile(self._dbs, self.stamper.now())
        with self._dbs.journal.write() as tx:
            if not was_leading and not self.stamper.may_stamp(
                journal.last_received_at(tx), _last_beat(tx).clock_lead
            ):
                log_once("clock is behind the last stored reading; waiting until it is set")
                return False
            last_holder = self.lease.last_holder(tx)
            holder = self.lease.acquire(tx, self.stamper.now())
            if holder != self.lease.holder:
                log_once(f"another listener holds this database: {holder}")
                return False
            if not (was_leading and self.is_certain) or last_holder != holder:
                self.pipeline, self.delivery = self._read(tx)
        self.is_leading = self.is_certain = True
        return True

    def _read(self, tx: Connection) -> tuple[BatchPipeline, Delivery]:
        """A pipeline that knows what the last listener stored and the broker may deliver again."""
        pipeline = BatchPipeline(
            tx,
            self._topics.find,
            self._zone,
            self._marker,
            self._topics.on_memory_changed,
            self._sender_of,
        )
        last_beat = _last_beat(tx)
        confirmed = last_beat.confirmed
        if self.stamper.wall() >= journal.last_received_at(tx):  # else it was set since then
            self.stamper.resume(last_beat.clock_lead)
        pipeline.on_confirmed(confirmed)
        for row in reversed(journal.recent(tx, journal.READINGS, REMEMBERED_ROWS, confirmed)):
            batch = decode_batch(row.body)
            pipeline.recall(row.seq, batch)
        return pipeline, Delivery(confirmed, journal.last_seq(tx))


def _last_beat(tx: Connection) -> Heartbeat:
    beats = journal.recent(tx, journal.HEARTBEAT, 1)
    return decode_heartbeat(beats[0].body) if beats else Heartbeat(False)
