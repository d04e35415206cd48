"""Every service in turn is frozen (SIGSTOP): it is seen, told, killed and started again."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.support.healthz import healthz
from tests.support.machines import free_port, need

ROOT = Path(__file__).parents[2]
HUNG_AFTER_S = 10
SERVICES = {"broker", "ingest", "record", "alerts", "web"}


def until(ready: Callable[[], object], what: Callable[[], str], seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, what()
        time.sleep(0.2)


class House:
    """A `coldshed up` that waits only a few seconds for a service that makes no progress."""

    def __init__(self, folder: Path) -> None:
        need("mosquitto")
        self.port, self.output, self.data = free_port(), folder / "output", folder / "data"
        self.mqtt_port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COLDSHED_")}
        environment = {
            **kept,
            "PYTHONPATH": str(ROOT),
            "COLDSHED_DATA_DIR": str(self.data),
            "COLDSHED_HTTP_PORT": str(self.port),
            "COLDSHED_MQTT_PORT": str(self.mqtt_port),
            "COLDSHED_HUNG_AFTER_S": str(HUNG_AFTER_S),
        }
        with self.output.open("wb") as output:
            self.up = subprocess.Popen(
                [sys.executable, "-m", "coldshed", "up"],
                cwd=folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def text(self) -> str:
        return self.output.read_text()

    def services(self) -> dict[str, psutil.Process]:
        services = {}
        for child in psutil.Process(self.up.pid).children():
            try:
                command = child.cmdline()
            except psutil.Error:
                continue
            if "mosquitto" in " ".join(command[:1]):
                services["broker"] = child
            elif "--under" in command:
                services[command[command.index("--under") - 1]] = child
        return {name: service for name, service in services.items() if name in SERVICES}

    def health(self) -> dict[str, object]:
        """What /healthz says; empty if the page does not answer."""
        return healthz(self.port)

    def issues(self) -> set[str]:
        """The system issues that are noted."""
        with closing(sqlite3.connect(self.data / "records.db")) as records:
            return {name for (name,) in records.execute("SELECT name FROM system_issues")}

    def is_well(self) -> bool:
        return bool(self.health().get("ok"))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    try:
        until(house.is_well, house.text)
        yield house
    finally:
        house.up.terminate()
        try:
            house.up.wait(100)
        finally:
            house.up.kill()


@pytest.mark.timeout(300)
def test_what_freezes_is_told_and_comes_back(house: House) -> None:
    before = house.services()
    assert set(before) == SERVICES
    reasons: set[object] = set()

    def came_back(names: set[str]) -> bool:
        reasons.add(house.health().get("reason"))
        now = house.services()
        return all(name in now and now[name].pid != before[name].pid for name in names)

    frozen = {"alerts", "record"}
    for name in frozen:
        before[name].send_signal(signal.SIGSTOP)
    until(lambda: came_back(frozen), house.text)
    assert reasons & {"alerts-hung", "record-hung"}, reasons
    until(house.is_well, house.text)
    frozen, before = {"broker", "ingest", "web"}, house.services()
    for name in frozen:
        before[name].send_signal(signal.SIGSTOP)
    until(lambda: came_back(frozen), house.text)
    until(house.is_well, house.text)
    until(lambda: {f"restarted.{name}" for name in SERVICES} <= house.issues(), house.text)
    for name in SERVICES - {"web", "broker"}:
        assert f"{name:<8} | no progress for" in house.text(), name


@pytest.mark.timeout(200)
def test_a_supervisor_that_was_frozen_itself_kills_nobody_when_it_goes_on(house: House) -> None:
    before = house.services()
    house.up.send_signal(signal.SIGSTOP)
    for service in before.values():
        service.send_signal(signal.SIGSTOP)
    time.sleep(2 * HUNG_AFTER_S)  # as a machine that was suspended
    for process in (psutil.Process(house.up.pid), *before.values()):
        process.send_signal(signal.SIGCONT)
    time.sleep(HUNG_AFTER_S)
    assert house.services() == before, house.text()
