"""`coldshed devices` at the terminal: given out, listed, taken back; and what it refuses."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coldshed import broker_credentials
from coldshed.commands import app
from coldshed.settings import Settings
from core.devices.credentials import is_password
from core.devices.device_settings import IssuedCredential, settings_text
from core.devices.setting_lines import BrokerServer
from store.database import Databases
from store.devices import credentials, devices

Run = Callable[..., Result]


@pytest.fixture
def run(dbs: Databases, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLDSHED_DATA_DIR", str(dbs.data_dir))
    monkeypatch.setenv("COLDSHED_LANG", "en")
    return lambda *words: CliRunner().invoke(app, ["devices", *words])


def _active(dbs: Databases) -> dict[str, credentials.Credential]:
    with dbs.records.read() as tx:
        return {credential.name: credential for credential in credentials.active(tx)}


def test_a_login_is_printed_once_and_its_files_are_there(dbs: Databases, run: Run) -> None:
    result = run("credentials", "probe-1")
    assert result.exit_code == 0
    password = next(line for line in result.output.splitlines() if line.startswith("password: ")).split()[1]
    assert is_password(password, _active(dbs)["probe-1"].password)
    acl = (
        broker_credentials.own_folder(Settings(data_dir=dbs.data_dir)) / broker_credentials.ACL
    ).read_text()
    assert "user probe-1\ntopic readwrite coldshed/v1/probe-1/#\n" in acl
    assert password not in run("list", "--all").output


def test_many_come_from_a_file_each_with_a_password_of_its_own(
    dbs: Databases, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "probes.txt"
    file.write_text("# ours\nprobe-1\n\nth1,tasmota\ngw,sparkplug,yuci/gw1\n", "utf-8")
    result = run("credentials", "--from", str(file), "--table")
    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines() if line.strip()]
    assert [(row[0], row[2]) for row in rows] == [
        ("probe-1", "coldshed"),
        ("th1", "tasmota"),
        ("gw", "sparkplug"),
    ]
    assert len({row[1] for row in rows}) == 3
    assert _active(dbs)["gw"].at == "yuci/gw1"


def test_one_that_cannot_be_stops_all_of_them(dbs: Databases, run: Run) -> None:
    result = run("credentials", "probe-1", "a b", "probe-2")
    assert result.exit_code == 2
    assert "Not a login name" in result.output
    assert _active(dbs) == {}


def test_a_device_that_was_heard_gets_the_rights_of_its_family(dbs: Databases, run: Run) -> None:
    with dbs.journal.write() as tx:
        devices.record_last_seen(tx, 1, {"th1": "tasmota", "odd": "recipe"})
    assert run("credentials", "th1", "odd").exit_code == 0
    assert {name: credential.family for name, credential in _active(dbs).items()} == {
        "th1": "tasmota",
        "odd": "coldshed",
    }


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Name the devices"),
        (("x", "--family", "nonsense"), "no such kind of device"),
        (("coldshed-service",), "login of the system itself"),
        (("coldshed",), "login of the system itself"),
        (("usr", "--family", "other"), "to which topic"),
        (("usr", "--family", "other", "--topic", "#"), "cannot all be given to one"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    dbs: Databases, run: Run, words: tuple[str, ...], sentence: str
) -> None:
    result = run("credentials", *words)
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output
    assert _active(dbs) == {}


def test_twice_is_refused_unless_it_is_meant(dbs: Databases, run: Run) -> None:
    run("credentials", "probe-1")
    before = _active(dbs)["probe-1"].password
    assert run("credentials", "probe-1").exit_code == 2
    assert _active(dbs)["probe-1"].password == before
    assert run("credentials", "probe-1", "--renew").exit_code == 0
    assert _active(dbs)["probe-1"].password != before


def test_taken_back_it_is_out_of_the_files_and_in_the_list_of_those_that_were(
    dbs: Databases, run: Run
) -> None:
    run("credentials", "probe-1", "probe-2")
    assert run("revoke", "probe-1").exit_code == 0
    assert run("revoke", "probe-1").exit_code == 2
    folder = broker_credentials.own_folder(Settings(data_dir=dbs.data_dir))
    assert {login.name for login in broker_credentials.read(folder) or ()} == {
        broker_credentials.SERVICE_NAME,
        "probe-2",
    }
    assert "probe-1" not in run("list").output
    assert "probe-1" in run("list", "--all").output


def test_a_broker_that_is_not_ours_to_manage_is_left_alone(
    dbs: Databases, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDSHED_MQTT_URL", "mqtt://broker.example")
    result = run("credentials", "probe-1")
    assert result.exit_code == 2
    assert "COLDSHED_MQTT_LOGINS_DIR" in result.output
    assert _active(dbs) == {}


def test_a_quote_in_a_name_breaks_no_settings_file() -> None:
    text = settings_text(
        BrokerServer("hub.example", 8883, True), IssuedCredential("it's", "pass", "zigbee2mqtt")
    )
    assert "user: 'it''s'\n" in text
    assert "server: 'mqtts://hub.example:8883'\n" in text
