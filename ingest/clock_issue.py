"""Notes for the technician that this machine's clock differs from those of the devices."""

import logging
from collections.abc import Callable

from core.errors import StoreError
from core.overview.system_issue_texts import CLOCK_AHEAD, CLOCK_BEHIND
from core.times import MINUTE_MS
from store.database import Databases
from store.overview import system_issues

log = logging.getLogger(__name__)


class ClockIssue:
    """One row while the clock is wrong, also one that an earlier process left. `now` gives ms UTC."""

    def __init__(self, dbs: Databases, now: Callable[[], int]) -> None:
        self._dbs, self._now = dbs, now
        self._noted: tuple[str, str] | None = None

    def update(self, lead: int) -> None:
        """`lead`: how far (ms) the clock is ahead of the devices' (negative: behind), 0 if it is right."""
        name = CLOCK_AHEAD if lead > 0 else CLOCK_BEHIND if lead else ""
        issue = (name, f"{abs(lead) // MINUTE_MS} min") if name else ("", "")
        if issue == self._noted:
            return
        try:
            with self._dbs.records.write() as tx:
                for other in {CLOCK_AHEAD, CLOCK_BEHIND} - {name}:
                    system_issues.clear(tx, other, self._now())
                if name:
                    system_issues.note(tx, *issue, self._now())
        except StoreError as error:
            log.error("cannot note the state of the clock: %s", error)
            return
        if name and (self._noted is None or self._noted[0] != name):
            log.warning("%s: this machine's clock differs by %s from the devices'", *issue)
        self._noted = issue
