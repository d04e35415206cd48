"""`coldshed healthy ingest`: checks whether services work, for container health checks."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError
from urllib.request import urlopen

from coldshed.addresses import local_address
from coldshed.data import WATCHING, databases
from coldshed.hang_watch import START_GRACE_S
from coldshed.settings import Settings
from core.overview.service_health import SUPERVISOR
from core.overview.service_progress import ServiceProgress, ServiceTrouble, progress_state
from store.clock import now_ms
from store.overview.health import health
from store.overview.progress_files import pid_of, read_progress
from store.overview.service_states import read_service_states
from store.processes import is_gone

ANSWER_S = 5
ANSWER_BYTES = 16_384


def faulty_services(settings: Settings, services: Iterable[str]) -> list[str]:
    """One line per service that does not work. Raises StoreError if the database is unavailable."""
    now = now_ms()
    with databases(settings, *WATCHING) as dbs:
        states = {state.service: state for state in read_service_states(dbs, now, settings.hung_after_s)}
        with dbs.journal.read() as tx:
            receiving = health(tx, now).reason
    faults = []
    for name in services:
        state = states.get(name)
        if state is not None and state.trouble is not None:
            why = f" ({state.why})" if state.why else ""
            faults.append(f"{name}: {state.trouble} for {state.age_s:.0f} s{why}")
        elif name == "ingest" and receiving is not None:
            faults.append(f"{name}: {receiving}")
        elif name == "web" and (fault := page_fault(local_address(settings))) is not None:
            faults.append(f"{name}: {fault}")
    return faults


def page_fault(address: str) -> str | None:
    """Any answer of the page counts as healthy: an error status may be about other services."""
    try:
        with urlopen(f"{address}/healthz", timeout=ANSWER_S) as answer:
            is_ours = _is_ours(answer)
    except HTTPError as error:
        with error:
            is_ours = _is_ours(error)
    except (OSError, HTTPException) as error:
        return f"the page does not answer: {error}"
    return None if is_ours else "another program answers there"


def _is_ours(answer: HTTPResponse | HTTPError) -> bool:
    """What `/healthz` says, or a problem (RFC 9457)."""
    kind = answer.headers.get_content_type()
    return kind == "application/problem+json" or b'"heartbeat_s"' in answer.read(ANSWER_BYTES)


def end_hung(settings: Settings, services: Iterable[str]) -> list[str]:
    """Kills those of the services that hang, so that whoever runs them starts them again; not those that a
    living supervisor watches. A hung process may hold a lock, so no database is opened. Returns a line per
    service."""
    reports, now = read_progress(settings.data_dir), time.monotonic()
    hung = {name for name, report in reports.items() if _is_hung(report, now, settings.hung_after_s)}
    ended = []
    for name in services:
        if name in hung and (SUPERVISOR in hung or not _is_supervised(reports[name])):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid_of(reports[name]), signal.SIGKILL)
                ended.append(f"{name}: hung; killed")
    return ended


def _is_hung(report: ServiceProgress, now: float, hung_after_s: float) -> bool:
    """Only of a process of this container; a process that only starts gets longer."""
    grace_s = 0.0 if report.parts else START_GRACE_S
    state = progress_state(report, now, hung_after_s + grace_s)
    return report.running is True and state.trouble == ServiceTrouble.HUNG


def _is_supervised(report: ServiceProgress) -> bool:
    return bool(report.supervisor) and not is_gone(report.supervisor)
