"""The supervisor alone is killed, at any moment: nobody outlives it, and the next one starts at once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.machines import free_port, need

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("COLDSHED_TEST_SUPERVISOR_KILLS", "4"))
LONGEST_LIFE_S = 4.0
END_S = 20.0


class Folder:
    """A data folder in which `coldshed up` is started again and again, on the same ports."""

    def __init__(self, folder: Path) -> None:
        need("mosquitto")
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COLDSHED_")}
        self._environment = {
            **kept,
            "PYTHONPATH": str(ROOT),
            "COLDSHED_DATA_DIR": str(folder / "data"),
            "COLDSHED_HTTP_PORT": str(free_port()),
            "COLDSHED_MQTT_PORT": str(free_port()),
            "COLDSHED_LANG": "en",
        }
        self.output = folder / "output"

    def up(self) -> subprocess.Popen[bytes]:
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "coldshed", "up"],
                cwd=self.folder,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def processes(self) -> list[psutil.Process]:
        """All of this folder, whoever is their parent."""
        processes = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("COLDSHED_DATA_DIR") == self._environment["COLDSHED_DATA_DIR"]:
                    processes.append(process)
            except psutil.Error:
                continue
        return processes

    def wait_for_services(self, count: int) -> None:
        deadline = time.monotonic() + 60
        while len(self.processes()) <= count:
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Folder]:
    house = Folder(tmp_path)
    yield house
    for process in house.processes():
        process.kill()


@pytest.mark.timeout(60 + 40 * KILLS)
def test_nobody_outlives_a_supervisor_that_is_killed(house: Folder) -> None:
    chance = random.Random(1)
    for _ in range(KILLS):
        up = house.up()
        time.sleep(chance.uniform(0.2, LONGEST_LIFE_S))
        assert up.poll() is None, house.output.read_text()
        up.kill()
        up.wait()
        _, left = psutil.wait_procs(house.processes(), timeout=END_S)
        assert left == [], house.output.read_text()


@pytest.mark.timeout(120)
def test_the_next_one_waits_for_the_ports_and_ends_what_is_frozen(house: Folder) -> None:
    up = house.up()
    house.wait_for_services(5)
    services = [process for process in house.processes() if process.pid != up.pid]
    broker = next(process for process in services if "mosquitto" in process.name())
    broker.send_signal(signal.SIGSTOP)
    up.kill()
    up.wait()
    following = house.up()
    deadline = time.monotonic() + 60
    while house.output.read_text().count("The page is open") < 1 or following.poll() is not None:
        assert following.poll() is None, house.output.read_text()
        assert time.monotonic() < deadline, house.output.read_text()
        time.sleep(0.1)
    assert not any(process.is_running() for process in services)
    following.terminate()
    assert following.wait(60) == 0


@pytest.mark.timeout(120)
def test_a_second_one_in_the_same_folder_is_refused(house: Folder) -> None:
    first = house.up()
    house.wait_for_services(5)
    second = house.up()
    assert second.wait(60) == 2
    assert f"process {first.pid}" in house.output.read_text()
    first.terminate()
    third = house.up()  # while the first one is still ending
    assert first.wait(60) == 0
    house.wait_for_services(5)
    assert third.poll() is None
    third.terminate()
    assert third.wait(60) == 0
