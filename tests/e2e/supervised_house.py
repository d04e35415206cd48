"""A data folder in which `coldshed up` runs, is killed and runs again, on the same ports."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from tests.support.healthz import healthz
from tests.support.machines import free_port

ROOT = Path(__file__).parents[2]
END_S = 20.0
"""How long a service may outlive its supervisor."""


def until(ready: Callable[[], object], what: Callable[[], str], seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(what())
        time.sleep(0.05)


class House:
    """`settings`: values of COLDSHED_ variables by the name of the setting. `environment`: other
    variables."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str] | None = None, **settings: object
    ) -> None:
        self.data, self.output = folder / "data", folder / "output"
        self.http_port, self.mqtt_port = free_port(), free_port()
        self.settings: dict[str, object] = {
            "data_dir": self.data,
            "http_port": self.http_port,
            "mqtt_port": self.mqtt_port,
            "lang": "en",
            **settings,
        }
        self._more = dict(environment or {})
        self._up: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COLDSHED_")}
        own = {f"COLDSHED_{name.upper()}": str(value) for name, value in self.settings.items()}
        return {**kept, "PYTHONPATH": str(ROOT), **self._more, **own}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "coldshed", *words]

    def run(self, *words: str, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, such as `backup`."""
        return subprocess.run(
            self.command(*words),
            env=self.environment,
            cwd=self.output.parent,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def start(self, *words: str) -> "House":
        """`coldshed up`."""
        self.output.parent.mkdir(parents=True, exist_ok=True)
        with self.output.open("ab") as output:
            self._up = subprocess.Popen(
                self.command("up", *words),
                env=self.environment,
                cwd=self.output.parent,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self

    @property
    def up(self) -> subprocess.Popen[bytes]:
        assert self._up is not None
        return self._up

    def text(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def processes(self) -> list[psutil.Process]:
        """All of this folder, whoever is their parent."""
        processes = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("COLDSHED_DATA_DIR") == str(self.data):
                    processes.append(process)
            except psutil.Error:
                continue
        return processes

    def service(self, name: str) -> psutil.Process | None:
        """The process of a service; None while it is not there."""
        for child in self._children():
            try:
                command = child.cmdline()
            except psutil.Error:
                continue
            if "--under" in command and command[command.index("--under") - 1] == name:
                return child
        return None

    def _children(self) -> list[psutil.Process]:
        try:
            return list(psutil.Process(self.up.pid).children())
        except psutil.Error:
            return []

    def kill_service(self, name: str, frozen_s: float = 0.0) -> None:
        """SIGKILL, after SIGSTOP if `frozen_s`. The supervisor starts it again."""
        until(lambda: self.service(name), self.text)
        process = self.service(name)
        if process is None:
            return
        try:
            if frozen_s:
                process.send_signal(signal.SIGSTOP)
                time.sleep(frozen_s)
            process.kill()
        except psutil.NoSuchProcess:
            return

    def kill_supervisor(self) -> int:
        """SIGKILL to `coldshed up` alone. Returns how many processes outlive it by `END_S`; they are killed
        then."""
        self.up.kill()
        self.up.wait()
        _, left = psutil.wait_procs(self.processes(), timeout=END_S)
        for process in left:
            process.kill()
        return len(left)

    def kill_everything(self) -> None:
        """SIGKILL to all at once, as a machine ends that is lost."""
        if self._up is not None:
            self._up.kill()
        for process in self.processes():
            process.kill()
        if self._up is not None:
            self._up.wait()
        psutil.wait_procs(self.processes(), timeout=END_S)

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.up.terminate()
        return self.up.wait(120)

    def health(self) -> dict[str, object]:
        """What /healthz says; empty if the page does not answer."""
        return healthz(self.http_port)

    def is_well(self) -> bool:
        return bool(self.health().get("ok"))

    def until_well(self, seconds: float = 90.0) -> float:
        """Waits for /healthz. Returns the seconds that it took."""
        began = time.monotonic()
        self._until(self.is_well, seconds)
        return time.monotonic() - began

    def works(self) -> bool:
        """Whether everything runs and is connected, whatever the clock."""
        health = self.health()
        return bool(health.get("connected")) and health.get("services") == []

    def until_working(self, seconds: float = 90.0) -> None:
        self._until(self.works, seconds)

    def _until(self, true: Callable[[], bool], seconds: float) -> None:
        until(true, lambda: f"{self.health()}\n{self.text()[-3000:]}", seconds)
