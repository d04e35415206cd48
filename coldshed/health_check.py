"""`coldshed healthy ingest`: checks whether services work, for container health checks."""

from collections.abc import Iterable
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

from coldshed.addresses import local_address
from coldshed.data import WATCHING, databases
from coldshed.settings import Settings
from store.clock import now_ms
from store.database import Databases
from store.journal import journal
from store.overview import health

LATE_MS = 60_000
ANSWER_S = 5
FOLLOWERS = {"record": "recorder", "alerts": "engine"}


def faulty_services(settings: Settings, services: Iterable[str]) -> list[str]:
    """One line per service that does not work. Raises StoreError if the database is unavailable."""
    now = now_ms()
    with databases(settings, *WATCHING) as dbs:
        faults = [(name, _fault(settings, dbs, name, now)) for name in services]
    return [f"{name}: {fault}" for name, fault in faults if fault]


def _fault(settings: Settings, dbs: Databases, name: str, now: int) -> str | None:
    if name == "web":
        return _page(local_address(settings))
    with dbs.journal.read() as tx:
        if name == "ingest":
            return health.health(tx, now, LATE_MS).reason
        return _follower(journal.follower_reports(tx).get(FOLLOWERS[name]), journal.last_seq(tx), now)


def _follower(report: journal.FollowerReport | None, last: int, now: int) -> str | None:
    """None if the follower is at the end of the journal or reported less than LATE_MS ago."""
    if report is None:
        return "it has never come so far as to say where it is" if last else None
    if report.seq >= last or now - report.at <= LATE_MS:
        return None
    return f"at row {report.seq} of {last} since {(now - report.at) // 1000} s"


def _page(address: str) -> str | None:
    """Any HTTP response counts as healthy: an error status may be about other services."""
    try:
        urlopen(f"{address}/healthz", timeout=ANSWER_S).close()
    except HTTPError as error:
        error.close()
    except (OSError, HTTPException) as error:
        return f"the page does not answer: {error}"
    return None
