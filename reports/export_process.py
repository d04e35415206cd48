"""Makes reports in a child process, so that pandas never loads in one that lives long."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from core.errors import Refused, StoreError
from store.clock import now_ms

TIMEOUT_S = 60
WAIT_S = 20
REFUSED = 3
TOKEN = "COLDSHED_HISTORY_TOKEN"
DATABASE = "COLDSHED_DATABASE_URL"
"""In the child's environment: everybody of the machine can read a command line."""
ROOT = Path(__file__).parents[1]
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_one_at_a_time = threading.Lock()
"""A child takes 100 MB: a row of impatient clicks must not take the whole box."""


class ExportedPaper(NamedTuple):
    name: str
    content_type: str
    content: bytes


def export(
    kind: str,
    form: str,
    data_dir: Path,
    *,
    room: int | None = None,
    month: str | None = None,
    cooperative: int | None = None,
    lang: str = "zh",
    now: int | None = None,
    timeout_s: float = TIMEOUT_S,
) -> bytes:
    """The file's bytes; see `export_file`."""
    facts = {"room": room, "month": month, "cooperative": cooperative, "lang": lang, "now": now}
    return export_file(kind, form, data_dir, timeout_s=timeout_s, **facts).content  # type: ignore[arg-type]


def export_file(
    kind: str,
    form: str,
    data_dir: Path,
    *,
    room: int | None = None,
    month: str | None = None,
    cooperative: int | None = None,
    lang: str = "zh",
    now: int | None = None,
    history_url: str = "sqlite",
    history_token: str = "",
    database_url: str = "sqlite",
    timeout_s: float = TIMEOUT_S,
) -> ExportedPaper:
    """`kind` room-month (`room`, `month` as 2026-01), patrols (`month`, and `room` or all), stock
    (`cooperative`, else all) or calibrations; `form` csv or xlsx.

    Refused as the report refuses, or where others wait already; StoreError where it takes longer than
    `timeout_s` or the child failed.
    """
    given = {"room": room, "month": month, "cooperative": cooperative, "lang": lang, "history": history_url}
    command = [sys.executable, "-m", "reports.run", kind, "--format", form, "--data-dir", str(data_dir)]
    command += ["--now", str(now_ms() if now is None else now)]
    for name, value in given.items():
        if value is not None:
            command.append(f"--{name}={value}")
    until = time.monotonic() + timeout_s
    if not _one_at_a_time.acquire(timeout=min(timeout_s, WAIT_S)):
        raise Refused("export_busy", "正在导出别的文件,请过一会儿再试")
    try:
        left = max(min(1.0, timeout_s), until - time.monotonic())
        done = _run(command, {TOKEN: history_token, DATABASE: database_url}, left)
    finally:
        _one_at_a_time.release()
    if done.returncode == REFUSED:
        said = json.loads(done.stderr.decode().strip().splitlines()[-1])
        raise Refused(said["reason"], said["text"], **said["facts"])
    if done.returncode != 0:
        raise StoreError(f"the report failed: {done.stderr.decode(errors='replace')[-500:]}")
    head, _, content = done.stdout.partition(b"\n")
    return ExportedPaper(json.loads(head)["name"], CONTENT_TYPES[form], content)


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
