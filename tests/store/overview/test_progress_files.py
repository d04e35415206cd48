"""The services' reports on the disk: read back, crashed before, unreadable, of another boot."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.overview.service_progress import ServiceRestart
from store.overview.progress_files import (
    BYTES,
    ProgressFile,
    is_orphan,
    pid_of,
    read_progress,
    report_every_s,
)
from store.processes import process_name, this_process


def path(folder: Path, service: str = "alerts") -> Path:
    return folder / "run" / f"{service}.json"


def test_what_a_loop_reports_is_read_back(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path, "alerts", every_s=0)
    engine = file.part("engine")
    engine.failed("disk full", outside=True)
    (report,) = read_progress(tmp_path).values()
    assert report.parts["engine"] == engine.progress
    assert (report.parts["engine"].error, report.parts["engine"].outside) == ("disk full", True)
    assert (report.running, report.ended, pid_of(report)) == (True, False, os.getpid())
    engine.worked()
    assert read_progress(tmp_path)["alerts"].parts["engine"].error == ""
    file.close()
    assert read_progress(tmp_path)["alerts"].ended


def test_it_is_written_rarely_and_always_to_the_same_block(tmp_path: Path) -> None:
    engine = ProgressFile(tmp_path, "alerts", every_s=60).part("engine")
    before, inode = path(tmp_path).read_bytes(), path(tmp_path).stat().st_ino
    for _ in range(1000):
        engine.worked()
    assert path(tmp_path).read_bytes() == before
    ProgressFile(tmp_path, "alerts")
    assert (path(tmp_path).stat().st_ino, path(tmp_path).stat().st_size) == (inode, BYTES)
    assert report_every_s(60) == 5
    assert report_every_s(8) == 2


def test_a_folder_that_cannot_be_written_stops_no_service(tmp_path: Path) -> None:
    (tmp_path / "run").touch()  # no folder can be made there
    file = ProgressFile(tmp_path, "alerts", every_s=0)
    file.part("engine").worked()
    file.close()
    assert not file.is_written
    assert read_progress(tmp_path) == {}


def test_one_that_crashes_again_and_again_does_not_look_as_if_it_worked(tmp_path: Path) -> None:
    first = ProgressFile(tmp_path, "alerts")
    engine = first.part("engine")
    engine.failed("no such table")
    first.write()
    second = ProgressFile(tmp_path, "alerts").part("engine")
    assert second.progress.worked_at == engine.progress.worked_at
    assert second.progress.alive_at > engine.progress.alive_at
    assert second.progress.error == "no such table"


def test_one_that_was_stopped_in_order_begins_anew(tmp_path: Path) -> None:
    first = ProgressFile(tmp_path, "alerts")
    engine = first.part("engine")
    first.close()
    assert ProgressFile(tmp_path, "alerts").part("engine").progress.worked_at > engine.progress.worked_at


def test_a_report_of_an_earlier_boot_says_nothing(tmp_path: Path) -> None:
    ProgressFile(tmp_path, "alerts")
    content = json.loads(path(tmp_path).read_text())
    host, _, rest = content["holder"].partition("/")
    content["holder"] = f"{host}/another-boot:{rest.partition(':')[2]}"
    path(tmp_path).write_text(json.dumps(content))
    assert read_progress(tmp_path) == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"count": 1, "same_count": 2}', "\0" * 100])
def test_a_garbled_or_half_written_report_says_nothing(tmp_path: Path, text: str) -> None:
    path(tmp_path).parent.mkdir()
    path(tmp_path).write_text(text)
    assert read_progress(tmp_path) == {}


def test_of_a_process_in_another_container_it_is_not_known_whether_it_runs(tmp_path: Path) -> None:
    ProgressFile(tmp_path, "alerts")
    content = json.loads(path(tmp_path).read_text())
    path(tmp_path).write_text(json.dumps({**content, "pid_namespace": "pid:[1]"}))
    assert read_progress(tmp_path)["alerts"].running is None


def test_the_supervisors_last_restarts_are_kept(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path, "up")
    for number in range(20):
        file.add_restart(ServiceRestart("alerts", "hung", 60 + number, number))
    restarts = read_progress(tmp_path)["up"].restarts
    assert [restart.at for restart in restarts] == list(range(12, 20))


def test_a_service_is_an_orphan_if_it_outlives_its_supervisor(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    supervisor = process_name(child.pid)
    ProgressFile(tmp_path, "alerts", supervisor)
    ProgressFile(tmp_path, "web")
    assert not any(map(is_orphan, read_progress(tmp_path).values()))
    child.communicate(b"\n")
    orphans = [name for name, report in read_progress(tmp_path).items() if is_orphan(report)]
    assert orphans == ["alerts"]


def test_a_long_rest_is_reported_as_life_and_ends_with_stop(tmp_path: Path) -> None:
    reporter = ProgressFile(tmp_path, "record").part("recorder")
    before, stop = reporter.progress, threading.Event()
    stop.set()
    reporter.rest(stop, 60)
    began = time.monotonic()
    stop.clear()
    reporter.rest(stop, 0.01)
    assert time.monotonic() - began < 5
    assert reporter.progress.alive_at > before.alive_at
    assert reporter.progress.worked_at == before.worked_at


def test_a_zombie_does_not_run() -> None:
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process_name(child.pid).endswith(":")
    child.wait()
    assert not process_name(os.getpid()).endswith(":")
    assert process_name(os.getpid()) == this_process()
