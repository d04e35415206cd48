"""A broker of each kind as `coldshed broker` runs it, with its logins."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coldshed import broker, broker_credentials
from coldshed.settings import Settings
from store.devices import credentials
from store.devices.credentials import NewCredential
from tests.support.databases import new_databases
from tests.support.machines import answers, free_port, need

ROOT = Path(__file__).parents[2]
AMQTT = "from coldshed import broker, services; broker.mosquitto = lambda: None; services.run('broker')"


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


class OwnBroker:
    """`coldshed broker` on a loopback port, its databases, and logins that are in force at once."""

    def __init__(self, folder: Path, kind: str, **more: str) -> None:
        if kind == "mosquitto":
            need("mosquitto")
        self.kind, self.port = kind, free_port()
        self.settings = Settings(data_dir=folder, mqtt_port=self.port, **more)  # type: ignore[arg-type]
        self.dbs = new_databases(folder)
        variables = {f"COLDSHED_{name.upper()}": value for name, value in more.items()}
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COLDSHED_")},
            **variables,
            "COLDSHED_DATA_DIR": str(folder),
            "COLDSHED_MQTT_PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
        }
        self.log = folder / "broker.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["-c", AMQTT] if self.kind == "amqtt" else ["-m", "coldshed", "broker"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command], env=self._environment, stdout=log, stderr=log
            )
        until(lambda: answers(self.port), 60)

    def stop(self) -> None:
        """Leaves no process and no open file behind, also where the broker did not start or does not end."""
        self.dbs.close()
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(60)
            finally:
                self.process.kill()
                self.process.wait()

    def restart(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(60)
        self.start()

    def issue(self, name: str, family: str = "coldshed", at: str = "", renew: bool = False) -> str:
        with self.dbs.records.write() as tx:
            password = credentials.issue(tx, 1, NewCredential(name=name, family=family, at=at), renew=renew)
        self.in_force()
        return password

    def revoke(self, name: str) -> None:
        with self.dbs.records.write() as tx:
            credentials.revoke(tx, 2, name)
        self.in_force()

    def in_force(self) -> None:
        broker.update_files(self.settings, self.dbs)
        broker.reload_logins(broker.running_broker(self.settings))

    def service(self) -> tuple[str, str]:
        return broker_credentials.SERVICE_NAME, broker_credentials.password_of(
            self.settings, broker_credentials.SERVICE_NAME
        )


@pytest.fixture(params=["mosquitto", "amqtt"])
def own_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OwnBroker]:
    """Open until the first login, as it comes."""
    broker = OwnBroker(tmp_path, request.param)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
