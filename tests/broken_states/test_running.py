"""A house at work, its disk, its ports, and the programs that it needs: what is broken is said."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from coldshed.data import read_only_databases
from coldshed.doctor.checks import checks, sentence
from coldshed.service_process import claim_port
from coldshed.settings import Settings
from core.errors import SettingsError
from core.overview import box_health
from core.overview.check_results import CheckVerdict
from store.overview.box_figures import box_figures
from tests.broken_states import running
from tests.broken_states.state import BrokenState, says
from tests.e2e.test_frozen_services import HUNG_AFTER_S, House, until
from tests.support.databases import new_databases
from tests.support.machines import free_port


def doctor(settings: Settings) -> list[str]:
    """What is not good, in Chinese."""
    return [
        ": ".join(sentence(finding, "zh"))
        for _, look in checks(settings, thorough=False)
        for finding in look()
        if finding.verdict != CheckVerdict.OK
    ]


def check_doctor(state: BrokenState, settings: Settings, times: int = 1) -> None:
    shown = doctor(settings)
    for notice in state.notices:
        if notice.who == "doctor":
            assert sum(says(notice.text, text) for text in shown) >= times, shown


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    new_databases(tmp_path).close()
    return Settings(data_dir=tmp_path, mqtt_port=free_port(), http_port=free_port())


@pytest.mark.parametrize(
    ("state", "name"), [(running.PAGE_PORT, "http_port"), (running.BROKER_PORT, "mqtt_port")]
)
def test_a_port_that_is_taken_is_named_with_its_owner(
    state: BrokenState, name: str, settings: Settings
) -> None:
    port = getattr(settings, name)
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(SettingsError) as refused:
            claim_port("127.0.0.1", port, name)
        assert says(running.PORT, str(refused.value))
        check_doctor(state, settings)
        assert any(f"({psutil.Process().pid})" in text for text in doctor(settings))


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        (running.POSTGRESQL_AWAY, {"database_url": "postgresql://c:d@127.0.0.1:1/c"}),
        (running.HISTORY_AWAY, {"history_url": "influxdb://127.0.0.1:1/c", "history_token": "t"}),
        (running.UPS_AWAY, {"ups": "nobody@127.0.0.1"}),
        (running.BACKUP_DISK_AWAY, {"backup_dir": Path("/nowhere/stick")}),
    ],
)
def test_what_the_house_needs_and_does_not_get_is_named(
    state: BrokenState, changes: dict[str, object], settings: Settings
) -> None:
    values = {name: getattr(settings, name) for name in ("data_dir", "mqtt_port", "http_port")}
    check_doctor(state, Settings(**{**values, **changes}))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own, with a house."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,nr_inodes=40", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a file system cannot be mounted here")
    new_databases(folder).close()
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _break_disk(disk: Path, issue: str) -> None:
    if issue == box_health.READ_ONLY:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        return
    try:
        for number in range(1000):
            (disk / f"file-{number}").write_bytes(bytes(1 << 20 if issue == box_health.DISK_FULL else 0))
    except OSError:
        pass


@pytest.mark.parametrize("issue", running.DISKS)
def test_a_disk_that_takes_nothing_is_named(issue: str, disk: Path) -> None:
    settings = Settings(data_dir=disk, mqtt_port=free_port(), http_port=free_port())
    _break_disk(disk, issue)
    check_doctor(running.DISKS[issue], settings)
    with closing(read_only_databases(settings)) as dbs:
        names = [trouble.name for trouble in box_health.box_troubles(box_figures(dbs), 0)]
    assert issue in names


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    frozen: list[psutil.Process] = []
    try:
        until(house.is_well, house.text)
        frozen = [psutil.Process(house.up.pid), *house.services().values()]
        yield house
    finally:
        for process in frozen:
            with suppress(psutil.NoSuchProcess):  # the supervisor may have killed it just now
                process.send_signal(signal.SIGCONT)
        house.up.terminate()
        try:
            house.up.wait(60)
        finally:
            house.up.kill()


@pytest.mark.timeout(180)
def test_what_freezes_or_goes_is_named(house: House) -> None:
    """With the supervisor frozen, nobody mends what the others are asked about."""
    settings = Settings(
        data_dir=house.data, mqtt_port=house.mqtt_port, http_port=house.port, hung_after_s=HUNG_AFTER_S
    )
    services = house.services()
    frozen = {
        name: psutil.Process(house.up.pid) if name == "up" else services[name] for name in running.FROZEN
    }
    for process in frozen.values():
        process.send_signal(signal.SIGSTOP)

    def reasons() -> set[str]:
        troubles = house.health().get("services", [])
        assert isinstance(troubles, list)
        return {f"{trouble['service']}-{trouble['trouble']}" for trouble in troubles}

    wanted = {
        notice.text
        for state in running.FROZEN.values()
        for notice in state.notices
        if notice.who == "healthz"
    }
    until(lambda: wanted <= reasons(), lambda: str(reasons()), HUNG_AFTER_S + 15)
    check_doctor(running.FROZEN["alerts"], settings, times=len(frozen))
    for name in ("alerts", "record", "ingest"):
        frozen[name].send_signal(signal.SIGCONT)
    until(lambda: reasons() == {"up-hung"}, lambda: str(reasons()))
    services["web"].send_signal(signal.SIGSTOP)
    services["broker"].send_signal(signal.SIGSTOP)
    check_doctor(running.PAGE_FROZEN, settings)
    check_doctor(running.BROKER_FROZEN, settings)
    services["web"].send_signal(signal.SIGCONT)
    os.kill(services["broker"].pid, signal.SIGKILL)
    until(
        lambda: house.health().get("reason") == running.NOT_CONNECTED,
        house.text,
        running.BROKER_GONE.notices[0].within_s,
    )
    until(lambda: running.REFUSED in house.issues(), house.text, running.BROKER_GONE.notices[2].within_s)
    check_doctor(running.BROKER_GONE, settings)
