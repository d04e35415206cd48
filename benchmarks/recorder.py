"""The recorder, from journal rows to points and roll-ups, with the slowest order of readings: 3,000 series
interleaved, one hour of readings every 30 s, in journal rows of 1,000 to 5,000 readings."""

import random
import statistics
import tempfile
import time
from pathlib import Path

from core.readings.journal_codec import batch_body
from core.readings.readings import Reading
from core.times import HOUR_MS
from record.recorder import Recorder
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import journal
from store.schema import create

SERIES = 3_000
EVERY_MS = 30_000
START = 1_767_225_600_000
ROUNDS = 3


def readings() -> list[Reading]:
    dice = random.Random(7)
    return [
        Reading(series, at, round(4 + dice.gauss(0, 0.4), 2))
        for at in range(START, START + HOUR_MS, EVERY_MS)
        for series in range(1, SERIES + 1)
    ]


def fill(dbs: Databases) -> int:
    """Writes journal rows as the listener does under load. Returns the number of readings."""
    dice = random.Random(8)
    made = readings()
    first = 0
    while first < len(made):
        last = first + dice.randint(1_000, 5_000)
        with dbs.journal.write() as tx:
            journal.append(tx, made[first].at, journal.READINGS, batch_body(made[first:last], []))
        first = last
    return len(made)


def measure() -> float:
    """Readings per second of one run; checks that all of them are in the history and in its hourly counts."""
    with tempfile.TemporaryDirectory() as folder:
        dbs = Databases(Path(folder))
        create(dbs)
        count = fill(dbs)
        history = SqliteHistory(dbs.history)
        recorder = Recorder(dbs, history)
        started = time.perf_counter()
        while recorder.step():
            pass
        took = time.perf_counter() - started
        hours = history.rollups(range(1, SERIES + 1), START, START + HOUR_MS, HOUR_MS)
        assert sum(row.counted for row in hours) == count
        dbs.close()
    return count / took


def run() -> dict[str, float]:
    return {"recorder_readings_per_s": statistics.median(measure() for _ in range(ROUNDS))}
