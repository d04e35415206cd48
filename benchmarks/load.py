"""CPU of each service under a steady load: 133 messages per second (a county of 2,000 rooms) and 1,000.

CPU is in percent of one core, for each service and the broker; the lag is from publishing to the journal.
"""

import json
import socket
import statistics
import tempfile
import threading
import time
from pathlib import Path

import psutil

from core.readings.calibrations import OffsetTable
from store.database import Databases
from store.journal.latest import latest_values
from store.schema import create
from tests.e2e.kills import SERVICES, Services, beating, until
from tests.support.flood import connect, publish
from tests.support.machines import Broker

RATES = (133, 1_000)
DEVICES = 2_000
SECONDS = 20
TICK_S = 0.05


class Stream:
    """Publishes at a steady rate until `stop`, at QoS 1, without waiting for each acknowledgement."""

    def __init__(self, port: int, rate: int) -> None:
        self._link = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._link.sendall(connect("", ""))
        self._link.recv(4)
        self._rate = rate
        self.sent = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._send, self._hear)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._threads[0].join()
        self._link.close()

    def _send(self) -> None:
        began = time.monotonic()
        while not self._stop.is_set():
            due = int((time.monotonic() - began) * self._rate)
            frames = b"".join(self._frame(number) for number in range(self.sent, due))
            self.sent = due
            self._link.sendall(frames)
            self._stop.wait(TICK_S)

    def _frame(self, number: int) -> bytes:
        now = time.time_ns() // 1_000_000
        body = {"at": now, "temperature": round(3 + number % 97 / 50, 2), "humidity": 91.2, "battery": 88}
        topic = f"coldshed/v1/probe-{number % DEVICES:04d}/readings"
        return publish(number % 65_535 + 1, topic.encode(), json.dumps(body).encode())

    def _hear(self) -> None:
        try:
            while self._link.recv(65_536):
                pass
        except OSError:
            return


def _lags(dbs: Databases) -> list[int]:
    """Sorted times (ms) from the creation of a message to its receipt by the listener, one per series."""
    with dbs.journal.read() as tx:
        return sorted(latest.received_at - latest.at for latest in latest_values(tx, OffsetTable()))


def _measure(rate: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Broker(folder / "mosquitto").start()
        dbs = Databases(folder)
        create(dbs)
        services = Services(folder, broker.port)
        stream = Stream(broker.port, rate)
        try:
            for name in SERVICES:
                services.start(name)
            until(lambda: beating(dbs), "the listener's heartbeat")
            stream.start()
            time.sleep(3)  # the first message of each probe creates its series
            watched = {name: psutil.Process(services.pid(name)) for name in SERVICES}
            watched["broker"] = psutil.Process(broker.pid)
            before = {name: sum(process.cpu_times()[:2]) for name, process in watched.items()}
            began = time.monotonic()
            time.sleep(SECONDS)
            took = time.monotonic() - began
            spent = {name: sum(p.cpu_times()[:2]) - before[name] for name, p in watched.items()}
            lags = _lags(dbs)
        finally:
            stream.stop()
            services.stop()
            broker.stop()
            dbs.close()
    shares = {f"cpu_percent_{name}_{rate}": 100 * seconds / took for name, seconds in spent.items()}
    return {**shares, f"journal_lag_p95_ms_{rate}": float(statistics.quantiles(lags, n=20)[-1])}


def run() -> dict[str, float]:
    return {name: value for rate in RATES for name, value in _measure(rate).items()}
