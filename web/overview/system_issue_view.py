"""System issues as sentences for those who can fix them."""

from collections.abc import Sequence

from api.context import ApiContext
from core.overview.machine_texts import RECEIVING_FAULT_TEXTS
from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS, UNKNOWN_ISSUE
from store.overview.health import health
from store.overview.system_issues import SystemIssue, open_issues
from store.rooms.timezones import federation_timezone
from web.base import clock_offset_text
from web.base.localizer import Localizer
from web.base.request_context import PageRequest


def may_fix(page: PageRequest) -> bool:
    """Whether the user is shown system issues. Keepers are not: they cannot fix them."""
    return page.who.role in ("technician", "admin")


def system_issue_lines(context: ApiContext, words: Localizer, now: int) -> Sequence[str]:
    """The listener's state, then wrong clocks, then recorded issues, oldest first."""
    with context.dbs.journal.read() as tx:
        listener = health(tx, now, context.settings.heartbeat_missing_s * 1000)
        clocks = clock_offset_text.summary(tx, words)
    behind = words.long(listener.clock_behind)
    lines = [words(RECEIVING_FAULT_TEXTS[listener.reason], long=behind)] if listener.reason else []
    lines += [clocks] if clocks else []
    with context.dbs.records.read() as tx:
        zone = federation_timezone(tx)
        return lines + [issue_text(issue, words, now, zone) for issue in open_issues(tx)]


def issue_text(issue: SystemIssue, words: Localizer, now: int, zone: str) -> str:
    text = SYSTEM_ISSUE_TEXTS.get(issue.name, UNKNOWN_ISSUE)
    return words(text, **issue_facts(issue, words, now, zone))


def issue_facts(issue: SystemIssue, words: Localizer, now: int, zone: str) -> dict[str, object]:
    """What fills the placeholders of an issue's sentence."""
    return {
        "name": issue.name,
        "since": words.moment(issue.first_at, now, zone),
        "long": words.long(now - issue.first_at),
        "at": words.moment(issue.last_at, now, zone),
        "n": issue.times,
        "why": issue.text,
    }
