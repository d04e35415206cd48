"""Memory of the whole product without the demo: proportional set size of `coldshed up` and all its
children, so that a page shared by several processes counts once (Linux, /proc/<pid>/smaps_rollup)."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

from tests.support.machines import free_port

SETTLED_S = 20.0


def environment(folder: Path) -> dict[str, str]:
    """Settings of a separate installation, on free ports, with an administrator."""
    return {
        **os.environ,
        "COLDSHED_DATA_DIR": str(folder),
        "COLDSHED_HTTP_PORT": str(free_port()),
        "COLDSHED_HTTP_HOST": "127.0.0.1",
        "COLDSHED_MQTT_PORT": str(free_port()),
        "COLDSHED_ADMIN_PASSWORD": "a long enough password",
    }


def wait_for_page(port: str, deadline_s: float = 60.0) -> None:
    end = time.monotonic() + deadline_s
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=2).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise TimeoutError("the page did not come up") from None
            time.sleep(0.1)


def pss_mb(process: psutil.Process) -> float:
    for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def run() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        settings = environment(Path(folder))
        command = [sys.executable, "-m", "coldshed", "up"]
        up = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_page(settings["COLDSHED_HTTP_PORT"])
            time.sleep(SETTLED_S)
            top = psutil.Process(up.pid)
            everything = [top, *top.children(recursive=True)]
            if any("pandas" in Path(f"/proc/{process.pid}/maps").read_text() for process in everything):
                raise RuntimeError("pandas is loaded in a long-running process")
            return {"memory_mb": sum(pss_mb(process) for process in everything)}
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(30)
