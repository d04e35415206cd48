"""The spine: what arrived, in the order in which it was kept, before anybody was told that it was."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, select

from core.readings.journal_codec import JournalGap, encode
from core.readings.readings import DAY_MS, MINUTE_MS
from store.journal.tables import followers, journal
from store.sql import run

READINGS = "readings"
HEARTBEAT = "heartbeat"
GAP = "gap"

FOLLOWERS = ("recorder", "engine")
"""Only these hold trimming back."""

PASSED_FOR = 15 * MINUTE_MS
KEEP_AT_MOST = 7 * DAY_MS
FUTURE = KEEP_AT_MOST + DAY_MS
"""Rows further ahead were stamped by a clock that was wrong, and hold nothing up."""
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
    """One row, numbered without a gap: writing transactions come one after the other, so the order of
    `seq` is the order of commits."""
    return int(run(tx, _APPEND, (received_at, kind, body)).scalar_one())


def read_after(tx: Connection, seq: int, most: int = 500) -> list[JournalRow]:
    """The rows that follow `seq`, oldest first."""
    rows = run(
        tx, "SELECT seq, received_at, kind, body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (seq, most)
    )
    return [JournalRow(*row) for row in rows]


def last_seq(tx: Connection) -> int:
    """The newest sequence ever given: its row is never trimmed."""
    return int(tx.execute(select(func.max(journal.c.seq))).scalar() or 0)


def first_seq(tx: Connection) -> int:
    """The oldest sequence still kept, 0 where nothing is."""
    return int(tx.execute(select(func.min(journal.c.seq))).scalar() or 0)


def last_received_at(tx: Connection) -> int:
    """When the newest row arrived (ms), 0 where there is none."""
    newest = select(journal.c.received_at).order_by(journal.c.seq.desc()).limit(1)
    return int(tx.execute(newest).scalar() or 0)


def recent(tx: Connection, kind: str, most: int, after: int = 0) -> list[JournalRow]:
    """The newest rows of a kind behind `after`, newest first."""
    rows = tx.execute(
        select(*journal.c["seq", "received_at", "kind", "body"])
        .where(journal.c.kind == kind, journal.c.seq > after)
        .order_by(journal.c.seq.desc())
        .limit(most)
    )
    return [JournalRow(*row) for row in rows]


def report_offset(tx: Connection, follower: str, seq: int, now: int) -> None:
    """A follower says how far it is. Only trimming reads this; it may lag, never lead."""
    run(
        tx,
        "INSERT INTO followers (name, seq, at) VALUES (?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, at = excluded.at",
        (follower, seq, now),
    )


class FollowerReport(NamedTuple):
    seq: int
    at: int


def follower_reports(tx: Connection) -> dict[str, FollowerReport]:
    """How far each follower said that it was, and when (ms)."""
    rows = tx.execute(select(*followers.c["name", "seq", "at"]))
    return {name: FollowerReport(seq, at) for name, seq, at in rows}


def reported_offsets(tx: Connection) -> dict[str, int]:
    return {name: report.seq for name, report in follower_reports(tx).items()}


def trim(tx: Connection, now: int) -> int:
    """Throws away one piece of what every follower passed long enough ago. How many rows went."""
    offsets = reported_offsets(tx)
    passed = min(offsets.get(name, 0) for name in FOLLOWERS)
    piece = _oldest(tx, journal.c.seq <= passed, now - PASSED_FOR)
    if not piece:
        return 0
    return tx.execute(delete(journal).where(journal.c.seq <= piece[-1])).rowcount


def trim_by_force(tx: Connection, now: int, *, room_short: bool) -> JournalGap | None:
    """Throws away one piece of what is older than a week, or of the oldest when the disk has no room,
    although a follower still needs it; the gap is marked in the journal itself."""
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
    """Whether what is kept takes more than `most` bytes. The room of what was thrown away is used again by
    what comes next, so it does not count."""
    if tx.dialect.name == "postgresql":
        # the exact answer is a scan of the table, and only rarely needed
        if tx.execute(select(func.pg_total_relation_size("journal"))).scalar_one() <= most:
            return False
        return int(tx.execute(select(func.sum(func.length(journal.c.body)))).scalar() or 0) > most
    pages, free, size = (
        int(tx.exec_driver_sql(f"PRAGMA {name}").scalar() or 0)
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size > most


def _oldest(tx: Connection, which: ColumnElement[bool], before: int | None) -> list[int]:
    """The sequences of the oldest rows that arrived before `before`: as many as one short transaction
    takes. Rows are in the order of their arrival, so only the first of them are looked at. The newest row
    of all stays: it says where the sequence is."""
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
