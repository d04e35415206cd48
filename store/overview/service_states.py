"""Whether the services do their work: their reports and the work that waits, for
core.overview.service_health."""

import time

from sqlalchemy import Connection, select

from core.errors import StoreError
from core.overview.service_health import ServiceState, WaitingWork, service_states
from core.overview.service_progress import HUNG_AFTER_S
from store.database import Databases
from store.history.tables import history_offsets
from store.journal import follower_lag, offsets
from store.journal.journal import ENGINE, RECORDER
from store.notifications import notifications
from store.overview.progress_files import read_progress


def read_service_states(dbs: Databases, now: int, hung_after_s: float = HUNG_AFTER_S) -> list[ServiceState]:
    """Every service, most urgent first. `now` in ms."""
    reports = read_progress(dbs.data_dir)
    return service_states(reports, waiting_work(dbs, now, hung_after_s), time.monotonic(), hung_after_s)


def waiting_work(dbs: Databases, now: int, hung_after_s: float) -> WaitingWork:
    """The offsets are read before the journal, so that a row that arrives in between is newer than both."""
    with dbs.records.read() as tx:
        judged = offsets.offset(tx, ENGINE)
        due_at = notifications.oldest_due(tx, now)
    recorded = _recorded(dbs, now - int(hung_after_s * 1000))
    with dbs.journal.read() as tx:
        return WaitingWork(
            _age_s(follower_lag.oldest_after(tx, judged), now),
            _age_s(due_at, now),
            None if recorded is None else _age_s(follower_lag.oldest_after(tx, recorded), now),
        )


def _recorded(dbs: Databases, moved_since: int) -> int | None:
    """The recorder's offset; None if it moved since then (ms), or if the history cannot be read: that is
    told by the recorder's report."""
    try:
        with dbs.history.read() as tx:
            row = _offset_row(tx)
    except StoreError:
        return None
    if row is None:
        return 0
    seq, at = row
    return None if at > moved_since else seq


def _offset_row(tx: Connection) -> tuple[int, int] | None:
    table = history_offsets
    row = tx.execute(select(table.c.seq, table.c.at).where(table.c.follower == RECORDER)).first()
    return None if row is None else (row.seq, row.at)


def _age_s(at: int | None, now: int) -> float | None:
    return None if at is None else max(0, now - at) / 1000
