"""System issues as sentences for those who can fix them."""

from collections.abc import Sequence
from typing import NamedTuple

from api.context import ApiContext
from core.overview.machine_health import ReceivingFault
from core.overview.machine_texts import RECEIVING_FAULT_TEXTS
from core.overview.past_issues import is_past
from core.overview.service_health import troubled
from core.overview.service_texts import SERVICE_NAMES
from core.overview.system_issue_texts import CLOCK_ISSUE, SERVICE_ISSUE, source_text
from core.wording.known_facts import fill_known
from store.overview.health import health
from store.overview.service_states import read_service_states
from store.overview.system_issues import SystemIssue, open_issues
from store.rooms.timezones import federation_timezone
from web.base import clock_offset_text
from web.base.localizer import Localizer
from web.base.request_context import PageRequest
from web.overview.service_state_text import service_state_text


def may_fix(page: PageRequest) -> bool:
    """Whether the user is shown system issues. Keepers are not: they cannot fix them."""
    return page.who.role in ("technician", "admin")


class IssueLine(NamedTuple):
    """`acknowledges`: the name of an issue about something past, which a person may end; else empty."""

    text: str
    acknowledges: str = ""


def system_issue_lines(context: ApiContext, words: Localizer, now: int) -> Sequence[IssueLine]:
    """Services in trouble, then wrong clocks, then recorded issues, oldest first."""
    lines = _service_lines(context, words, now)
    with context.dbs.journal.read() as tx:
        clocks = clock_offset_text.summary(tx, words)
    lines += [clocks] if clocks else []
    with context.dbs.records.read() as tx:
        zone = federation_timezone(tx)
        issues = [
            issue for issue in open_issues(tx) if not issue.name.startswith((SERVICE_ISSUE, CLOCK_ISSUE))
        ]
    return [IssueLine(line) for line in lines] + [
        IssueLine(issue_text(issue, words, now, zone), issue.name if is_past(issue.name) else "")
        for issue in issues
    ]


def _service_lines(context: ApiContext, words: Localizer, now: int) -> list[str]:
    """Services in trouble, then why no readings arrive, if that is not the same."""
    states = troubled(read_service_states(context.dbs, now, context.settings.hung_after_s))
    lines = [service_state_text(state, words) for state in states]
    with context.dbs.journal.read() as tx:
        listener = health(tx, now, context.settings.heartbeat_missing_s * 1000)
    is_told = listener.reason == ReceivingFault.LISTENER_SILENT and any(
        state.service == "ingest" for state in states
    )
    if listener.reason and not is_told:
        off = words.long(listener.clock_behind or listener.clock_ahead)
        lines.append(words(RECEIVING_FAULT_TEXTS[listener.reason], long=off))
    return lines


def issue_text(issue: SystemIssue, words: Localizer, now: int, zone: str) -> str:
    return fill_known(source_text(issue.name), issue_facts(issue, words, now, zone), words.translate)


def issue_facts(issue: SystemIssue, words: Localizer, now: int, zone: str) -> dict[str, object]:
    """What fills the placeholders of an issue's sentence."""
    return {
        "name": issue.name,
        "service": words(SERVICE_NAMES.get(issue.name.rpartition(".")[2], issue.name)),
        "since": words.moment(issue.first_at, now, zone),
        "long": words.long(now - issue.first_at),
        "at": words.moment(issue.last_at, now, zone),
        "n": issue.times,
        "why": issue.text,
    }
