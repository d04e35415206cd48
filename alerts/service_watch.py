"""Notes services that do not do their work as system issues, and tells technicians, once a day for each. Also
tells them of a wrong clock.

A restart by `coldshed up` is noted and told by whichever alerts process runs afterwards, for a day.
"""

import time
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from alerts.technicians import notice_key, technicians
from alerts.text_context import TextContext
from core.notifications.alert_texts import TextStyle
from core.notifications.escalation import NotificationKind, is_daytime
from core.notifications.issue_texts import issue_sms, issue_text_of
from core.notifications.new_message import NewMessage
from core.notifications.service_texts import (
    URGENT_RESTARTS,
    URGENT_SERVICES,
    clock_text,
    restarted_text,
    trouble_text,
)
from core.overview.service_health import SUPERVISOR, ServiceState, troubled
from core.overview.service_progress import HUNG_AFTER_S, ServiceRestart
from core.overview.system_issue_texts import CLOCK_AHEAD, CLOCK_ISSUE, RESTARTED_ISSUE, SERVICE_ISSUE
from core.times import DAY_MS, MINUTE_MS
from store.database import Databases
from store.notifications import notifications as outbox
from store.overview import system_issues
from store.overview.progress_files import read_progress
from store.overview.service_states import read_service_states
from store.overview.system_issues import SystemIssue
from store.rooms.timezones import federation_timezone

TextOf = Callable[[TextStyle], str]


class ServiceWatch:
    """`channel`: the name under which texts are queued. A trouble counts once this process has seen it for
    a while: when all services start together, the others need a moment."""

    def __init__(self, dbs: Databases, channel: str, hung_after_s: float = HUNG_AFTER_S) -> None:
        self._dbs = dbs
        self._channel = channel
        self._hung_after_s = hung_after_s
        self._begun_at = time.monotonic()
        self._suspects: set[str] = set()

    def step(self, now: int) -> None:
        """Looks once. `now` in ms."""
        states = troubled(read_service_states(self._dbs, now, self._hung_after_s))
        if time.monotonic() - self._begun_at < self._hung_after_s:
            states = []
        lasting = {state.service: state for state in states if state.service in self._suspects}
        self._suspects = {state.service for state in states}
        supervisor = read_progress(self._dbs.data_dir).get(SUPERVISOR)
        restarts = [r for r in (supervisor.restarts if supervisor else ()) if now - DAY_MS < r.at <= now]
        with self._dbs.records.read() as tx:
            issues = {issue.name: issue for issue in system_issues.open_issues(tx)}
        if lasting or restarts or any(_is_ours(name) or issue_text_of(name) for name in issues):
            with self._dbs.records.write() as tx:
                self._note_troubles(tx, now, lasting, issues)
                self._note_restarts(tx, now, restarts, issues)
                self._tell_clock(tx, now, issues)
                self._tell_others(tx, now, issues)

    def _note_troubles(
        self, tx: Connection, now: int, states: dict[str, ServiceState], issues: dict[str, SystemIssue]
    ) -> None:
        for name in issues:
            if name.startswith(SERVICE_ISSUE) and name.removeprefix(SERVICE_ISSUE) not in states:
                system_issues.clear(tx, name, now)
        for service, state in states.items():
            if SERVICE_ISSUE + service not in issues:
                since = now - round(state.age_s * 1000)
                system_issues.note(tx, SERVICE_ISSUE + service, str(state.trouble), now, since)
            text = partial(trouble_text, service=service, quiet_ms=round(state.age_s * 1000))
            self._tell(tx, now, SERVICE_ISSUE + service, text, urgent=service in URGENT_SERVICES)

    def _note_restarts(
        self, tx: Connection, now: int, restarts: list[ServiceRestart], issues: dict[str, SystemIssue]
    ) -> None:
        for restart in restarts:
            name = RESTARTED_ISSUE + restart.service
            if name not in issues or issues[name].last_at < restart.at:
                system_issues.note(tx, name, str(restart.quiet_s), restart.at)
        for issue in system_issues.open_issues(tx):
            if not issue.name.startswith(RESTARTED_ISSUE):
                continue
            if not now - DAY_MS < issue.last_at <= now:
                system_issues.clear(tx, issue.name, now)
                continue
            service, quiet_ms = issue.name.removeprefix(RESTARTED_ISSUE), int(issue.text) * 1000
            text = partial(restarted_text, service=service, quiet_ms=quiet_ms, times=issue.times)
            self._tell(tx, now, issue.name, text, urgent=issue.times >= URGENT_RESTARTS)

    def _tell_clock(self, tx: Connection, now: int, issues: dict[str, SystemIssue]) -> None:
        """The listener notes and clears the issue; its text is the minutes."""
        for name, issue in issues.items():
            if name.startswith(CLOCK_ISSUE):
                off_ms = int(issue.text.split()[0]) * MINUTE_MS
                text = partial(clock_text, off_ms=off_ms, is_ahead=name == CLOCK_AHEAD)
                self._tell(tx, now, name, text, urgent=False)

    def _tell_others(self, tx: Connection, now: int, issues: dict[str, SystemIssue]) -> None:
        """Other parts note and clear these issues; what ends soon is not told."""
        for name, issue in issues.items():
            wanted = issue_text_of(name)
            if wanted is not None and now - issue.first_at >= wanted.after:
                text = partial(issue_sms, text=wanted.text, why=issue.text)
                self._tell(tx, now, name, text, urgent=wanted.urgent)

    def _tell(self, tx: Connection, now: int, name: str, text: TextOf, *, urgent: bool) -> None:
        """Queues the text for each technician, unless it was today; what is not urgent waits for the day."""
        zone = federation_timezone(tx)
        if not urgent and not is_daytime(now, zone):
            return
        context = TextContext.read(tx)
        for person in technicians(list(context.people.values())):
            key = notice_key(name, now, zone, person.id, urgent=urgent)
            message = NewMessage(person.id, NotificationKind.SERVICE, text(context.style(person.id)), key)
            outbox.queue(tx, now, self._channel, message)


def _is_ours(name: str) -> bool:
    return name.startswith((CLOCK_ISSUE, SERVICE_ISSUE, RESTARTED_ISSUE))
