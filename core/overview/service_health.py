"""The one decision whether each service does its work: `/healthz`, the page, `coldshed healthy`, the
doctor and the notification of technicians use it.

A service is judged by its own report and by the work that waits for it. The work counts also without a
report, such as for a service on another machine. Ages are seconds.
"""

from collections.abc import Mapping
from typing import NamedTuple

from core.overview.service_progress import (
    HUNG_AFTER_S,
    ServiceProgress,
    ServiceTrouble,
    progress_state,
)

SUPERVISOR = "up"
SERVICES = ("alerts", "ingest", "record", "web")
"""Most urgent first. The broker is judged by the listener's connection."""


RECORDER_HOLDS_S = 1800.0
"""How long the recorder gathers readings before it writes them; they are safe in the journal, and readers
see them there."""


class WaitingWork(NamedTuple):
    """Ages of the oldest work that waits; None if none does. `unjudged`: a journal row, for the alerts.
    `unsent`: a text that is due. `unrecorded`: a journal row, for the history; None also while the
    recorder moves on."""

    unjudged: float | None = None
    unsent: float | None = None
    unrecorded: float | None = None


class ServiceState(NamedTuple):
    """`trouble` None: it does its work, or `waits_for_outside`. `age_s`: since the last sign of life or of
    work, or of the oldest work that waits. `unsent`: what waits are texts. `is_known`: it has reported
    since the machine started."""

    service: str
    trouble: ServiceTrouble | None
    age_s: float
    why: str = ""
    waits_for_outside: bool = False
    unsent: bool = False
    is_known: bool = True


def service_states(
    reports: Mapping[str, ServiceProgress],
    waiting: WaitingWork,
    now: float,
    hung_after_s: float = HUNG_AFTER_S,
) -> list[ServiceState]:
    """Every service, most urgent first, and the supervisor if there is one."""
    states = [_state(name, reports.get(name), waiting, now, hung_after_s) for name in SERVICES]
    supervisor = reports.get(SUPERVISOR)
    if supervisor is not None:
        states.append(_supervisor_state(supervisor, now, hung_after_s))
    return states


def troubled(states: list[ServiceState]) -> list[ServiceState]:
    return [state for state in states if state.trouble is not None]


def _state(
    name: str, report: ServiceProgress | None, waiting: WaitingWork, now: float, hung_after_s: float
) -> ServiceState:
    state = ServiceState(name, None, 0.0, is_known=False)
    if report is not None:
        state = ServiceState(name, *progress_state(report, now, hung_after_s))
    if state.trouble is not None or state.waits_for_outside:
        return state
    held_s = RECORDER_HOLDS_S if name == "record" and report is not None else 0.0
    for age_s, is_text in _work_of(name, waiting):
        if age_s is not None and age_s > hung_after_s + held_s:
            return state._replace(trouble=ServiceTrouble.BEHIND, age_s=age_s, unsent=is_text)
    return state


def _work_of(name: str, waiting: WaitingWork) -> list[tuple[float | None, bool]]:
    """(age, whether it is a text)"""
    match name:
        case "alerts":
            return [(waiting.unjudged, False), (waiting.unsent, True)]
        case "record":
            return [(waiting.unrecorded, False)]
    return []


def _supervisor_state(report: ServiceProgress, now: float, hung_after_s: float) -> ServiceState:
    """A supervisor that has ended is no trouble: its services have ended with it, or run without one."""
    state = ServiceState(SUPERVISOR, *progress_state(report, now, hung_after_s))
    return state._replace(trouble=None) if state.trouble == ServiceTrouble.ENDED else state
