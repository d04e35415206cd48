"""Finds services that hang or work in vain, by their reports and by whether they answer.

Imports nothing heavy, for `coldshed up`. Times are `time.monotonic()`.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from core.overview.service_health import SERVICES
from core.overview.service_progress import (
    HUNG_AFTER_S,
    ServiceProgress,
    ServiceTrouble,
    last_alive,
    progress_state,
)
from store.overview.progress_files import pid_of, read_progress

START_GRACE_S = 60.0
"""A process that only starts may be silent for longer by this."""
GAP_S = 10.0
"""If this process itself was not scheduled for so long (suspended, frozen), nobody else is judged by that
time."""
LONGEST_PAUSE_S = 1800.0
FIRST_S = 0.2
"""How often servers are asked until each has answered once."""


class Watchable(Protocol):
    """A running service."""

    name: str
    started_at: float

    @property
    def pid(self) -> int | None: ...


class Stall(NamedTuple):
    """`quiet_s`: without a sign of life (hung) or without work (failing)."""

    service: str
    trouble: ServiceTrouble
    quiet_s: float
    why: str


class AnswerWatch:
    """Asks servers in a thread of its own, so that one that does not answer holds up nobody."""

    def __init__(self, questions: Mapping[str, Callable[[], bool]], every_s: float) -> None:
        self._questions = questions
        self._every_s = every_s
        self.answered_at: dict[str, float] = {}

    def start(self) -> None:
        threading.Thread(target=self._run, name="answers", daemon=True).start()

    def __contains__(self, name: str) -> bool:
        return name in self._questions

    def _run(self) -> None:
        while True:
            for name, answers in self._questions.items():
                if answers():
                    self.answered_at[name] = time.monotonic()
            has_answers = len(self.answered_at) == len(self._questions)
            time.sleep(self._every_s if has_answers else FIRST_S)


class HangWatch:
    """`read` returns the services' reports, None if they cannot be trusted now."""

    def __init__(
        self,
        read: Callable[[], Mapping[str, ServiceProgress] | None],
        answers: AnswerWatch,
        hung_after_s: float = HUNG_AFTER_S,
    ) -> None:
        self._read = read
        self._answers = answers
        self._hung_after_s = hung_after_s
        self._looked_at = 0.0
        self._watched_since = 0.0
        self._last_report: dict[str, ServiceProgress] = {}
        self._vain_restarts: dict[str, int] = {}

    def stalls(self, services: Iterable[Watchable], now: float) -> list[Stall]:
        """Those that need to be ended. A service whose work fails is ended less and less often."""
        if now - self._looked_at > GAP_S:
            self._watched_since = now
        self._looked_at = now
        reports = self._read()
        stalls = (self._stall(service, reports, now) for service in services if service.pid is not None)
        return [stall for stall in stalls if stall is not None]

    def _stall(
        self, service: Watchable, reports: Mapping[str, ServiceProgress] | None, now: float
    ) -> Stall | None:
        since = max(service.started_at, self._watched_since)
        if service.name in self._answers:
            answered_at = self._answers.answered_at.get(service.name, 0.0)
            grace_s = START_GRACE_S if answered_at < service.started_at else 0.0
            quiet_s = now - max(answered_at, since)
            if quiet_s > self._hung_after_s + grace_s:
                return Stall(service.name, ServiceTrouble.HUNG, quiet_s, "no answer")
        if service.name not in SERVICES or reports is None:
            return None
        report = self._report_of(service, reports)
        alive_at = last_alive(report) if report else 0.0
        grace_s = START_GRACE_S if report is None or not report.parts else 0.0
        quiet_s = now - max(alive_at, since)
        if quiet_s > self._hung_after_s + grace_s:
            return Stall(service.name, ServiceTrouble.HUNG, quiet_s, "no progress")
        return self._vain(service, report, now, since) if report else None

    def _report_of(
        self, service: Watchable, reports: Mapping[str, ServiceProgress]
    ) -> ServiceProgress | None:
        """The process's own last report: another process may write to the same file."""
        for report in (reports.get(service.name), self._last_report.get(service.name)):
            if report is not None and pid_of(report) == service.pid:
                self._last_report[service.name] = report
                return report
        return None

    def _vain(self, service: Watchable, report: ServiceProgress, now: float, since: float) -> Stall | None:
        state = progress_state(report, now, self._hung_after_s)
        if state.trouble != ServiceTrouble.FAILING:
            if state.trouble is None and not state.waits_for_outside:
                self._vain_restarts.pop(service.name, None)
            return None
        restarts = self._vain_restarts.get(service.name, 0)
        pause_s = min(self._hung_after_s * 2**restarts, LONGEST_PAUSE_S)
        vain_s = min(state.age_s, now - since)
        if vain_s <= pause_s:
            return None
        self._vain_restarts[service.name] = restarts + 1
        return Stall(service.name, ServiceTrouble.FAILING, state.age_s, f"no work done ({state.why})")


def trusted_reports(data_dir: Path, is_written: Callable[[], bool]) -> Mapping[str, ServiceProgress] | None:
    """The reports, if reports can be written: on a read-only disk everybody's are old."""
    return read_progress(data_dir) if is_written() else None
