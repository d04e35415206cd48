"""Rejected messages: the newest of each topic and reason, and their number."""

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, update

from store.decoding.tables import rejected as table
from store.decoding.tables import rejected_counts
from store.sql import execute_sql

KEEP_BYTES = 4096
KEEP_EACH = 100
KEEP_TOPICS = 2_000
ASK_AT_ONCE = 500
OTHER = "(其他主题)"
"""Stands for all topics beyond the first `KEEP_TOPICS`, which limits a flood of names."""

_COUNT = (
    "INSERT INTO rejected_counts (topic, reason, count, last_at) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (topic, reason) DO UPDATE "
    "SET count = rejected_counts.count + excluded.count, last_at = excluded.last_at"
)
_KEEP = "INSERT INTO rejected (at, topic, reason, detail, payload, size, waited) VALUES (?, ?, ?, ?, ?, ?, ?)"
_DROP = (
    "DELETE FROM rejected WHERE topic = ? AND reason = ? AND id <= (SELECT id FROM rejected "
    "WHERE topic = ? AND reason = ? ORDER BY id DESC LIMIT 1 OFFSET ?)"
)


class Rejected(NamedTuple):
    id: int
    at: int
    topic: str
    reason: str
    detail: str
    payload: bytes
    size: int
    waited: bool = False
    """Retained or queued at the broker, so its arrival time does not tell when it was sent."""


class RejectionCount(NamedTuple):
    topic: str
    reason: str
    times: int
    last_at: int


@dataclass(slots=True)
class RejectionGroup:
    """Messages of one topic and reason: their number, and (detail, payload, waited) of the last hundred."""

    kept: deque[tuple[str, bytes, bool]] = field(default_factory=lambda: deque(maxlen=KEEP_EACH))
    times: int = 0

    def add(self, detail: str, payload: bytes, waited: bool = False) -> None:
        self.kept.append((detail, payload, waited))
        self.times += 1


def add_rejected(
    tx: Connection, now: int, topic: str, reason: str, detail: str, payload: bytes, waited: bool = False
) -> None:
    """Adds one message."""
    group = RejectionGroup()
    group.add(detail, payload, waited)
    add_groups(tx, now, {(topic, reason): group})


def add_groups(tx: Connection, now: int, groups: Mapping[tuple[str, str], RejectionGroup]) -> None:
    """Counts the messages of each (topic, reason) and stores the last hundred, 4 KB of each. Uses plain
    statements, so that a flood of bad messages does not slow down the others."""
    if not groups:
        return
    merged = _with_others(tx, groups)
    execute_sql(tx, _COUNT, [(*key, group.times, now) for key, group in merged.items()])
    execute_sql(
        tx,
        _KEEP,
        [
            (now, *key, detail, payload[:KEEP_BYTES], len(payload), waited)
            for key, group in merged.items()
            for detail, payload, waited in group.kept
        ],
    )
    execute_sql(tx, _DROP, [(*key, *key, KEEP_EACH) for key in merged])


def _with_others(
    tx: Connection, groups: Mapping[tuple[str, str], RejectionGroup]
) -> dict[tuple[str, str], RejectionGroup]:
    """Merges the groups of new topics beyond the first `KEEP_TOPICS` under `OTHER`."""
    counted = _counted(tx, groups)
    room = KEEP_TOPICS
    if len(counted) < len(groups):
        room -= int(execute_sql(tx, "SELECT count(*) FROM rejected_counts").scalar() or 0)
    merged: dict[tuple[str, str], RejectionGroup] = {}
    for key, group in groups.items():
        if key in counted or room > 0:
            room -= key not in counted
            merged[key] = group
        else:
            other = merged.setdefault((OTHER, key[1]), RejectionGroup())
            other.kept.extend(group.kept)
            other.times += group.times
    return merged


def _counted(tx: Connection, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    topics = list({topic for topic, _ in keys})
    counted: set[tuple[str, str]] = set()
    for start in range(0, len(topics), ASK_AT_ONCE):
        piece = topics[start : start + ASK_AT_ONCE]
        marks = ", ".join("?" * len(piece))
        query = f"SELECT topic, reason FROM rejected_counts WHERE topic IN ({marks})"
        counted |= {(row[0], row[1]) for row in execute_sql(tx, query, tuple(piece))}
    return counted


def rejected(tx: Connection, limit: int = 50, before_id: int | None = None) -> list[Rejected]:
    """Newest first; `before_id` is the last id of the previous page."""
    wanted = select(table).order_by(table.c.id.desc()).limit(limit)
    if before_id is not None:
        wanted = wanted.where(table.c.id < before_id)
    return [Rejected(*row) for row in tx.execute(wanted)]


def counts(tx: Connection) -> list[RejectionCount]:
    """Number of messages per topic and reason, most recent first."""
    rows = tx.execute(select(rejected_counts).order_by(rejected_counts.c.last_at.desc()))
    return [RejectionCount(*row) for row in rows]


def find_rejected(tx: Connection, ident: int) -> Rejected | None:
    row = tx.execute(select(table).where(table.c.id == ident)).first()
    return Rejected(*row) if row else None


def rejected_after(tx: Connection, topic: str, reason: str, after: int, most: int) -> list[Rejected]:
    """Messages of one topic and reason with an id above `after`, oldest first."""
    wanted = select(table).where(table.c.topic == topic, table.c.reason == reason, table.c.id > after)
    return [Rejected(*row) for row in tx.execute(wanted.order_by(table.c.id).limit(most))]


def remove_decoded(tx: Connection, messages: Sequence[Rejected]) -> None:
    """Removes messages that have now been decoded, from the list and its counts. The count's row is
    deleted with the last stored message."""
    tx.execute(delete(table).where(table.c.id.in_([message.id for message in messages])))
    for (topic, reason), times in Counter((message.topic, message.reason) for message in messages).items():
        here = (rejected_counts.c.topic == topic) & (rejected_counts.c.reason == reason)
        left = select(table.c.id).where(table.c.topic == topic, table.c.reason == reason).limit(1)
        if tx.execute(left).first() is None:
            tx.execute(delete(rejected_counts).where(here))
        else:
            tx.execute(update(rejected_counts).where(here).values(count=rejected_counts.c.count - times))
