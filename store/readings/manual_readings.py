"""What people read off the old thermometer: into the journal like any reading, with who it was beside it."""

import json
from collections import defaultdict
from collections.abc import Sequence
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
from store.idempotency import KEEP
from store.journal import journal, latest, series
from store.journal.series import all_series
from store.readings.tables import manual_readings as table
from store.rooms.places import stood

_READING = columns(table, ManualReading, by="person", values="metric_values")


class RecordedReading(NamedTuple):
    """`repeated`: it had been kept before under the same key, and nothing was written now."""

    reading: ManualReading
    repeated: bool


def put(
    tx: Connection, now: int, new: NewManualReading, *, key: str | None = None, digest: str | None = None
) -> RecordedReading:
    """One look at a thermometer, in the journal's database: the row that the recorder follows, the latest
    values and who typed it, in the caller's one transaction. The caller has made sure that the room is there.

    The same `key` of the same person gives the first one back, also after a kill in between. Refused:
    what cannot be (`core.readings.manual_readings.check`), and a key that was used for another reading:
    `digest` says what was asked, where it is more or less than these facts.
    """
    digest = digest or json.dumps([new.room, new.spot, new.at, dict(sorted(new.values.items()))])
    before = _by_key(tx, now, new.person, key, digest) if key is not None else None
    if before is not None:
        return RecordedReading(before, True)
    new.check(now)
    arrived = max(now, journal.last_received_at(tx))  # rows stay in the order of their arrival
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
    """What the key stands for; after seven days it is forgotten, as everywhere."""
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
    """Two who write down the same minute stay two: a series has one value at a time."""
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
    """Those of [start, end) by the time of reading (ms), as they were typed, newest first; `before` an id."""
    return _READING.all(tx, between(_READING.select(), table, room, start, end, before).limit(most))


def compared(dbs: Databases, history: History, readings: Sequence[ManualReading]) -> list[ProbeComparison]:
    """Each with what a probe at the same spot said within a quarter of an hour of it."""
    with_degrees = [reading for reading in readings if "temperature" in reading.values]
    if not with_degrees:
        return [ProbeComparison(reading, None) for reading in readings]
    with dbs.records.read() as tx:
        stays = {
            reading.id: [
                (place.device, place.position)
                for place in stood(tx, reading.room, reading.at, reading.at + 1)
                if place.spot == reading.spot
            ]
            for reading in with_degrees
        }
    with dbs.journal.read() as tx:
        numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row in all_series(tx).values():
            if row.metric == "temperature":
                numbers[row.device, row.position].append(row.id)
    answer = []
    for reading in readings:
        wanted = [number for probe in stays.get(reading.id, ()) for number in numbers.get(probe, ())]
        try:
            near = history.points(
                wanted, reading.at - SAME_TIME, reading.at + SAME_TIME + 1, counted_only=True
            )
        except StoreError:  # away: what was read off stands all the same
            near = []
        answer.append(
            ProbeComparison(reading, nearest_value(reading.at, ((point.at, point.value) for point in near)))
        )
    return answer
