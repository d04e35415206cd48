"""The journal: everything that arrived, in commit order. Rows are committed before messages are
acknowledged."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, select

from core.readings.journal_codec import JournalGap, encode
from core.times import DAY_MS, MINUTE_MS
from store.journal.tables import followers, journal
from store.sql import execute_sql

READINGS = "readings"
HEARTBEAT = "heartbeat"
GAP = "gap"

RECORDER, ENGINE = "recorder", "engine"
FOLLOWERS = (RECORDER, ENGINE)
"""Followers that trimming waits for."""

PASSED_FOR = 15 * MINUTE_MS
KEEP_AT_MOST = 7 * DAY_MS
FUTURE = KEEP_AT_MOST + DAY_MS
"""Rows stamped further ahead (ms) come from a wrong clock; trimming does not wait for their age."""
TRIM_ROWS = 2_000
TRIM_BYTES = 8 << 20


class JournalRow(NamedTuple):
    seq: int
    received_at: int
    kind: str
    body: bytes


_APPEND = (
    "INSERT INTO journal (seq, received_at, kind, body) "
    "VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM journal), ?, ?, ?) RETURNING seq"
)


def append(tx: Connection, received_at: int, kind: str, body: bytes) -> int:
    """Appends one row and returns its `seq`. Sequence numbers have no gaps and follow the order of
    commits, because write transactions run one at a time."""
    return int(execute_sql(tx, _APPEND, (received_at, kind, body)).scalar_one())


def read_after(tx: Connection, seq: int, most: int = 500) -> list[JournalRow]:
    """Rows after `seq`, oldest first."""
    rows = execute_sql(
        tx, "SELECT seq, received_at, kind, body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (seq, most)
    )
    return [JournalRow(*row) for row in rows]


def last_seq(tx: Connection) -> int:
    """The latest sequence number, 0 if the journal is empty. Its row is never trimmed."""
    return int(tx.execute(select(func.max(journal.c.seq))).scalar() or 0)


def first_seq(tx: Connection) -> int:
    """The oldest stored sequence number, 0 if the journal is empty."""
    return int(tx.execute(select(func.min(journal.c.seq))).scalar() or 0)


def last_received_at(tx: Connection) -> int:
    """Arrival time (ms) of the latest row, 0 if the journal is empty."""
    newest = select(journal.c.received_at).order_by(journal.c.seq.desc()).limit(1)
    return int(tx.execute(newest).scalar() or 0)


def recent(tx: Connection, kind: str, most: int, after: int = 0) -> list[JournalRow]:
    """The latest rows of a kind after `after`, newest first."""
    rows = tx.execute(
        select(*journal.c["seq", "received_at", "kind", "body"])
        .where(journal.c.kind == kind, journal.c.seq > after)
        .order_by(journal.c.seq.desc())
        .limit(most)
    )
    return [JournalRow(*row) for row in rows]


def report_offset(tx: Connection, follower: str, seq: int, now: int) -> None:
    """Stores a follower's offset for trimming only. It may be behind the true offset, never ahead."""
    execute_sql(
        tx,
        "INSERT INTO followers (name, seq, at) VALUES (?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, at = excluded.at",
        (follower, seq, now),
    )


class FollowerReport(NamedTuple):
    seq: int
    at: int


def follower_reports(tx: Connection) -> dict[str, FollowerReport]:
    """The reported offset of each follower, and the time of the report (ms)."""
    rows = tx.execute(select(*followers.c["name", "seq", "at"]))
    return {name: FollowerReport(seq, at) for name, seq, at in rows}


def reported_offsets(tx: Connection) -> dict[str, int]:
    return {name: report.seq for name, report in follower_reports(tx).items()}


def trim(tx: Connection, now: int) -> int:
    """Deletes one chunk of rows that every follower passed at least `PASSED_FOR` ago. Returns the number
    of rows."""
    offsets = reported_offsets(tx)
    passed = min(offsets.get(name, 0) for name in FOLLOWERS)
    piece = _oldest(tx, journal.c.seq <= passed, now - PASSED_FOR)
    if not piece:
        return 0
    return tx.execute(delete(journal).where(journal.c.seq <= piece[-1])).rowcount


def trim_by_force(tx: Connection, now: int, *, room_short: bool) -> JournalGap | None:
    """Deletes one chunk of rows older than a week, or of the oldest rows if `room_short` (the disk is
    full).

    If a follower still needed them, appends a gap row and returns the gap; else None.
    """
    piece = _oldest(tx, journal.c.kind != GAP, None if room_short else now - KEEP_AT_MOST)
    if not piece:
        return None
    tx.execute(delete(journal).where(journal.c.seq <= piece[-1], journal.c.kind != GAP))
    gap = JournalGap(piece[0], piece[-1], "disk" if room_short else "age")
    if _needed(tx, gap):
        append(tx, now, GAP, encode(gap))
        return gap
    return None


def larger_than(tx: Connection, most: int) -> bool:
    """Whether the rows take more than `most` bytes. Free pages do not count, because new rows reuse them."""
    if tx.dialect.name == "postgresql":
        # the exact size needs a table scan, so it is computed only if necessary
        if tx.execute(select(func.pg_total_relation_size("journal"))).scalar_one() <= most:
            return False
        return int(tx.execute(select(func.sum(func.length(journal.c.body)))).scalar() or 0) > most
    pages, free, size = (
        int(tx.exec_driver_sql(f"PRAGMA {name}").scalar() or 0)
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size > most


def _oldest(tx: Connection, which: ColumnElement[bool], before: int | None) -> list[int]:
    """Sequence numbers of the oldest rows that arrived before `before` (ms), as many as one short
    transaction may delete. Rows are in arrival order, so it stops at the first newer row. The latest
    row is never included, because it holds the sequence number."""
    newest = select(func.max(journal.c.seq)).scalar_subquery()
    sequences = []
    left = TRIM_BYTES
    columns = (*journal.c["seq", "received_at"], func.length(journal.c.body))
    for seq, received_at, size in tx.execute(
        select(*columns).where(which, journal.c.seq < newest).order_by(journal.c.seq).limit(TRIM_ROWS)
    ):
        if left <= 0 or (before is not None and before <= received_at < before + FUTURE):
            break
        sequences.append(seq)
        left -= size
    return sequences


def _needed(tx: Connection, gap: JournalGap) -> bool:
    offsets = reported_offsets(tx)
    return any(offsets.get(name, 0) < gap.last for name in FOLLOWERS)
