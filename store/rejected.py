"""Messages that could not be read: the newest of each topic and reason, and how many there were."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from store.tables import rejected as table
from store.tables import rejected_counts

KEEP_BYTES = 4096
KEEP_EACH = 100
KEEP_TOPICS = 2_000
OTHER = "(其他主题)"
"""Where topics beyond the first `KEEP_TOPICS` are counted together, so that a flood of names ends."""


class Rejected(NamedTuple):
    id: int
    at: int
    topic: str
    reason: str
    detail: str
    payload: bytes
    size: int


class Count(NamedTuple):
    topic: str
    reason: str
    times: int
    last_at: int


def add(tx: Connection, now: int, topic: str, reason: str, detail: str, payload: bytes) -> None:
    """One message."""
    add_group(tx, now, topic, reason, [(detail, payload)], 1)


def add_group(
    tx: Connection, now: int, topic: str, reason: str, kept: Iterable[tuple[str, bytes]], times: int
) -> None:
    """Counts `times` messages of one topic and reason and keeps (detail, payload) of the last of them:
    the first 4 KB of each, and never more than the last hundred of that topic and reason."""
    known = tx.execute(
        select(rejected_counts.c.count).where(
            rejected_counts.c.topic == topic, rejected_counts.c.reason == reason
        )
    ).scalar()
    if known is None and _topics(tx) >= KEEP_TOPICS:
        topic = OTHER
    tx.exec_driver_sql(
        "INSERT INTO rejected_counts (topic, reason, count, last_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (topic, reason) DO UPDATE SET count = count + excluded.count, "
        "last_at = excluded.last_at",
        (topic, reason, times, now),
    )
    tx.execute(
        insert(table),
        [
            {"at": now, "topic": topic, "reason": reason, "detail": detail,
             "payload": payload[:KEEP_BYTES], "size": len(payload)}
            for detail, payload in kept
        ],
    )  # fmt: skip
    if (known or 0) + times > KEEP_EACH or topic == OTHER:
        same = (table.c.topic == topic) & (table.c.reason == reason)
        last = select(table.c.id).where(same).order_by(table.c.id.desc()).limit(KEEP_EACH).scalar_subquery()
        tx.execute(delete(table).where(same, table.c.id.not_in(last)))


def _topics(tx: Connection) -> int:
    return int(tx.execute(select(func.count()).select_from(rejected_counts)).scalar() or 0)


def rejected(tx: Connection, limit: int = 50, before_id: int | None = None) -> list[Rejected]:
    """Newest first; `before_id` pages on."""
    wanted = select(table).order_by(table.c.id.desc()).limit(limit)
    if before_id is not None:
        wanted = wanted.where(table.c.id < before_id)
    return [Rejected(*row) for row in tx.execute(wanted)]


def counts(tx: Connection) -> list[Count]:
    """How many of each topic and reason, the latest first."""
    found = tx.execute(select(rejected_counts).order_by(rejected_counts.c.last_at.desc()))
    return [Count(*row) for row in found]
