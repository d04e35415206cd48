"""Creates reports in a child process, so that no long-lived process loads pandas."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from core.errors import Refused, StoreError
from store.clock import now_ms

TIMEOUT_S = 60
WAIT_S = 20
REFUSED = 3
TOKEN = "COLDSHED_HISTORY_TOKEN"
DATABASE = "COLDSHED_DATABASE_URL"
"""Secrets go through the child's environment, because every user of the machine can read a command line."""
ROOT = Path(__file__).parents[1]
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_one_at_a_time = threading.Lock()
"""A child takes 100 MB, so only one runs at a time."""


class ExportedPaper(NamedTuple):
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PaperRequest:
    """`kind`: room-month (`room`, `month` as 2026-01), patrols (`month`, and `room` or all), stock
    (`cooperative`, else all) or calibrations. `form`: csv or xlsx. `now` in ms; default: the current
    time."""

    kind: str
    form: str
    room: int | None = None
    month: str | None = None
    cooperative: int | None = None
    lang: str = "zh"
    now: int | None = None


@dataclass(frozen=True, slots=True)
class StoreAddresses:
    """The stores that the child process reads."""

    data_dir: Path
    history_url: str = "sqlite"
    history_token: str = ""
    database_url: str = "sqlite"


def export_file(request: PaperRequest, stores: StoreAddresses, timeout_s: float = TIMEOUT_S) -> ExportedPaper:
    """Creates the file in a child process.

    Refused if the report refuses or while other exports wait. Raises StoreError if it takes longer than
    `timeout_s` or the child fails.
    """
    command = [sys.executable, "-m", "reports.run", request.kind]
    command += ["--format", request.form, "--data-dir", str(stores.data_dir)]
    command += ["--now", str(now_ms() if request.now is None else request.now)]
    options = {
        "room": request.room,
        "month": request.month,
        "cooperative": request.cooperative,
        "lang": request.lang,
        "history": stores.history_url,
    }
    command += [f"--{name}={value}" for name, value in options.items() if value is not None]
    until = time.monotonic() + timeout_s
    if not _one_at_a_time.acquire(timeout=min(timeout_s, WAIT_S)):
        raise Refused("export_busy", "正在导出别的文件,请过一会儿再试")
    try:
        left = max(min(1.0, timeout_s), until - time.monotonic())
        done = _run(command, {TOKEN: stores.history_token, DATABASE: stores.database_url}, left)
    finally:
        _one_at_a_time.release()
    if done.returncode == REFUSED:
        refusal = json.loads(done.stderr.decode().strip().splitlines()[-1])
        raise Refused(refusal["reason"], refusal["text"], **refusal["facts"])
    if done.returncode != 0:
        raise StoreError(f"the report failed: {done.stderr.decode(errors='replace')[-500:]}")
    head, _, content = done.stdout.partition(b"\n")
    return ExportedPaper(json.loads(head)["name"], CONTENT_TYPES[request.form], content)


def _run(command: list[str], secrets: dict[str, str], timeout_s: float) -> subprocess.CompletedProcess[bytes]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    env = {**os.environ, **one_thread, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **secrets}
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, env=env, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise StoreError(f"the report took longer than {timeout_s:.0f} s") from late
    except OSError as error:
        raise StoreError(f"the report could not be started: {error}") from error
