"""A line per service, by its own report and by the work that waits for it; the page is also asked."""

import time
from collections.abc import Iterable

from coldshed.addresses import local_address
from coldshed.doctor.inspection import Inspection
from coldshed.health_check import page_fault
from coldshed.port_owner import port_owner
from core.overview import doctor
from core.overview import doctor_texts as texts
from core.overview.check_results import CheckVerdict
from core.overview.doctor import DoctorFinding
from core.overview.service_health import ServiceState, WaitingWork, service_states
from core.overview.service_progress import ServiceTrouble
from core.overview.service_texts import SERVICE_NAMES
from store.overview.progress_files import read_progress
from store.overview.service_states import read_service_states
from web.overview.service_state_text import service_facts


def check_services(inspection: Inspection) -> list[DoctorFinding]:
    hung_after_s = inspection.settings.hung_after_s
    return _lines(inspection, read_service_states(inspection.dbs, inspection.now, hung_after_s))


def check_reports(inspection: Inspection) -> list[DoctorFinding]:
    """For databases that cannot be asked: what the services report, without the work that waits. Nothing of
    a service that never ran here: why there are no databases is said already."""
    reports = read_progress(inspection.settings.data_dir)
    states = service_states(reports, WaitingWork(), time.monotonic(), inspection.settings.hung_after_s)
    return _lines(inspection, [state for state in states if state.is_known])


def _lines(inspection: Inspection, states: Iterable[ServiceState]) -> list[DoctorFinding]:
    return [
        _page(inspection, state) if state.service == "web" else _line(inspection, state) for state in states
    ]


def _line(inspection: Inspection, state: ServiceState) -> DoctorFinding:
    return doctor.service(state, service_facts(state, inspection.words))


def _page(inspection: Inspection, state: ServiceState) -> DoctorFinding:
    settings = inspection.settings
    if not state.is_known or state.trouble == ServiceTrouble.ENDED:
        who = port_owner(settings.http_port)
        if who is not None:
            facts = {"port": settings.http_port, "who": who}
            return DoctorFinding(SERVICE_NAMES["web"], CheckVerdict.BAD, texts.PAGE_PORT_TAKEN, facts)
    fault = page_fault(local_address(settings)) if state.trouble is None else None
    if fault is not None:
        return DoctorFinding(SERVICE_NAMES["web"], CheckVerdict.BAD, texts.PAGE_SILENT, {"why": fault})
    return _line(inspection, state)
