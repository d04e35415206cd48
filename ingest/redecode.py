"""Re-decodes rejected messages when rules change, in small transactions, so that arriving messages do not
wait.

One transaction writes a chunk to the journal and removes it from the rejected messages: after a crash each
message is still decoded exactly once.
"""

import logging
import time

from core.decoding.rules import RULE_FAMILY
from core.errors import StoreError
from ingest.batch_pipeline import BatchPipeline
from ingest.lease import Lease
from ingest.topic_cache import TopicCache
from store.database import Databases
from store.decoding import rejected

log = logging.getLogger(__name__)

CHUNK = 50
EVERY_S = 0.2
NEVER = ("invalid_value", "too_many", "too_large", "bad_topic")
"""Reasons that no rule can fix. The valid values of an invalid_value message are stored already."""


class RejectedRedecoder:
    """Starts again whenever the topics change (`topics.version`)."""

    def __init__(self, dbs: Databases, topics: TopicCache, lease: Lease) -> None:
        self._dbs, self._topics, self._lease = dbs, topics, lease
        self._version = -1
        self._waiting: list[tuple[str, str]] = []
        self._after = 0
        self._due = 0.0

    def step(self, pipeline: BatchPipeline, now: int) -> int:
        """Decodes the next chunk if it is due. Returns the journal row written, 0 for none."""
        clock = time.monotonic()
        if clock < self._due or (self._version == self._topics.version and not self._waiting):
            return 0
        self._due = clock + EVERY_S
        try:
            if self._version != self._topics.version:
                self._begin(pipeline)
            return self._next_chunk(pipeline, now) if self._waiting else 0
        except StoreError as error:
            log.error("cannot re-decode rejected messages: %s", error)
            return 0

    def _begin(self, pipeline: BatchPipeline) -> None:
        version = self._topics.version
        with self._dbs.journal.read() as tx:
            counts = [(count.topic, count.reason) for count in rejected.counts(tx)]
        pipeline.forget_routes()
        self._waiting = [
            (topic, reason) for topic, reason in counts if reason not in NEVER and self._has_rule(topic)
        ]
        self._version, self._after = version, 0

    def _has_rule(self, topic: str) -> bool:
        family, _ = self._topics.find(topic) or ("", None)
        return family == RULE_FAMILY

    def _next_chunk(self, pipeline: BatchPipeline, now: int) -> int:
        topic, reason = self._waiting[0]
        with self._dbs.journal.write() as tx:
            if not self._lease.is_ours(tx):
                return 0
            messages = rejected.rejected_after(tx, topic, reason, self._after, CHUNK)
            batch, decoded = pipeline.redecode(tx, messages, now)
            if decoded:
                rejected.remove_decoded(tx, decoded)
        batch.on_committed()
        if messages:
            self._after = messages[-1].id
        else:
            self._waiting.pop(0)
            self._after = 0
        if decoded:
            log.warning("re-decoded %d rejected messages of %s", len(decoded), topic)
        return batch.seq
