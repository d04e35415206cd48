"""Reading batteries: the kernel's files, and a real UPS daemon with a dummy UPS."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alerts import ups as power
from core.overview.battery_runtime import PowerSupply
from tests.support.machines import answers, free_port, need


def part(folder: Path, name: str, **files: object) -> None:
    place = folder / name
    place.mkdir(parents=True)
    for file, text in files.items():
        (place / file).write_text(f"{text}\n")


def test_a_machine_without_a_battery_has_none(tmp_path: Path) -> None:
    part(tmp_path, "AC", type="Mains", online=1)
    part(tmp_path, "hidpp_battery_0", type="Battery", scope="Device", capacity=50, status="Discharging")
    assert power.machine_supply(tmp_path) is None
    assert power.machine_supply(tmp_path / "none") is None


def test_mains_that_is_lost_means_on_battery(tmp_path: Path) -> None:
    part(tmp_path, "AC", type="Mains", online=0)
    part(tmp_path, "BAT0", type="Battery", present=1, capacity=64, status="Discharging",
         energy_now=30_000_000, power_now=15_000_000)  # fmt: skip
    assert power.machine_supply(tmp_path) == PowerSupply(True, 64, 120)


def test_a_battery_without_a_mains_entry_says_itself_whether_it_drains(tmp_path: Path) -> None:
    part(tmp_path, "max17040", type="Battery", capacity=80, status="Discharging", time_to_empty_now=600)
    assert power.machine_supply(tmp_path) == PowerSupply(True, 80, 10)
    (tmp_path / "max17040" / "status").write_text("Full\n")
    assert power.machine_supply(tmp_path) == PowerSupply(False, 80, 10)


def test_nonsense_in_its_files_is_as_good_as_nothing(tmp_path: Path) -> None:
    part(tmp_path, "BAT0", type="Battery", capacity="?", status="Discharging", power_now=0, energy_now=1)
    assert power.machine_supply(tmp_path) == PowerSupply(True)


class Ups:
    """Network UPS Tools with a UPS that says what a file says."""

    def __init__(self, folder: Path) -> None:
        need("upsc", "nut-client")
        driver, upsd = need("dummy-ups", "nut-server"), need("/lib/nut/upsd", "nut-server")
        self.port = free_port()
        self.name = f"box@127.0.0.1:{self.port}"
        self._device = folder / "box.dev"
        self.says("OL", 100, 3600)
        settings = {
            "ups.conf": f"[box]\ndriver = dummy-ups\nport = {self._device}\nmode = dummy-loop\n",
            "upsd.conf": f"LISTEN 127.0.0.1 {self.port}\nMAXAGE 10\n",
            "upsd.users": "",
        }
        for name, text in settings.items():
            (folder / name).write_text(text)
        environment = {**os.environ, "NUT_CONFPATH": str(folder), "NUT_STATEPATH": str(folder)}
        user = ["-u", "root"] if os.geteuid() == 0 else []
        self._processes = [
            subprocess.Popen(
                [*command, "-F", *user],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
            for command in ([driver, "-a", "box"], [upsd])
        ]

    def says(self, status: str, charge: float, runtime_s: float) -> None:
        text = f"ups.status: {status}\nbattery.charge: {charge}\nbattery.runtime: {runtime_s}\nTIMER 1\n"
        whole = self._device.with_suffix(".new")
        whole.write_text(text)
        whole.rename(self._device)

    def end(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait(60)


@pytest.fixture
def ups(tmp_path: Path) -> Iterator[Ups]:
    folder = tmp_path / "nut"
    folder.mkdir()
    supply = Ups(folder)
    yield supply
    supply.end()


def until(ready: Callable[[], bool], deadline_s: float = 30.0) -> None:
    end = time.monotonic() + deadline_s
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_ups_says_when_it_runs_on_its_battery_and_for_how_long(ups: Ups) -> None:
    read = power.reader(ups.name)
    until(lambda: answers(ups.port))
    until(lambda: read() == PowerSupply(False, 100, 60))
    ups.says("OB DISCHRG LB", 12, 240)
    until(lambda: read() == PowerSupply(True, 12, 4, low=True))


def test_a_ups_that_does_not_answer_is_none() -> None:
    need("upsc", "nut-client")
    assert power.nut_supply(f"box@127.0.0.1:{free_port()}") is None
