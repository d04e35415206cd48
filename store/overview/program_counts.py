"""Counts of the program itself, for `/metrics`."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Table, func, select

from core.alerts.alerts import OPEN
from store.alerts.tables import alerts
from store.decoding.tables import rejected_counts
from store.journal import journal
from store.journal.tables import latest
from store.notifications.tables import notifications
from store.overview.tables import system_issues as issues_table


class JournalCounts(NamedTuple):
    """Times in ms, None if there never was one. `rows_behind`: follower -> unprocessed rows."""

    last_seq: int
    heartbeat_at: int | None
    reading_received_at: int | None
    series: int
    rejected: int
    rows_behind: Mapping[str, int]


class RecordCounts(NamedTuple):
    open_alerts: int
    queued_notifications: int
    system_issues: int


def journal_counts(tx: Connection) -> JournalCounts:
    """Reads the journal database."""
    last = journal.last_seq(tx)
    beats = journal.recent(tx, journal.HEARTBEAT, 1)
    return JournalCounts(
        last,
        beats[0].received_at if beats else None,
        tx.execute(select(func.max(latest.c.received_at))).scalar(),
        _rows(tx, latest),
        tx.execute(select(func.coalesce(func.sum(rejected_counts.c.count), 0))).scalar_one(),
        {name: last - seq for name, seq in journal.reported_offsets(tx).items()},
    )


def record_counts(tx: Connection) -> RecordCounts:
    """Reads the records database."""
    open_alerts = select(func.count()).select_from(alerts).where(alerts.c.status.in_(OPEN))
    queued = select(func.count()).select_from(notifications).where(notifications.c.status == "queued")
    return RecordCounts(
        tx.execute(open_alerts).scalar_one(), tx.execute(queued).scalar_one(), _rows(tx, issues_table)
    )


def _rows(tx: Connection, table: Table) -> int:
    return int(tx.execute(select(func.count()).select_from(table)).scalar_one())
