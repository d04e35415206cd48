"""deploy/mosquitto as docker-compose runs it: its script and settings with Debian's Mosquitto."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import psutil
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from coldshed import broker
from coldshed.bridge import bridge_config
from coldshed.settings import Settings
from store.database import Databases
from store.devices import credentials
from store.devices.credentials import NewCredential
from tests.coldshed.conftest import until
from tests.support.machines import answers, free_port, need

DEPLOY = Path(__file__).parents[2] / "deploy/mosquitto"


class Deployed:
    def __init__(self, folder: Path) -> None:
        need("mosquitto")
        self.port = free_port()
        self.logins = folder / "logins"
        self.logins.mkdir()
        data = folder / "data"
        data.mkdir()
        if os.geteuid() == 0:
            for path in (folder, *folder.parents):
                if path.owner() == "root" and path.stat().st_mode & 0o005 == 0:
                    path.chmod(path.stat().st_mode | 0o011)  # Mosquitto goes on as another user
            shutil.chown(data, "mosquitto")
        shutil.copytree(DEPLOY / "conf.d", folder / "conf.d")
        text = (DEPLOY / "mosquitto.conf").read_text("utf-8")
        for old, new in (
            ("listener 1883", f"listener {self.port} 127.0.0.1"),
            ("/mosquitto/config/conf.d", str(folder / "conf.d")),
            ("/mosquitto/data", str(data)),
        ):
            assert old in text
            text = text.replace(old, new)
        (folder / "mosquitto.conf").write_text(text)
        self.own = data / "logins"
        environment = {
            "PATH": f"{os.environ['PATH']}:/usr/sbin",
            "CONFIG": str(folder / "mosquitto.conf"),
            "LOGINS": str(self.logins),
            "OWN": str(self.own),
            "EVERY": "0.2",
            "ANSWER": "0.5",
        }
        self.process = subprocess.Popen(["sh", str(DEPLOY / "start.sh")], env=environment)
        until(lambda: answers(self.port), 30)

    def code(self, name: str = "", password: str = "") -> int:
        codes: list[int] = []
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.on_connect = lambda _c, _d, _f, code, _p: codes.append(int(code.value))
        if name:
            client.username_pw_set(name, password)
        client.connect("127.0.0.1", self.port)
        end = time.monotonic() + 10
        while not codes and time.monotonic() < end:
            client.loop(0.05)
        client.disconnect()
        client.loop(0.05)
        return codes[0]


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployed]:
    made = Deployed(tmp_path)
    yield made
    made.process.terminate()
    assert made.process.wait(20) in (0, 143)
    assert not answers(made.port)


def test_it_takes_new_logins_and_keeps_them_for_mosquittos_eyes(deployed: Deployed, dbs: Databases) -> None:
    assert deployed.code() != 0  # before the first logins come nobody is let in
    settings = Settings(
        data_dir=dbs.data_dir,
        mqtt_url=f"mqtt://box:secret@127.0.0.1:{deployed.port}",
        mqtt_logins_dir=deployed.logins,
    )
    broker.update_files(settings, dbs)
    until(lambda: deployed.code("box", "secret") == 0)
    with dbs.records.write() as tx:
        password = credentials.issue(tx, 1, NewCredential(name="probe-1"))
    broker.update_files(settings, dbs)
    until(lambda: deployed.code("probe-1", password) == 0)
    with dbs.records.write() as tx:
        credentials.revoke(tx, 2, "probe-1")
    broker.update_files(settings, dbs)
    until(lambda: deployed.code("probe-1", password) != 0)
    assert deployed.code("box", "secret") == 0
    assert {(deployed.own / name).stat().st_mode & 0o077 for name in ("passwords", "acl")} == {0}


def test_one_that_is_frozen_ends_so_that_the_container_starts_again(tmp_path: Path) -> None:
    deployed = Deployed(tmp_path)
    try:
        (broker_process,) = (
            child for child in psutil.Process(deployed.process.pid).children() if "mosquitto" in child.name()
        )
        broker_process.send_signal(signal.SIGSTOP)
        assert deployed.process.wait(60) == 128 + signal.SIGKILL
        assert not broker_process.is_running()
    finally:
        deployed.process.kill()


def test_the_example_of_a_bridge_is_the_beginning_of_a_real_one() -> None:
    text = (DEPLOY / "bridge.conf.example").read_text("utf-8")
    example = {line for line in text.splitlines() if line and not line.startswith("#")}
    real = set(bridge_config("guchi", "mqtts://guchi:x@hub.example").splitlines())
    assert {line for line in example if not line.startswith("remote_password")} <= real
