"""What a service reports about its progress, and whether it needs help.

Pure and small: `coldshed up` imports it. Times and ages are seconds of the boot's monotonic clock, so a
step of the wall clock changes nothing.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

HUNG_AFTER_S = 60.0
"""A loop that did not come round, or did no work, for this long needs help."""


class PartProgress(NamedTuple):
    """One loop of a service. `alive_at`: it came round. `worked_at`: its step succeeded, or there was
    nothing to do. `error`: of the last step, "" if it succeeded. `outside`: another program causes the
    error (a broker, an outside history), so a restart would not help."""

    alive_at: float
    worked_at: float
    error: str = ""
    outside: bool = False


class ServiceRestart(NamedTuple):
    """The supervisor ended a service. `quiet_s`: how long it made no progress. `at`: ms UTC. `trouble`: a
    `ServiceTrouble`."""

    service: str
    trouble: str
    quiet_s: int
    at: int


class ServiceProgress(NamedTuple):
    """The report of one process. `running`: whether the process exists; None if this cannot be known here.
    `supervisor`: the process it ends with, "" if none. `ended`: it stopped or is stopping in order.
    `restarts`: the supervisor's last ones."""

    holder: str
    supervisor: str
    started_at: float
    ended: bool
    parts: Mapping[str, PartProgress]
    running: bool | None = None
    restarts: tuple[ServiceRestart, ...] = ()


class ServiceTrouble(StrEnum):
    ENDED = "ended"
    HUNG = "hung"
    FAILING = "failing"
    BEHIND = "behind"


class ProgressState(NamedTuple):
    """`age_s`: since the last sign of life, or of work if the service fails. `waits_for_outside`: it
    fails, and another program is the cause."""

    trouble: ServiceTrouble | None
    age_s: float
    why: str = ""
    waits_for_outside: bool = False


def last_alive(progress: ServiceProgress) -> float:
    """When the slowest loop last came round; the start of a process without loops yet."""
    return min((part.alive_at for part in progress.parts.values()), default=progress.started_at)


def last_worked(progress: ServiceProgress) -> float:
    """When the slowest loop last did its work; the start of a process without loops yet."""
    return min((part.worked_at for part in progress.parts.values()), default=progress.started_at)


def progress_state(
    progress: ServiceProgress, now: float, hung_after_s: float = HUNG_AFTER_S
) -> ProgressState:
    """Judges a service by its own report."""
    quiet_s = max(0.0, now - last_alive(progress))
    if progress.ended:
        return ProgressState(ServiceTrouble.ENDED, quiet_s)
    if quiet_s > hung_after_s:
        trouble = ServiceTrouble.ENDED if progress.running is False else ServiceTrouble.HUNG
        return ProgressState(trouble, quiet_s, _error(progress))
    return _work_state(progress, now, hung_after_s)


def _work_state(progress: ServiceProgress, now: float, hung_after_s: float) -> ProgressState:
    """Judges by the part that has not worked for the longest; parts that wait for another program come
    last."""
    idle = [(max(0.0, now - part.worked_at), part) for part in progress.parts.values()]
    late = [(age_s, part) for age_s, part in idle if age_s > hung_after_s]
    own = [(age_s, part) for age_s, part in late if not part.outside]
    if own:
        age_s, part = max(own)
        return ProgressState(ServiceTrouble.FAILING, age_s, part.error)
    if late:
        age_s, part = max(late)
        return ProgressState(None, age_s, part.error, waits_for_outside=True)
    return ProgressState(None, max((age_s for age_s, _ in idle), default=0.0))


def _error(progress: ServiceProgress) -> str:
    return next((part.error for part in progress.parts.values() if part.error), "")
