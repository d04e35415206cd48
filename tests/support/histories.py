"""The stores that keep a history, as the tests meet them: real servers, each on its own loopback port."""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import pytest

from core.readings.history_url import HistoryAddress
from store.database import Databases
from store.history import History
from store.history.http import HttpServer
from store.history.influx import InfluxHistory
from store.history.influx_retention import InfluxRetention
from store.history.line_protocol import authorization
from store.history.sqlite import SqliteHistory
from store.history.victoria import VictoriaHistory
from tests.support.machines import WAIT_S, answers, free_port, need

SQLITE, VICTORIAMETRICS, INFLUXDB = "sqlite", "victoriametrics", "influxdb"
STORES = (SQLITE, VICTORIAMETRICS, INFLUXDB)
INFLUX_URL = "COLDSHED_TEST_INFLUX_URL"
_numbers = count(1)


class Victoria:
    """A real VictoriaMetrics on one port for all its lives: `kill` and `start` it again."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self._program = need("victoria-metrics")
        self._folder = folder
        self._flags = flags or ("-retentionPeriod=100y", "-dedup.minScrapeInterval=1ms")
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> "Victoria":
        with (self._folder / "victoria.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._program,
                    f"-storageDataPath={self._folder / 'victoria'}",
                    f"-httpListenAddr=127.0.0.1:{self.port}",
                    "-memory.allowedBytes=256MB",
                    *self._flags,
                ],
                stdout=log,
                stderr=log,
            )
        wait_for(lambda: self._alive() and self._is_ready(), "VictoriaMetrics did not start")
        return self

    def _alive(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "VictoriaMetrics stopped by itself"
        return True

    def _is_ready(self) -> bool:
        if not answers(self.port):
            return False
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return True  # it wants a password
        except OSError:
            return False

    def kill(self) -> None:
        """As the power would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(WAIT_S)

    def address(self) -> HistoryAddress:
        return HistoryAddress(VICTORIAMETRICS, self.url, "", f"t{next(_numbers)}")


def wait_for(holds: Callable[[], bool], what: str, within_s: float = 120.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class _Flushing(HttpServer):
    """Reads what was written a moment ago, which VictoriaMetrics shows only after a second."""

    def get(self, path: str, fields: Mapping[str, str] | None = None) -> bytes:
        super().get("/internal/force_flush")
        return super().get(path, fields)


class ShownVictoria(VictoriaHistory):
    """For tests that read at once what they wrote."""

    def __init__(self, dbs: Databases, address: HistoryAddress, token: str = "") -> None:
        super().__init__(dbs.history, address, token)
        self._http = _Flushing(address, authorization(address, token))


def influx_address() -> tuple[HistoryAddress, str]:
    """Of the real server that `COLDSHED_TEST_INFLUX_URL` points to. Without it: a visible skip."""
    url = os.environ.get(INFLUX_URL)
    if not url:
        pytest.skip(f"no InfluxDB: {INFLUX_URL} is not set")
    org = os.environ.get("COLDSHED_TEST_INFLUX_ORG", "coldshed")
    name = f"t{os.getpid()}x{next(_numbers)}"
    return HistoryAddress(INFLUXDB, url.rstrip("/"), org, name), os.environ.get(
        "COLDSHED_TEST_INFLUX_TOKEN", ""
    )


def remove_buckets(address: HistoryAddress, token: str) -> None:
    http = HttpServer(address, authorization(address, token))
    for name in InfluxRetention.buckets(address.name):
        buckets = json.loads(http.get("/api/v2/buckets", {"org": address.org, "limit": "100"}))["buckets"]
        for bucket in buckets:
            if bucket["name"] == name:
                http.send("DELETE", f"/api/v2/buckets/{bucket['id']}", b"")


def expire(address: HistoryAddress, token: str, level: int, before: int) -> None:
    """What InfluxDB's retention does on a clock that tests cannot move."""
    from store.history import flux

    http = HttpServer(address, authorization(address, token))
    body = json.dumps({"start": flux.time(0), "stop": flux.time(before - 1)}).encode()
    query = f"org={address.org}&bucket={InfluxRetention.buckets(address.name)[level]}"
    http.send("POST", f"/api/v2/delete?{query}", body)


class UnderTest:
    """A store of one kind: fresh histories, and what its retention would do to them."""

    def __init__(self, kind: str, victoria: Callable[[], Victoria]) -> None:
        self.kind = kind
        self._victoria = victoria
        self._influx: list[tuple[HistoryAddress, str]] = []

    def make(self, dbs: Databases) -> History:
        if self.kind == SQLITE:
            return SqliteHistory(dbs.history)
        if self.kind == VICTORIAMETRICS:
            return ShownVictoria(dbs, self._victoria().address())
        self._influx.append(influx_address())
        return InfluxHistory(dbs.history, *self._influx[-1])

    def trim(self, history: History, now: int, *days: float | None) -> None:
        for _ in history.trim(now, *days):
            pass
        if isinstance(history, InfluxHistory):
            history.forget()  # months later nothing of it is remembered
            for level, before in enumerate(history.retained_since()):
                if before:
                    expire(*self._influx[-1], level, before)

    def close(self) -> None:
        for bucket in self._influx:
            remove_buckets(*bucket)


@contextmanager
def victoria_when_asked() -> Iterator[Callable[[], Victoria]]:
    """One server for all the tests of a run, started by the first that wants it."""
    running: list[Victoria] = []
    folder = Path(mkdtemp(prefix="coldshed-victoria-"))

    def server() -> Victoria:
        if not running:
            running.append(Victoria(folder).start())
        return running[0]

    try:
        yield server
    finally:
        for victoria in running:
            victoria.kill()
        shutil.rmtree(folder, ignore_errors=True)
