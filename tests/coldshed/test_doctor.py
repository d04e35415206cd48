"""`coldshed doctor` and `coldshed last-word`, as a technician types them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coldshed import last_word
from coldshed.settings import Settings
from core.people.people import NewPerson, Role
from core.times import HOUR_MS
from store.database import Databases
from store.journal import journal
from store.notifications import notifications
from store.overview import system_issues
from store.people import federation, people
from tests.support.machines import Broker, free_port
from tests.support.services import report


def run(folder: Path, broker: str, *words: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "COLDSHED_DATA_DIR": str(folder),
        "COLDSHED_MQTT_URL": broker,
        "COLDSHED_LANG": lang,
        "COLDSHED_HTTP_PORT": str(free_port()),
    }
    command = [sys.executable, "-m", "coldshed", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_on_an_empty_machine_it_says_what_to_do_first(tmp_path: Path) -> None:
    done = run(tmp_path, f"mqtt://127.0.0.1:{free_port()}", "doctor", lang="zh")
    assert done.returncode == 1
    assert "消息服务器没开，或者端口不对" in done.stdout
    assert "新装的请运行 coldshed up" in done.stdout
    assert "COLDSHED_DATA_DIR" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.usefixtures("mosquitto")
def test_it_names_what_is_wrong_inside(dbs: Databases, mosquitto: Broker, tmp_path: Path) -> None:
    with dbs.journal.write() as tx:
        journal.append(tx, time.time_ns() // 1_000_000 - HOUR_MS, journal.READINGS, b"[[],[]]")
    with dbs.records.write() as tx:
        system_issues.note(tx, "history_away", "connection refused", time.time_ns() // 1_000_000 - HOUR_MS)
        system_issues.note(tx, "broker.taken", "village-box-2", 0)
    done = run(tmp_path, mosquitto.url, "doctor")
    assert done.returncode == 1
    assert "holds at least 1200 messages" in done.stdout
    assert "The listener says nothing" in done.stdout
    assert "60 minutes behind" in done.stdout
    assert "cannot be written, for 1h" in done.stdout
    assert "connection refused" in done.stdout
    assert "village-box-2" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_it_has_a_line_for_each_service_and_names_the_one_that_hangs(dbs: Databases, tmp_path: Path) -> None:
    for name in ("ingest", "record", "up"):
        report(tmp_path, name)
    report(tmp_path, "alerts", quiet_s=75)
    done = run(tmp_path, "mqtt://127.0.0.1:1", "doctor", "--quick")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    hung = "[bad] Alerts: Service “Alerts” hangs: no sign of life for 1"
    assert any(line.startswith(hung) for line in lines)
    for subject in ("Receiving", "Recording", "Supervisor"):
        assert any(line.startswith(f"[good] {subject}: works; finished") for line in lines), subject
    assert any(line.startswith("[bad] Page: ") and "does not answer" in line for line in lines)


def test_it_looks_quickly_without_filling_the_queue(
    dbs: Databases, mosquitto: Broker, tmp_path: Path
) -> None:
    done = run(tmp_path, mosquitto.url, "doctor", "--quick")
    assert "knows us" in done.stdout
    assert "queue" not in done.stdout


def test_the_last_word_says_whom_it_could_not_tell(dbs: Databases, tmp_path: Path) -> None:
    done = run(tmp_path, "mqtt://127.0.0.1:1", "last-word")
    assert done.returncode == 1
    assert "Nobody to tell" in done.stdout


def test_the_last_word_waits_for_the_sending(
    dbs: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dbs.records.write() as tx:
        federation.add_site(tx, 0, "古池库区", None)
        people.add_person(tx, 0, NewPerson(name="李经理", role=Role.MANAGER, phone="13800000003"))
    monkeypatch.setattr(last_word, "WAIT_S", 0.3)
    assert last_word.run(Settings(data_dir=tmp_path), 4) == 1
    with dbs.records.write() as tx:
        (notification,) = notifications.notifications(tx, status="queued")
        notifications.mark_sent(tx, 1, notification.id)
    assert last_word.run(Settings(data_dir=tmp_path), 4) == 0
