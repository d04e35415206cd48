"""Manual readings of a thermometer: stored in the journal like other readings, with the person in a table."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from core.errors import Refused, StoreError
from core.readings.journal_codec import batch_body
from core.readings.manual_readings import (
    SAME_TIME,
    ManualReading,
    NewManualReading,
    ProbeComparison,
    device_of,
    nearest_value,
)
from core.readings.readings import Flag, Reading, judge_time
from store.columns import columns
from store.database import Databases
from store.filters import between
from store.history import History
from store.history.availability import answer_within
from store.idempotency import KEEP
from store.journal import journal, latest, series
from store.journal.series import all_series
from store.readings.tables import manual_readings as table
from store.rooms.places import placements_between

COMPARED_WITHIN_S = 2.0
"""Manual readings are shown without comparison rather than wait longer for an outside history."""
_READING = columns(table, ManualReading, by="person", values="metric_values")


class RecordedReading(NamedTuple):
    """`repeated`: it was stored before under the same key; nothing was written now."""

    reading: ManualReading
    repeated: bool


def put(
    tx: Connection, now: int, new: NewManualReading, *, key: str | None = None, digest: str | None = None
) -> RecordedReading:
    """Stores one manual reading in the journal database: the journal row, the latest values and the
    person, in the caller's transaction. The caller has checked that the room exists.

    The same `key` of the same person returns the first reading, also after a crash. Refused: invalid
    values (`core.readings.manual_readings.check_values`), and a key that was used for another request
    (`digest` identifies it).
    """
    digest = digest or json.dumps([new.room, new.spot, new.at, dict(sorted(new.values.items()))])
    before = _by_key(tx, now, new.person, key, digest) if key is not None else None
    if before is not None:
        return RecordedReading(before, True)
    new.check(now)
    arrived = max(now, journal.last_received_at(tx))  # rows stay in arrival order
    measured, flags, _ = judge_time(arrived if new.at is None else min(new.at, arrived), arrived)
    measured = _free(tx, new.room, new.spot, measured)
    readings = [
        Reading(
            series.get_or_make(tx, device_of(new.room), metric, new.spot, arrived),
            measured,
            float(value),
            flags | int(Flag.PERSON),
        )
        for metric, value in sorted(new.values.items())
    ]
    journal.append(tx, arrived, journal.READINGS, batch_body(readings, []))
    latest.put(tx, arrived, readings)
    facts: dict[str, object] = {"person": new.person, "key": key, "digest": digest, "room": new.room}
    facts |= {"spot": new.spot, "at": measured, "received_at": arrived, "metric_values": dict(new.values)}
    row = tx.execute(insert(table).values(facts).returning(*_READING)).one()
    return RecordedReading(_READING.make(row), False)


def _by_key(tx: Connection, now: int, person: int, key: str, digest: str) -> ManualReading | None:
    """The reading stored under the key. None after seven days, as for all keys."""
    same_key = (table.c.person == person) & (table.c.key == key)
    reading = _READING.first(tx, _READING.select().where(same_key))
    if reading is None:
        return None
    if reading.received_at <= now - KEEP:
        tx.execute(update(table).where(same_key).values(key=None))
        return None
    if tx.execute(select(table.c.digest).where(same_key)).scalar_one() != digest:
        raise Refused("idempotency_conflict", "这个 Idempotency-Key 已经用于另一个请求")
    return reading


def _free(tx: Connection, room: int, spot: str, at: int) -> int:
    """The first free time from `at` on: a series has one value per time, and two people may enter the same
    minute."""
    taken = set(
        tx.execute(
            select(table.c.at).where(
                table.c.room == room, table.c.spot == spot, table.c.at >= at, table.c.at < at + 1_000
            )
        ).scalars()
    )
    return next(free for free in range(at, at + len(taken) + 1) if free not in taken)


def manual_reading(tx: Connection, ident: int) -> ManualReading | None:
    return _READING.first(tx, _READING.select().where(table.c.id == ident))


def typed(
    tx: Connection,
    room: int | None = None,
    start: int | None = None,
    end: int | None = None,
    most: int = 100,
    before: int | None = None,
) -> list[ManualReading]:
    """Readings in [start, end) (ms), newest entry first; only ids below `before`."""
    return _READING.all(tx, between(_READING.select(), table, room, start, end, before).limit(most))


def compared(dbs: Databases, history: History, readings: Sequence[ManualReading]) -> list[ProbeComparison]:
    """Each with the value of a probe at the same spot within 15 minutes."""
    with_degrees = [reading for reading in readings if "temperature" in reading.values]
    if not with_degrees:
        return [ProbeComparison(reading, None) for reading in readings]
    with dbs.records.read() as tx:
        stays = {
            reading.id: [
                (place.device, place.position)
                for place in placements_between(tx, reading.room, reading.at, reading.at + 1)
                if place.spot == reading.spot
            ]
            for reading in with_degrees
        }
    with dbs.journal.read() as tx:
        numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row in all_series(tx).values():
            if row.metric == "temperature":
                numbers[row.device, row.position].append(row.id)
    with answer_within(COMPARED_WITHIN_S):
        return [
            ProbeComparison(reading, _beside(history, reading, stays.get(reading.id, ()), numbers))
            for reading in readings
        ]


def _beside(
    history: History,
    reading: ManualReading,
    probes: Iterable[tuple[str, str]],
    numbers: Mapping[tuple[str, str], list[int]],
) -> float | None:
    """The value of a probe at that time. None also if the store is unreachable."""
    wanted = [number for probe in probes for number in numbers.get(probe, ())]
    try:
        near = history.points(wanted, reading.at - SAME_TIME, reading.at + SAME_TIME + 1, counted_only=True)
    except StoreError:
        return None
    return nearest_value(reading.at, ((point.at, point.value) for point in near))
