"""Whole boxes for tests: `coldshed broker`, `ingest`, `record` as processes on a data folder of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from coldshed import broker, broker_credentials
from coldshed.settings import Settings
from core.readings.journal_codec import decode_heartbeat
from store.database import Databases
from store.devices import credentials
from store.devices.credentials import NewCredential
from store.journal import journal, series
from store.schema import create
from tests.support.flood import flood
from tests.support.machines import answers, free_port

ROOT = Path(__file__).parents[2]
Kept = dict[tuple[str, int], float]
"""(device, at) -> value, of temperatures."""


def until(ready: Callable[[], object], what: str, deadline_s: float = 40.0) -> None:
    end = time.monotonic() + deadline_s
    while not ready():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


class Box:
    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True)
        self.folder, self.port = folder, free_port()
        values = {"data_dir": str(folder), "mqtt_port": str(self.port), **settings}
        self.settings = Settings(data_dir=folder, mqtt_port=self.port, **settings)  # type: ignore[arg-type]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COLDSHED_")}
        more = {f"COLDSHED_{name.upper()}": value for name, value in values.items()}
        self._environment = {**kept, **more, "PYTHONPATH": str(ROOT)}
        self.dbs = Databases(folder)
        create(self.dbs)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def more(self) -> Path:
        """Where a bridge or a second listener is laid."""
        return broker_credentials.own_folder(self.settings) / broker_credentials.MORE

    def start(self, *names: str) -> "Box":
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    [sys.executable, "-m", "coldshed", name], env=self._environment, stdout=log, stderr=log
                )
            if name == "broker":
                until(lambda: answers(self.port), "the broker")
        if "ingest" in names:
            until(self.listening, "the listener")
        return self

    def end(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        process = self._running.pop(name)
        process.send_signal(how)
        process.wait(30)

    def stop(self) -> None:
        for name in ("ingest", "record", "broker"):
            if name in self._running:
                self.end(name)
        self.dbs.close()

    def listening(self) -> bool:
        with self.dbs.journal.read() as tx:
            beats = journal.recent(tx, journal.HEARTBEAT, 1)
        return bool(beats) and decode_heartbeat(beats[0].body).connected

    def login(self, name: str, family: str = "coldshed") -> str:
        with self.dbs.records.write() as tx:
            password = credentials.issue(tx, 1, NewCredential(name=name, family=family))
        broker.update_files(self.settings, self.dbs)
        broker.reload_logins(broker.running_broker(self.settings))
        return password

    def history(self) -> Kept:
        """Every point that is kept; a second one of a device and time would be another row."""
        with self.dbs.journal.read() as tx:
            series_by_id = series.all_series(tx)
        with self.dbs.history.read() as tx:
            rows = tx.exec_driver_sql("SELECT series, at, value FROM points").all()
        points = {(series_by_id[number].device, at): value for number, at, value in rows}
        assert len(points) == len(rows)
        return points


class Sent:
    """Readings with their own time, each value once, of `devices` devices in turn."""

    def __init__(self, devices: int = 10, began: int | None = None) -> None:
        self.devices = devices
        self.began = began or time.time_ns() // 1_000_000 - 3_600_000
        self.count = 0

    def more(self, count: int) -> list[tuple[str, bytes]]:
        """The next messages."""
        messages = [self._message(index) for index in range(self.count, self.count + count)]
        self.count += count
        return messages

    def expected(self, village: str = "", count: int | None = None) -> Kept:
        after = f"@{village}" if village else ""
        indices = range(self.count if count is None else count)
        return {(self._device(index) + after, self._at(index)): self._value(index) for index in indices}

    def _message(self, index: int) -> tuple[str, bytes]:
        body = {"at": self._at(index), "temperature": self._value(index)}
        return f"coldshed/v1/{self._device(index)}/readings", json.dumps(body).encode()

    def _device(self, index: int) -> str:
        return f"probe-{index % self.devices}"

    def _at(self, index: int) -> int:
        return self.began + index * 100

    def _value(self, index: int) -> float:
        return round(2 + index * 1e-4, 4)


def publish(port: int, messages: Iterable[tuple[str, bytes]], *login: str) -> int:
    """How many the broker acknowledged, all of them or an error."""
    return len(list(flood(port, messages, 60.0, *login)))
