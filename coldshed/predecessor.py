"""Waits for what an earlier `coldshed up` on the same data folder left running, before a new one claims
its ports."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from coldshed.messages import translated
from core.errors import SettingsError
from core.overview.service_health import SUPERVISOR
from core.overview.service_progress import ServiceProgress
from store.overview.progress_files import is_orphan, pid_of, read_progress

STOP_S = 130.0
"""A supervisor that stops may take this long: its services end one after the other."""
ORPHAN_S = 20.0
POLL_S = 0.1


def wait_for_predecessor(data_dir: Path) -> None:
    """Waits until a supervisor that is stopping has ended, then until its services have. Kills processes that
    do not end: they were told to when the supervisor ended. Raises SettingsError if a supervisor works in
    this folder."""
    _wait(lambda: _stopping_supervisor(data_dir), STOP_S)
    supervisor = read_progress(data_dir).get(SUPERVISOR)
    if supervisor is not None and supervisor.running:
        text = translated(
            "%(dir)s 里已经开着一个库棚通（进程%(pid)s）。请先停掉它，或者用别的文件夹：COLDSHED_DATA_DIR",
            dir=data_dir,
            pid=pid_of(supervisor),
        )
        raise SettingsError(text)
    for orphan in _wait(lambda: _orphans(data_dir), ORPHAN_S):
        with suppress(ProcessLookupError):
            os.kill(pid_of(orphan), signal.SIGKILL)
    _wait(lambda: _orphans(data_dir), ORPHAN_S)


def _stopping_supervisor(data_dir: Path) -> list[ServiceProgress]:
    supervisor = read_progress(data_dir).get(SUPERVISOR)
    return [supervisor] if supervisor and supervisor.running and supervisor.ended else []


def _orphans(data_dir: Path) -> list[ServiceProgress]:
    return [progress for progress in read_progress(data_dir).values() if is_orphan(progress)]


def _wait(left: Callable[[], list[ServiceProgress]], seconds: float) -> list[ServiceProgress]:
    """Waits until nobody is left. Returns who is left at the end."""
    end = time.monotonic() + seconds
    while (processes := left()) and time.monotonic() < end:
        time.sleep(POLL_S)
    return processes
