"""A real Mosquitto on a free loopback port, whose queue can be copied."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

CONFIG = """
listener {port} 127.0.0.1
allow_anonymous true
user root
persistence true
persistence_location {folder}/
autosave_interval 5
max_queued_messages 2000000
max_inflight_messages 5000
log_dest none
"""


class Broker:
    """Keeps its sessions and queues in `folder`; `stop` writes them, `kill` does not."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Broker":
        settings = self.folder / "mosquitto.conf"
        settings.write_text(CONFIG.format(port=self.port, folder=self.folder))
        self._process = subprocess.Popen(["mosquitto", "-c", str(settings)])
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.02)
        raise RuntimeError("mosquitto did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def copy(self, folder: Path) -> "Broker":
        """Another broker with the same sessions and queues; this one must be stopped."""
        made = Broker(folder)
        shutil.copy(self.folder / "mosquitto.db", folder / "mosquitto.db")
        return made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
