"""Messages that nobody could read are tried once more when there are new rules: a piece at a time, so that
what arrives meanwhile does not wait.

A piece goes into the journal and out of the list in one transaction: a crash reads it once all the same.
"""

import logging
import time

from core.decoding.rules import RULE_FAMILY
from core.errors import StoreError
from ingest.batch_pipeline import BatchPipeline, TopicCache
from store.database import Databases
from store.decoding import rejected
from store.journal import leases

log = logging.getLogger(__name__)

LEASE = "listener"
PIECE = 50
EVERY_S = 0.2
NEVER = ("invalid_value", "too_many", "too_large", "bad_topic")
"""Of the first the good values were taken already; the others no rule can help."""


class RejectedRedecoder:
    """`step` does what is due. It begins anew whenever the topics change (`topics.version`)."""

    def __init__(self, dbs: Databases, topics: TopicCache, holder: str) -> None:
        self._dbs, self._topics, self._holder = dbs, topics, holder
        self._version = -1
        self._waiting: list[tuple[str, str]] = []
        self._after = 0
        self._due = 0.0

    def step(self, intake: BatchPipeline, now: int) -> int:
        """The journal row that was written, 0 where none was."""
        clock = time.monotonic()
        if clock < self._due or (self._version == self._topics.version and not self._waiting):
            return 0
        self._due = clock + EVERY_S
        try:
            if self._version != self._topics.version:
                self._begin(intake)
            return self._piece(intake, now) if self._waiting else 0
        except StoreError as error:
            log.error("reading rejected messages again: %s", error)
            return 0

    def _begin(self, intake: BatchPipeline) -> None:
        version = self._topics.version
        with self._dbs.journal.read() as tx:
            groups = [(one.topic, one.reason) for one in rejected.counts(tx) if one.reason not in NEVER]
        intake.forget_routes()
        self._waiting = [group for group in groups if self._by_rule(group[0])]
        self._version, self._after = version, 0

    def _by_rule(self, topic: str) -> bool:
        found = self._topics.find(topic)
        return found is not None and found[0] == RULE_FAMILY

    def _piece(self, intake: BatchPipeline, now: int) -> int:
        topic, reason = self._waiting[0]
        with self._dbs.journal.write() as tx:
            if leases.holder_of(tx, LEASE) != self._holder:
                return 0
            found = rejected.rejected_after(tx, topic, reason, self._after, PIECE)
            taken, read = intake.take_again(tx, found, now)
            if read:
                rejected.remove_decoded(tx, read)
        taken.kept()
        if found:
            self._after = found[-1].id
        else:
            self._waiting.pop(0)
            self._after = 0
        if read:
            log.warning("%d messages of %s could be read after all", len(read), topic)
        return taken.seq
