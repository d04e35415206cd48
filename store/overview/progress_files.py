"""Files in which the services report their progress: `<data folder>/run/<service>.json`.

A file is one block, overwritten in place every few seconds and never synced, because it must not wear the
disk: the kernel writes it back every half minute. A rename would write several blocks each time. After a
power cut nobody needs it, and an overwrite needs no room on a full disk.

Imports nothing heavy, for `coldshed up`.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.overview.service_progress import HUNG_AFTER_S, PartProgress, ServiceProgress, ServiceRestart
from store.processes import is_gone, pid_namespace, process_id, same_boot, this_process

log = logging.getLogger(__name__)

FOLDER = "run"
EVERY_S = 5.0
BYTES = 4096
ERROR_LETTERS = 200
RESTARTS = 8
"""How many of the last restarts the supervisor's file holds."""


def _no_write() -> None:
    pass


class PartReporter:
    """Reports one loop of a service. Without `write` it only remembers. The clock is that of all reports
    of this boot."""

    def __init__(self, write: Callable[[], None] = _no_write, before: PartProgress | None = None) -> None:
        now = time.monotonic()
        self._write = write
        self._alive_at = now
        self._worked_at = before.worked_at if before else now
        self._error = before.error if before else ""
        self._outside = bool(before and before.outside)

    @property
    def progress(self) -> PartProgress:
        return PartProgress(self._alive_at, self._worked_at, self._error, self._outside)

    def alive(self) -> None:
        """The loop came round."""
        self._alive_at = time.monotonic()
        self._write()

    def worked(self) -> None:
        """The loop came round, and its step succeeded or there was nothing to do."""
        self._alive_at = self._worked_at = time.monotonic()
        self._error, self._outside = "", False
        self._write()

    def failed(self, error: str, *, outside: bool = False) -> None:
        """The loop came round, and its step failed. `outside`: another program is the cause."""
        self._alive_at = time.monotonic()
        self._error, self._outside = error[:ERROR_LETTERS], outside
        self._write()

    def rest(self, stop: threading.Event, seconds: float) -> None:
        """Waits, but not longer than until `stop`, and reports life meanwhile."""
        end = time.monotonic() + seconds
        while not stop.is_set() and (left := end - time.monotonic()) > 0:
            self.alive()
            stop.wait(min(left, EVERY_S))


class ProgressFile:
    """This process's file. Never raises OSError: a service works on if its report cannot be written.

    A process that starts after a crash takes over when its predecessor last worked, so that one that
    crashes again and again is seen to do no work."""

    def __init__(self, data_dir: Path, service: str, supervisor: str = "", every_s: float = EVERY_S) -> None:
        self._path = data_dir / FOLDER / f"{service}.json"
        self._holder, self._pid_namespace = this_process(), pid_namespace()
        self.supervisor = supervisor
        self._every_s = every_s
        self._started_at = time.monotonic()
        self._ended = False
        self._parts: dict[str, PartReporter] = {}
        self._restarts: tuple[ServiceRestart, ...] = ()
        before = read_file(self._path)
        self._before = before.parts if before and not before.ended else {}
        self._due = 0.0
        self._count = 0
        self._file: int | None = None
        self._lock = threading.Lock()
        self.is_written = False
        """Whether the last report was written."""
        self.write()

    def part(self, name: str) -> PartReporter:
        """Adds a loop."""
        reporter = PartReporter(self.write_if_due, self._before.get(name))
        self._parts[name] = reporter
        return reporter

    def add_restart(self, restart: ServiceRestart) -> None:
        self._restarts = (*self._restarts, restart)[-RESTARTS:]
        self.write()

    def write_if_due(self) -> None:
        if time.monotonic() >= self._due:
            self.write()

    def close(self) -> None:
        """Reports the end in order."""
        self._ended = True
        self.write()

    def write(self) -> None:
        if not self._lock.acquire(blocking=False):
            return  # another loop of this process is writing
        try:
            self._due = time.monotonic() + self._every_s
            if self._file is None:
                self._path.parent.mkdir(exist_ok=True)
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            os.pwrite(self._file, self._text(), 0)
            self.is_written = True
        except OSError as error:
            if self.is_written or self._count == 1:
                log.error("cannot report progress: %s", error)
            self.is_written = False
        finally:
            self._lock.release()

    def _text(self) -> bytes:
        self._count += 1
        content = {
            "count": self._count,
            "holder": self._holder,
            "pid_namespace": self._pid_namespace,
            "supervisor": self.supervisor,
            "started_at": self._started_at,
            "ended": self._ended,
            "parts": {name: part.progress for name, part in list(self._parts.items())},
            "restarts": self._restarts,
            "same_count": self._count,
        }
        return json.dumps(content, ensure_ascii=False).encode()[:BYTES].ljust(BYTES)


def report_every_s(hung_after_s: float) -> float:
    """How often a service reports, if it counts as hung after `hung_after_s`."""
    return min(EVERY_S, hung_after_s / 4)


def read_progress(data_dir: Path) -> dict[str, ServiceProgress]:
    """The reports of this boot, by service."""
    try:
        paths = sorted((data_dir / FOLDER).glob("*.json"))
    except OSError:
        return {}
    reports = {path.stem: read_file(path) for path in paths}
    return {service: report for service, report in reports.items() if report is not None}


def read_file(path: Path) -> ServiceProgress | None:
    """None without a report, or if it is of an earlier boot. It is read once more if it is being written."""
    for _ in range(3):
        try:
            content = json.loads(path.read_bytes())
            if content["count"] == content["same_count"]:
                return _progress(content) if same_boot(content["holder"]) else None
        except OSError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # also what is no report
    return None


def _progress(content: dict[str, Any]) -> ServiceProgress:
    is_known = content["pid_namespace"] == pid_namespace()
    return ServiceProgress(
        content["holder"],
        content["supervisor"],
        content["started_at"],
        content["ended"],
        {name: PartProgress(*part) for name, part in content["parts"].items()},
        not is_gone(content["holder"]) if is_known else None,
        tuple(ServiceRestart(*restart) for restart in content["restarts"]),
    )


def is_orphan(progress: ServiceProgress) -> bool:
    """Whether the process runs although the supervisor that it ends with does not."""
    return bool(progress.running and progress.supervisor and is_gone(progress.supervisor))


def runs_still(progress: ServiceProgress) -> bool:
    """Whether the process runs. Where that cannot be known, one that reported a moment ago does."""
    if progress.running is not None:
        return progress.running
    reported_at = max((part.alive_at for part in progress.parts.values()), default=progress.started_at)
    return not progress.ended and time.monotonic() - reported_at < HUNG_AFTER_S


def pid_of(progress: ServiceProgress) -> int:
    return process_id(progress.holder)
