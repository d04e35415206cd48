"""A signal that comes while a service starts is not lost."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from store.database import Databases
from tests.support.machines import free_port

SLOW_IMPORT = """
import sys, threading, time
from coldshed import services
import coldshed.service_process as process

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "uvicorn":
            print("importing", flush=True)
            time.sleep(1.5)

sys.meta_path.insert(0, Slow())
sys.exit(services.run("web"))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_page_ends_that_was_told_to_while_it_imports(
    dbs: Databases, tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDSHED_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLDSHED_HTTP_PORT", str(free_port()))
    service = subprocess.Popen(
        [sys.executable, "-c", SLOW_IMPORT], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    try:
        assert service.stdout is not None
        assert service.stdout.readline() == b"importing\n"
        time.sleep(0.1)
        service.send_signal(number)
        assert service.wait(30) == 0
    finally:
        service.kill()
        service.communicate()


PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print(child.pid, flush=True)
time.sleep(60)
"""
STUCK = """
import os, threading, time
from coldshed import service_process
service_process.PARENT_POLL_S, service_process.LAST_WORK_S = 0.05, 0.2
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # as a main thread that handles nothing
stop = threading.Event()
service_process.watch_parent(os.getppid(), stop)
print("watching", flush=True)
time.sleep(60)
"""


def test_a_service_that_handles_no_signal_still_ends_after_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, STUCK], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    lines = {parent.stdout.readline(), parent.stdout.readline()}
    assert b"watching\n" in lines
    parent.kill()
    parent.wait()
    # the pipe closes when the last process that holds it has ended
    assert parent.stdout.read() == b""
    parent.stdout.close()
