"""What the tests need of the machine: ports, a real broker, programs that may be missing."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from coldshed.broker import mosquitto_config

WAIT_S = 10.0


def need(program: str) -> str:
    """The path of a program. Without it the test is skipped, visibly; where CI=true it fails."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        text = f"{program} is not installed: apt-get install {program}"
        if os.environ.get("CI") == "true":
            pytest.fail(text, pytrace=False)
        pytest.skip(text)
    return path


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Broker:
    """A real Mosquitto with our settings, on one loopback port for all its lives.

    `stop` lets it write its sessions and queues down, `kill` does not; `start` brings it back.
    """

    def __init__(self, folder: Path) -> None:
        self.program = need("mosquitto")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Broker":
        config = self.folder / "mosquitto.conf"
        config.write_text(mosquitto_config(self.folder, self.port))
        self._process = subprocess.Popen([self.program, "-c", str(config)])
        deadline = time.monotonic() + WAIT_S
        while not answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"mosquitto did not start on port {self.port}")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(WAIT_S)
