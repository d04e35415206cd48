"""The chart of a year of one probe at 30 s (1.05 million readings), read from the store.

`build` creates the data; `benchmarks.chart` measures the API with the same data.
"""

import random
import statistics
import tempfile
import time
from itertools import cycle
from pathlib import Path

from core.readings.readings import Reading
from core.rooms.places import PositionClass
from core.times import DAY_MS
from store.database import Databases
from store.history import History
from store.history.sqlite import SqliteHistory
from store.journal.series import get_or_make
from store.readings.curve_query import CurveQuery
from store.readings.curves import device_curve, room_curve
from store.rooms.tables import placements, rooms, sites
from store.schema import create

DEVICE = "bench-year"
METRIC = "temperature"
EVERY_MS = 30_000
ROUNDS = 41


def build(dbs: Databases, end: int, history: History | None = None) -> int:
    """Writes the year that ends at `end` (ms) for probe `DEVICE`, placed in a new room. Returns the room's
    id."""
    start = end - 365 * DAY_MS
    with dbs.journal.write() as tx:
        series_id = get_or_make(tx, DEVICE, METRIC, "", start)
    with dbs.records.write() as tx:
        site = tx.execute(sites.insert().values(name="bench").returning(sites.c.id)).scalar_one()
        new = rooms.insert().values(site=site, name="bench", kind="cold_room").returning(rooms.c.id)
        room = int(tx.execute(new).scalar_one())
        tx.execute(
            placements.insert().values(
                device=DEVICE, position="", room=room, spot="middle", valid_from=start - DAY_MS
            )
        )
    dice = random.Random(7)
    values = cycle([round(4 + dice.gauss(0, 0.4), 1) for _ in range(9_973)])
    (history or SqliteHistory(dbs.history)).import_points(
        Reading(series_id, at, value) for at, value in zip(range(start, end, EVERY_MS), values, strict=False)
    )
    return room


def run() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        dbs = Databases(Path(folder))
        create(dbs)
        history = SqliteHistory(dbs.history)
        end = 1_798_761_617_000  # not a full hour, so that partial hours at both ends are read too
        started = time.perf_counter()
        room = build(dbs, end)
        built = time.perf_counter() - started
        device_ms: list[float] = []
        room_ms: list[float] = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            curve = device_curve(
                dbs, history, DEVICE, CurveQuery(metric=METRIC, start=end - 365 * DAY_MS, end=end)
            )
            device_ms.append((time.perf_counter() - started) * 1000)
            started = time.perf_counter()
            room_curve(
                dbs,
                history,
                room,
                CurveQuery(
                    metric=METRIC, start=end - 365 * DAY_MS, end=end, position_class=PositionClass.AIR
                ),
            )
            room_ms.append((time.perf_counter() - started) * 1000)
        assert sum(point.count for point in curve.points) == 365 * DAY_MS // EVERY_MS
        dbs.close()
    return {
        "year_chart_store_ms": statistics.median(device_ms),
        "year_chart_room_store_ms": statistics.median(room_ms),
        "import_readings_per_s": 365 * DAY_MS / EVERY_MS / built,
    }
