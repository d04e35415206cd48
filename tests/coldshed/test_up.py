"""`coldshed up` as an operator meets it: everything comes up, what dies comes back, all of it ends."""

import json
import os
import re
import selectors
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest

from coldshed.child_process import ServiceProcess
from coldshed.queue_saver import QUIET_S, SAVE_S
from store.database import Databases
from store.people.federation import add_federation
from store.schema import create
from tests.support.machines import answers, free_port, need

ROOT = Path(__file__).parents[2]
START_S = 60.0
PASSWORD = "a long password"


class Up:
    """A running `coldshed up` in a folder of its own, its output in a file."""

    def __init__(self, folder: Path, *arguments: str, **settings: str) -> None:
        self.http, self.mqtt = free_port(), free_port()
        self.output = folder / "output"
        environment = {
            "COLDSHED_DATA_DIR": str(folder / "data"),
            "COLDSHED_HTTP_PORT": str(self.http),
            "COLDSHED_MQTT_PORT": str(self.mqtt),
            "COLDSHED_ADMIN_PASSWORD": PASSWORD,
            "COLDSHED_LANG": "en",
            **settings,
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COLDSHED_")}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "coldshed", "up", *arguments],
                cwd=folder,
                env={**kept, "PYTHONPATH": str(ROOT), **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def services(self) -> dict[str, psutil.Process]:
        """Those alive now, by name."""
        services = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                command = child.cmdline()
            except psutil.Error:  # gone, or not buried yet
                continue
            if "mosquitto" in " ".join(command[:1]):
                services["broker"] = child
            elif "--under" in command:
                services[command[command.index("--under") - 1]] = child
        return services

    def ask(self, path: str, token: str = "", form: dict[str, str] | None = None) -> dict[str, object]:
        body = urlencode(form).encode() if form else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", body)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            content = json.load(answer)
        assert isinstance(content, dict)
        return content

    def healthy(self) -> bool:
        try:
            return bool(self.ask("/healthz")["ok"])
        except urllib.error.HTTPError as error:
            error.close()
            return False


def until(true: Callable[[], object], what: str, seconds: float = START_S) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)


def publish(up: Up, text: str) -> None:
    """Returns once the broker has acknowledged the message."""
    command = [need("mosquitto_pub"), "-p", str(up.mqtt), "-q", "1", "-t", "zigbee2mqtt/door", "-m", text]
    subprocess.run(command, check=True)


def running(folder: Path) -> Iterator[Up]:
    need("mosquitto")
    up = Up(folder)
    try:
        until(lambda: "The page is open" in up.text or up.process.poll() is not None, "the page")
        yield up
    finally:
        if up.process.poll() is None:
            up.process.terminate()
            up.process.wait(100)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One for all who leave it running."""
    yield from running(tmp_path_factory.mktemp("up"))


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    yield from running(tmp_path)


def test_a_message_to_the_broker_is_in_the_api(shared: Up) -> None:
    token = str(shared.ask("/api/v1/token", form={"username": "admin", "password": PASSWORD})["access_token"])
    until(shared.healthy, "the listener to be connected")
    publish(shared, '{"temperature": 4.25}')

    def arrived() -> bool:
        items = shared.ask("/api/v1/readings/latest", token)["items"]
        assert isinstance(items, list)
        return any(item["device"] == "door" and item["value"] == 4.25 for item in items)

    until(arrived, "the reading")


def test_what_dies_comes_back(shared: Up) -> None:
    until(lambda: set(shared.services()) == {"broker", "ingest", "record", "alerts", "web"}, "every service")
    before = shared.services()["record"]
    before.kill()
    until(lambda: shared.services().get("record") not in (None, before), "a new recorder")
    assert re.search(r"^record +\| ended \(SIGKILL\); starting it again in 0.5 s$", shared.text, re.M)


def test_what_waits_while_the_listener_is_frozen_is_saved_before_mosquittos_own_minute(shared: Up) -> None:
    until(shared.healthy, "the listener to be connected")
    saved = shared.output.parent / "data" / "broker" / "mosquitto.db"
    listener = shared.services()["ingest"]
    listener.suspend()
    try:
        publish(shared, '{"temperature": 4.5, "waits": "for the listener"}')
        until(
            lambda: saved.exists() and b"for the listener" in saved.read_bytes(),
            "Mosquitto to save its queue",
            seconds=QUIET_S + 3 * SAVE_S,
        )
    finally:
        listener.resume()


def test_the_supervisor_itself_stays_small(shared: Up) -> None:
    assert psutil.Process(shared.process.pid).memory_full_info().pss < 15e6


def test_everything_together_stays_small(shared: Up) -> None:
    until(lambda: len(shared.services()) == 5, "every service")
    family = [psutil.Process(shared.process.pid), *shared.services().values()]
    assert sum(process.memory_full_info().pss for process in family) < 250e6


def test_all_end_with_a_killed_supervisor(shared: Up) -> None:
    until(lambda: len(shared.services()) == 5, "every service")
    alive = list(shared.services().values())
    shared.process.kill()  # it can say nothing to them any more
    shared.process.wait()
    _, left = psutil.wait_procs(alive, timeout=20)
    assert left == []


def test_a_signal_ends_everything_and_leaves_nobody_behind(up: Up) -> None:
    until(lambda: len(up.services()) == 5, "every service")
    alive = list(up.services().values())
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(100) == 0
    assert not any(process.is_running() for process in alive)
    assert "killed" not in up.text
    assert not answers(up.http)


def test_it_refuses_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        refused = Up(tmp_path, COLDSHED_MQTT_PORT=str(other.getsockname()[1]))
        assert refused.process.wait(START_S) == 2
    assert "COLDSHED_MQTT_PORT" in refused.text
    assert "Traceback" not in refused.text


def test_it_refuses_databases_of_a_newer_program(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with sqlite3.connect(tmp_path / "data" / "records.db") as tx:
        tx.execute("CREATE TABLE alembic_version (version_num TEXT)")
        tx.execute("INSERT INTO alembic_version VALUES ('9999')")
    tx.close()
    refused = Up(tmp_path)
    assert refused.process.wait(START_S) == 2
    assert "newer Coldshed" in refused.text


def test_the_demo_refuses_the_folder_of_a_real_federation(tmp_path: Path) -> None:
    dbs = Databases(tmp_path)
    create(dbs)
    with dbs.records.write() as tx:
        add_federation(tx, 0, "真的联合社", "真的", "jin", False)
    dbs.close()
    refused = Up(tmp_path, "--demo", COLDSHED_DATA_DIR=str(tmp_path))
    assert refused.process.wait(START_S) == 2
    assert "COLDSHED_DATA_DIR" in refused.text


def test_what_a_service_left_behind_may_still_speak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    orphan, script = tmp_path / "orphan", tmp_path / "service"
    os.mkfifo(orphan)
    script.write_text(f"#!/bin/sh\ncat {orphan} &\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    service = ServiceProcess("web", 3)
    with selectors.DefaultSelector() as selector:
        service.start(selector)
        assert service.process is not None
        service.process.wait()
        service.check_ended(time.monotonic())
        orphan.write_text("the last words\n")
        while selector.get_map():
            for key, _ in selector.select(10):
                key.data.read(selector, key.fileobj)
    assert "web | the last words" in capsys.readouterr().out
