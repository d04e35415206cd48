"""The listener's work without a broker: the cost of one message with few and with many devices, and the
rate at which a backlog is written to the journal. Wall time, including commits with fsync."""

import json
import statistics
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from core.times import HOUR_MS
from ingest.batch_pipeline import BatchPipeline
from ingest.client import Frame, Frames
from ingest.decoders import Router
from store.database import Databases
from store.schema import create

FEW, MANY = 10, 10_000
BATCH = 2_000
BATCHES = 10
ROUNDS = 7
ARRAYS, ARRAY, ARRAYS_A_READ = 100, 200, 10
QOS_1 = 0x32


class House:
    """A pipeline with its own database."""

    def __init__(self, folder: Path) -> None:
        self.dbs = Databases(folder)
        create(self.dbs)
        router = Router()
        with self.dbs.journal.read() as tx:
            self._pipeline = BatchPipeline(
                tx, router.find, ZoneInfo("Asia/Shanghai"), b"marker", router.on_memory_changed
            )
        self._pipeline.queued = False

    def seconds(self, reads: list[Frames]) -> float:
        started = time.perf_counter()
        for frames in reads:
            with self.dbs.journal.write() as tx:
                batch = self._pipeline.process(tx, frames, _now())
            batch.on_committed()
        return time.perf_counter() - started


def _now() -> int:
    return time.time_ns() // 1_000_000


def _frame(index: int, devices: int, body: object) -> Frame:
    topic = f"coldshed/v1/probe-{index % devices:05d}/readings"
    return topic.encode(), json.dumps(body).encode(), index % 65_535 + 1, QOS_1


def _reads(devices: int, turn: int) -> list[Frames]:
    """Messages of three values, from all devices in turn."""
    now = _now()
    first = turn * BATCH * BATCHES
    return [
        [
            _frame(
                index,
                devices,
                {
                    "at": now - 1000 + index // devices % 1000,
                    "temperature": round(3 + index % 97 / 50, 2),
                    "humidity": round(90 + index % 83 / 10, 1),
                    "battery": 50 + index % 50,
                },
            )
            for index in range(start, start + BATCH)
        ]
        for start in range(first, first + BATCH * BATCHES, BATCH)
    ]


def _backlog(turn: int) -> list[Frames]:
    """The backlog of an outage: arrays of 200 timestamps per message, oldest first."""
    start = _now() - 6 * HOUR_MS + turn * ARRAY * 1000
    bodies = [
        [
            {
                "at": start + moment * 1000,
                "temperature": round(3 + moment % 97 / 50, 2),
                "humidity": round(90 + moment % 83 / 10, 1),
            }
            for moment in range(ARRAY)
        ]
        for _ in range(ARRAYS)
    ]
    frames = [_frame(index, ARRAYS, body) for index, body in enumerate(bodies)]
    return [frames[at : at + ARRAYS_A_READ] for at in range(0, ARRAYS, ARRAYS_A_READ)]


def run() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        houses = {devices: House(_folder(folder, str(devices))) for devices in (FEW, MANY)}
        took: dict[int, list[float]] = {FEW: [], MANY: []}
        for turn in range(ROUNDS):  # the first turn creates the series and is not counted
            for devices, house in houses.items():
                seconds = house.seconds(_reads(devices, turn))
                if turn:
                    took[devices].append(seconds / (BATCH * BATCHES) * 1e6)
        ratios = [many / few for few, many in zip(took[FEW], took[MANY], strict=True)]
        backlog = House(_folder(folder, "backlog"))
        readings = ARRAYS * ARRAY * 2
        rates = [readings / backlog.seconds(_backlog(turn)) for turn in range(ROUNDS)]
        for house in (*houses.values(), backlog):
            house.dbs.close()
    return {
        "message_us_10_devices": statistics.median(took[FEW]),
        "message_us_10000_devices": statistics.median(took[MANY]),
        "device_scaling_ratio": statistics.median(ratios),
        "backlog_readings_per_s": statistics.median(rates[1:]),
    }


def _folder(parent: str, name: str) -> Path:
    folder = Path(parent) / name
    folder.mkdir()
    return folder
