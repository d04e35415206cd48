"""The alerting process. The engine runs in the main thread; sending and receiving run beside it, so a slow
network never delays judging."""

import logging
import threading
import time
from collections.abc import Callable

from alerts.box_watch import BoxWatch
from alerts.channels.contract import Channel
from alerts.direct_notice import DirectNotice
from alerts.engine import Engine
from alerts.future_entry_watch import FutureEntryWatch
from alerts.inbound import Inbox
from alerts.last_word import LastWordSender
from alerts.outbox import Outbox
from alerts.service_watch import ServiceWatch
from alerts.ups import Reader
from core.errors import SendError, StoreError
from core.notifications.alert_plan import EXHAUSTED
from core.notifications.escalation import ESCALATE_AFTER
from core.overview.battery_runtime import LAST_MINUTES
from core.times import HOUR_MS
from store.clock import now_ms
from store.database import Databases
from store.journal import journal
from store.notifications.notifications import CLAIM_FOR
from store.overview import system_issues
from store.overview.progress_files import PartReporter
from store.retention import trim

log = logging.getLogger(__name__)

RESTS_S = {"engine": 0.05, "mail": 0.2}
"""How often each loop looks for work."""
ASK_EVERY_S = 1.0
BATTERY_EVERY_S = 10.0
WATCH_EVERY_S = 10.0
REPORT_EVERY_MS = 5_000
TRIM_EVERY_MS = HOUR_MS
NO_HEARTBEAT_AFTER = 60_000
REST_S = (0.5, 1.0, 2.0, 5.0)


class AlertService:
    def __init__(
        self,
        dbs: Databases,
        channel: Channel,
        now: Callable[[], int] = now_ms,
        escalate_after: int = ESCALATE_AFTER,
        claim_for: int = CLAIM_FOR,
        battery: Reader = lambda: None,
        last_minutes: float = LAST_MINUTES,
    ) -> None:
        self.dbs = dbs
        self.now = now
        self.engine = Engine(dbs, channel.name, escalate_after)
        self.outbox = Outbox(dbs, channel, claim_for)
        self.inbox = Inbox(dbs, channel, self.engine.planner)
        self.box_watch = BoxWatch(dbs, DirectNotice(dbs, channel))
        self._future_entries = FutureEntryWatch(dbs)
        self.last_word = LastWordSender(dbs, channel.name, battery, last_minutes)
        self._reported_at = 0
        self._reported: int | None = None
        self._asked_at = 0.0
        self._battery_at = -BATTERY_EVERY_S
        self._trim_at = 0
        self._mail_progress = PartReporter()
        self._watch: ServiceWatch | None = None
        self._watch_at = -WATCH_EVERY_S
        self._failing: set[str] = set()

    def run(
        self,
        stop: threading.Event,
        engine: PartReporter | None = None,
        mail: PartReporter | None = None,
        watch: ServiceWatch | None = None,
    ) -> None:
        """Runs until `stop` is set. `engine` and `mail` report the two loops; `watch` looks after all
        services, from the second loop, so that it tells of the first one too."""
        self._mail_progress = mail or PartReporter()
        self._watch = watch
        self._clear_old_issues()
        thread = threading.Thread(
            target=self._loop,
            args=("mail", self._send_and_receive, stop, self._mail_progress),
            name="mail",
            daemon=True,
        )
        thread.start()
        self._loop("engine", self._judge, stop, engine or PartReporter())
        thread.join(timeout=10)

    def _judge(self) -> bool:
        now = self.now()
        busy = self.engine.step(now) > 0
        if abs(now - self._reported_at) >= REPORT_EVERY_MS:
            self._reported_at = now
            self._report_offset(now)
            with self.dbs.journal.read() as tx:
                last_received_at = journal.last_received_at(tx)
            if self.engine.caught_up and last_received_at:
                self._record_state(
                    "heartbeat",
                    now - last_received_at > NO_HEARTBEAT_AFTER,
                    "nothing comes from the listener",
                )
        return busy

    def _report_offset(self, now: int) -> None:
        """Only when it was saved anew, which is seldom on a quiet night."""
        offset = self.engine.saved_offset
        if offset != self._reported:
            with self.dbs.journal.write() as tx:
                journal.report_offset(tx, journal.ENGINE, offset, now)
            self._reported = offset

    def _clear_old_issues(self) -> None:
        """Clears system issues of an earlier process, except those about alerts: a problem that lasts is
        found again."""
        prefixes = tuple(f"alerts.{kind}." for kind in EXHAUSTED)
        try:
            with self.dbs.records.write() as tx:
                for issue in system_issues.open_issues(tx):
                    if issue.name.startswith("alerts.") and not issue.name.startswith(prefixes):
                        system_issues.clear(tx, issue.name, self.now())
        except StoreError as error:
            log.error("cannot clear old system issues: %s", error)

    def _trim(self) -> bool:
        """Trims once an hour, in small pieces; returns whether more is left."""
        now = self.now()
        if now < self._trim_at <= now + TRIM_EVERY_MS:
            return False
        with self.dbs.records.write() as tx:
            more = trim(tx, now)
        if not more:
            self._trim_at = now + TRIM_EVERY_MS
        return more

    def _send_and_receive(self) -> bool:
        self.box_watch.step(self.now())  # first: what follows may write, and the disk may refuse it
        self._future_entries.step(self.now())
        if time.monotonic() - self._battery_at >= BATTERY_EVERY_S:
            self._battery_at = time.monotonic()
            self.last_word.step(self.now())
        if self._watch is not None and time.monotonic() - self._watch_at >= WATCH_EVERY_S:
            self._watch_at = time.monotonic()
            self._watch.step(self.now())
        sent = self.outbox.step(self.now(), self._goes_on)
        if time.monotonic() - self._asked_at >= ASK_EVERY_S:
            self._asked_at = time.monotonic()
            try:
                self.inbox.step(self.now())
            except SendError as error:
                self._record_state("answers", True, str(error))
            else:
                self._record_state("answers", False, "")
        return self._trim() or sent > 0

    def _goes_on(self) -> bool:
        """Each text is a sign of life: many at a slow provider take minutes."""
        self._mail_progress.alive()
        return True

    def _loop(
        self, part: str, step: Callable[[], bool], stop: threading.Event, progress: PartReporter
    ) -> None:
        failures, rest_s = 0, RESTS_S[part]
        while not stop.is_set():
            try:
                busy = step()
                failures = 0
                self._record_state(part, False, "")
                progress.worked()
                stop.wait(0 if busy else rest_s)
            except Exception as error:  # the top of a loop; the error becomes a system issue on the page
                if part not in self._failing:
                    log.exception("%s failed; it tries again", part)
                self.box_watch.on_error(error)
                self._record_state(part, True, repr(error))
                is_outside = isinstance(error, StoreError) and self.dbs.records.postgresql
                progress.failed(repr(error), outside=is_outside)
                stop.wait(REST_S[min(failures, len(REST_S) - 1)])
                failures += 1

    def _record_state(self, part: str, failing: bool, text: str) -> None:
        """Records once that a part fails or works again. Raises StoreError if it cannot be recorded."""
        if failing == (part in self._failing):
            return
        name, now = f"alerts.{part}", self.now()
        if not failing:
            with self.dbs.records.write() as tx:
                system_issues.clear(tx, name, now)
            self._failing.discard(part)
            return
        self._failing.add(part)
        try:
            with self.dbs.records.write() as tx:
                system_issues.note(tx, name, text, now)
        except StoreError as error:
            log.error("%s: cannot record the issue: %s", name, error)
