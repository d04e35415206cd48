"""Many messages through the real services while they are killed at random moments; then everything is
counted again. `python -m tests.e2e.kills 100000 20` is the large one; `100000 20 1 postgresql`
(a seed, and where journal and records lie) kills the database as well.

The listener, recorder, engine and web run as the processes that `coldshed up` starts, against a real
Mosquitto. SIGKILL lands between any two lines of theirs, every second time after SIGSTOP.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from core.readings.readings import NOT_COUNTED, Flag
from store.database import Databases
from store.journal import journal
from store.schema import create
from tests.support.flood import flood
from tests.support.machines import Broker, Postgres, free_port

SERVICES = ("ingest", "record", "alerts", "web")
DATABASE = "postgresql"
DEVICES = 40
FROZEN_S = 2.0
BUCKET = 300_000
HOUR_BUCKET = 3_600_000


class Sent(NamedTuple):
    """What one message carried: its device, its own time or none, and a value nobody else has."""

    device: str
    at: int | None
    value: float


@dataclass
class Count:
    """What was sent and accepted against what is kept."""

    accepted_timed: int = 0
    missing: int = 0
    accepted_timeless: int = 0
    timeless_kept: int = 0
    timeless_twice: int = 0
    wrong_newest: int = 0
    wrong_buckets: int = 0
    buckets: int = 0
    kills: Counter[str] | None = None

    def right(self) -> bool:
        return not (self.missing or self.timeless_twice or self.wrong_newest or self.wrong_buckets)


class Services:
    """The four processes; each can be killed and is started again."""

    def __init__(self, folder: Path, port: int, log: Path | None = None, database: str = "sqlite") -> None:
        http = free_port()
        self.base = f"http://127.0.0.1:{http}"
        self._environment = {
            **os.environ,
            "COLDSHED_DATA_DIR": str(folder),
            "COLDSHED_DATABASE_URL": database,
            "COLDSHED_MQTT_URL": f"mqtt://127.0.0.1:{port}",
            "COLDSHED_HTTP_PORT": str(http),
        }
        self._log = (log or folder / "services.log").open("wb")
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        command = [sys.executable, "-m", "coldshed", name]
        self._running[name] = subprocess.Popen(
            command, env=self._environment, stdout=self._log, stderr=self._log
        )

    def kill(self, name: str, frozen_s: float = 0.0) -> None:
        """Kills it and starts it again; after it was frozen, as the supervisor does with what hangs."""
        process = self._running[name]
        if frozen_s:
            process.send_signal(signal.SIGSTOP)
            time.sleep(frozen_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.start(name)

    def end(self, name: str) -> None:
        process = self._running.pop(name)
        process.terminate()
        process.wait(15)

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def alive(self, name: str) -> bool:
        return self._running[name].poll() is None

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._log.close()


def messages(count: int, started: int) -> list[Sent]:
    """Three of four with a time of their own, in the past ten minutes; each value is given once."""
    readings = []
    for index in range(count):
        timed = index % 4 != 3
        device = f"{'timed' if timed else 'timeless'}-{index % DEVICES:02d}"
        at = started - 300_000 + index * 300_000 // count if timed else None
        readings.append(Sent(device, at, round(index * 1e-4, 4)))
    return readings


def wire(sent: Sent) -> tuple[str, bytes]:
    body = {"temperature": sent.value} if sent.at is None else {"at": sent.at, "temperature": sent.value}
    return f"coldshed/v1/{sent.device}/readings", json.dumps(body).encode()


def run(count: int, kills: int, seed: int, folder: Path, server: Postgres | None = None) -> Count:
    """Publishes `count` messages over the time of `kills` kills, and counts what became of them. A `server`
    keeps journal and records, and is killed like the services."""
    chance = random.Random(seed)
    broker = Broker(folder / "mosquitto").start()
    dbs = Databases(folder, server.url() if server else "sqlite")
    create(dbs)
    services = Services(folder, broker.port, database=dbs.url)
    killed: Counter[str] = Counter()
    try:
        for name in SERVICES:
            services.start(name)
        until(lambda: beating(dbs), "the listener's heartbeat")
        everything = messages(count, clock())
        accepted: list[int] = []
        publisher = threading.Thread(target=lambda: accepted.extend(_publish(broker.port, everything, kills)))
        publisher.start()
        names = (DATABASE, *SERVICES) if server else SERVICES
        order = list(names) * -(-kills // len(names))
        chance.shuffle(order)
        for number, name in enumerate(order[:kills]):
            time.sleep(chance.uniform(0.2, 1.5))
            if server and name == DATABASE:
                server.stop()
                server.start()
            else:
                services.kill(name, FROZEN_S if number % 2 else 0.0)
            killed[name] += 1
        publisher.join(300)
        until(lambda: drained(dbs), "the journal to be drained", 180)
        counted = recount(dbs, [everything[index] for index in accepted])
        counted.kills = killed
        return counted
    finally:
        services.stop()
        broker.stop()
        dbs.close()


def _publish(port: int, everything: list[Sent], kills: int) -> Iterator[int]:
    """Spread over the kills in ten parts, so that both live and waiting messages meet one."""
    parts = max(10, kills)
    size = -(-len(everything) // parts)
    for part in range(parts):
        begin = part * size
        chunk = everything[begin : begin + size]
        yield from (begin + index for index in flood(port, map(wire, chunk)))
        time.sleep(0.8)


def clock() -> int:
    return time.time_ns() // 1_000_000


def beating(dbs: Databases) -> bool:
    with dbs.journal.read() as tx:
        return any(b'"connected":true' in row.body for row in journal.recent(tx, journal.HEARTBEAT, 1))


def drained(dbs: Databases) -> bool:
    """No new readings for three heartbeats while the recorder stands at the end."""
    with dbs.journal.read() as tx:
        beats = [row.seq for row in journal.recent(tx, journal.HEARTBEAT, 3)]
        last = journal.recent(tx, journal.READINGS, 1)
    with dbs.history.read() as tx:
        position = tx.exec_driver_sql("SELECT max(seq) FROM offsets").scalar() or 0
    return bool(last and beats) and last[0].seq < beats[-1] and position >= last[0].seq


def recount(dbs: Databases, accepted: list[Sent]) -> Count:
    """Every figure from the raw points and from what was sent, nothing from the code under test."""
    with dbs.journal.read() as tx:
        series = {
            device: number
            for number, device in tx.exec_driver_sql(
                "SELECT id, device FROM series WHERE metric = 'temperature'"
            )
        }
        newest = {
            row[0]: (row[1], row[2]) for row in tx.exec_driver_sql("SELECT series, at, value FROM latest")
        }
    with dbs.history.read() as tx:
        points = [
            (row[0], row[1], row[2], row[3])
            for row in tx.exec_driver_sql("SELECT series, at, value, flags FROM points")
        ]
        rollups = {
            (step, row[0], row[1]): tuple(row[2:])
            for step, table in ((BUCKET, "rollup_5m"), (HOUR_BUCKET, "rollup_1h"))
            for row in tx.exec_driver_sql(f"SELECT series, at, min, max, count FROM {table}")
        }
    result = Count()
    kept = {(row[0], row[1]): row[2] for row in points}
    values = Counter((row[0], row[2]) for row in points)
    for sent in accepted:
        number = series.get(sent.device, 0)
        if sent.at is None:
            result.accepted_timeless += 1
            times = values[(number, sent.value)]
            result.timeless_kept += times > 0
            result.timeless_twice += times > 1
        else:
            result.accepted_timed += 1
            result.missing += kept.get((number, sent.at)) != sent.value
    _check_newest(result, points, newest)
    check_rollups(result, points, rollups)
    return result


def _check_newest(
    result: Count, points: list[tuple[int, int, float, int]], newest: dict[int, tuple[int, float]]
) -> None:
    latest: dict[int, tuple[int, float]] = {}
    for number, at, value, flags in points:
        if not flags & Flag.TIME_UNKNOWN and at >= latest.get(number, (0, 0.0))[0]:
            latest[number] = (at, value)
    result.wrong_newest = sum(newest.get(number) != expected for number, expected in latest.items())


def check_rollups(
    result: Count,
    points: list[tuple[int, int, float, int]],
    rollups: dict[tuple[int, int, int], tuple[float, ...]],
) -> None:
    expected: dict[tuple[int, int, int], list[float]] = {}
    for number, at, value, flags in points:
        if not flags & NOT_COUNTED:
            for step in (BUCKET, HOUR_BUCKET):
                expected.setdefault((step, number, at // step * step), []).append(value)
    wanted = {key: (min(values), max(values), len(values)) for key, values in expected.items()}
    result.buckets = len(wanted)
    result.wrong_buckets = sum(rollups.get(key) != bucket for key, bucket in wanted.items())
    result.wrong_buckets += sum(key not in wanted for key in rollups)


def until(ready: object, what: str, deadline_s: float = 60.0) -> None:
    assert callable(ready)
    end = time.monotonic() + deadline_s
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(0.1)


def main() -> None:
    count, kills = (int(word) for word in sys.argv[1:3])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    server = Postgres().start() if sys.argv[4:] == [DATABASE] else None
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        outcome = run(count, kills, seed, Path(folder), server)
        print(outcome, f"in {time.monotonic() - started:.0f} s", "RIGHT" if outcome.right() else "WRONG")
    if server:
        server.remove()
    sys.exit(not outcome.right())


if __name__ == "__main__":
    main()
