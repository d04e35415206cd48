"""Sends queued messages. A message is claimed, sent outside any transaction, then marked as sent.

After a crash in between it is sent again with the same key; a channel that supports keys delivers it once.
"""

import logging
from collections.abc import Callable

from alerts.channels.contract import Channel
from core.errors import SendError
from core.times import MINUTE_MS
from store.alerts.alert_events import note_event
from store.database import Databases
from store.notifications import notifications
from store.notifications.notifications import CLAIM_FOR, DueNotification
from store.overview import system_issues
from store.processes import is_gone, this_process

log = logging.getLogger(__name__)

RETRY_AFTER = (5_000, 15_000, 30_000, MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 10 * MINUTE_MS)
"""Delays (ms) between attempts; after the last one the message has failed."""
PROBLEM = "alerts.sending"


class Outbox:
    def __init__(self, dbs: Databases, channel: Channel, claim_for: int = CLAIM_FOR) -> None:
        self.dbs = dbs
        self.channel = channel
        self.claim_for = claim_for
        self.sent = 0
        self.failed = 0
        self._failing = False
        self._has_released = False

    def step(self, now: int, goes_on: Callable[[], bool] = lambda: True) -> int:
        """Sends the messages due at `now` (ms) and returns the number of attempts. Stops when `goes_on` is
        false."""
        if not self._has_released:
            with self.dbs.records.write() as tx:
                notifications.release(tx, now, is_gone)
            self._has_released = True
        with self.dbs.records.read() as tx:
            if not notifications.anything_due(tx, now, self.channel.name):
                return 0
        tried = 0
        while goes_on():
            with self.dbs.records.write() as tx:
                due = notifications.claim(tx, now, self.channel.name, self.claim_for, this_process())
            if due is None:
                break
            self._send(due, now)
            tried += 1
        return tried

    def _send(self, due: DueNotification, now: int) -> None:
        try:
            if not due.phone:
                raise SendError("no phone number", retry=False)
            self.channel.send(due.phone, due.text, due.dedup_key)
        except SendError as error:
            self._mark_failed(due, now, error)
            return
        with self.dbs.records.write() as tx:
            notifications.mark_sent(tx, now, due.id)
            if self._failing:
                system_issues.clear(tx, PROBLEM, now)
        if self._failing:
            log.warning("channel %s accepts messages again", self.channel.name)
        self._failing = False
        self.sent += 1

    def _mark_failed(self, due: DueNotification, now: int, error: SendError) -> None:
        delay = RETRY_AFTER[due.attempts] if error.retry and due.attempts < len(RETRY_AFTER) else None
        with self.dbs.records.write() as tx:
            notifications.mark_failed(tx, now, due.id, str(error), None if delay is None else now + delay)
            system_issues.note(tx, PROBLEM, str(error), now)
            if delay is None and due.alert is not None:
                note_event(tx, now, due.alert, "not_reached", None, person=due.person, error=str(error))
        if not self._failing:
            log.warning("channel %s did not accept message %d: %s", self.channel.name, due.id, error)
        self._failing = True
        self.failed += 1
