"""One line in the list of channels brings everything else with it."""

import os
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alerts.channels import CHANNELS
from coldshed import last_word, settings_loader
from coldshed.channels import chosen_channel
from coldshed.doctor.checks import checks
from coldshed.settings import Settings
from coldshed.settings_table import table
from coldshed.web_service import build
from core.errors import SettingsError
from core.overview.check_results import CheckVerdict
from core.people.people import NewPerson, Role
from store.database import Databases
from store.live import Hub
from store.notifications import notifications
from store.people import federation, people
from tests.support import tiny_channel
from tests.support.channel_shape import ROOT, missing_of_channel
from tests.support.tiny_channel.channel import TinyChannel

NOW = 1_768_360_786_000


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The line, and a machine whose settings choose that channel."""
    monkeypatch.chdir(tmp_path)
    for variable in list(os.environ):
        if variable.startswith("COLDSHED_"):
            monkeypatch.delenv(variable)
    monkeypatch.setitem(CHANNELS, "tiny", f"{tiny_channel.__name__}.channel:open_channel")
    monkeypatch.setenv("COLDSHED_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLDSHED_SMS_CHANNEL", "tiny")
    monkeypatch.setenv("COLDSHED_TINY_KEY", "hush hush")


def _settings() -> Settings:
    return settings_loader.load().settings


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_has_docs_settings_docs_and_tests(name: str) -> None:
    assert missing_of_channel(name) == []


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_calls_itself_as_the_list_does(name: str, tmp_path: Path) -> None:
    assert chosen_channel(Settings(data_dir=tmp_path, sms_channel=name)).name == name


@pytest.mark.usefixtures("tiny")
def test_it_is_named_what_a_new_channel_lacks() -> None:
    lacks = "\n".join(missing_of_channel("tiny"))
    assert "docs/channels.md" in lacks
    assert "COLDSHED_TINY_KEY" in lacks
    assert "COLDSHED_TINY_RETRIES" in lacks
    assert "tests/alerts/channels/test_tiny.py" in lacks


def test_the_steps_of_the_docs_name_files_that_the_pretend_channel_has() -> None:
    text = (ROOT / "docs/channels.md").read_text("utf-8")
    steps = text.split("## A channel of your own")[1].split("## `")[0]
    files = set(re.findall(r"`([\w/<>.]+/[\w<>.]+)`", steps))
    assert len(files) >= 5
    assert [name for name in files if not (ROOT / name.replace("<name>", "pretend")).exists()] == []


@pytest.mark.usefixtures("tiny")
def test_its_settings_are_read_like_any_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _settings().channel_settings == {"tiny_key": "hush hush", "tiny_retries": 3}
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.delenv("COLDSHED_TINY_KEY")
    monkeypatch.setenv("COLDSHED_TINY_KEY_FILE", str(tmp_path / "key"))
    (tmp_path / "coldshed.toml").write_text("tiny_retries = 5\n")
    assert _settings().channel_settings == {"tiny_key": "from a file", "tiny_retries": 5}
    monkeypatch.setenv("COLDSHED_TINY_RETRIES", "10")
    with pytest.raises(SettingsError, match="COLDSHED_TINY_RETRIES 不能是 10"):
        _settings()


@pytest.mark.usefixtures("tiny")
def test_what_the_chosen_channel_needs_must_be_there_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLDSHED_TINY_KEY")
    with pytest.raises(SettingsError, match="COLDSHED_TINY_KEY"):
        _settings()
    monkeypatch.setenv("COLDSHED_SMS_CHANNEL", "pretend")
    assert _settings().sms_channel == "pretend"


@pytest.mark.usefixtures("tiny")
def test_the_refusal_of_an_unknown_channel_names_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_SMS_CHANNEL", "pigeon")
    with pytest.raises(SettingsError, match="pretend、tiny"):
        _settings()


@pytest.mark.usefixtures("tiny")
def test_the_table_of_settings_has_it_without_its_secret() -> None:
    text = table(settings_loader.load())
    assert "小网关试几次" in text
    assert "COLDSHED_TINY_KEY" in text
    assert "hush" not in text


@pytest.mark.usefixtures("tiny")
def test_doctor_says_whether_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = dict(checks(_settings()))["短信"]()
    assert (finding.verdict, finding.facts["name"], finding.facts["n"]) == (CheckVerdict.OK, "tiny", 7)
    monkeypatch.setenv("COLDSHED_TINY_KEY", "revoked")
    (finding,) = dict(checks(_settings()))["短信"]()
    assert (finding.verdict, finding.facts["why"]) == (CheckVerdict.BAD, "the key is refused")


@pytest.mark.usefixtures("tiny")
def test_the_last_word_goes_out_by_it(dbs: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    with dbs.records.write() as tx:
        federation.add_site(tx, 0, "古池库区", None)
        people.add_person(tx, 0, NewPerson(name="李经理", role=Role.MANAGER, phone="13800000003"))
    monkeypatch.setattr(last_word, "WAIT_S", 0.0)
    last_word.run(_settings(), 4)
    with dbs.records.read() as tx:
        (notification,) = notifications.notifications(tx, status="queued")
    assert notification.channel == "tiny"


@pytest.mark.usefixtures("tiny")
def test_the_page_asks_it_for_credit_and_shows_no_pretend_phones(dbs: Databases) -> None:
    app = build(_settings(), dbs, Hub(dbs, lambda: NOW))
    with TestClient(app) as client:
        assert client.get("/phones/state").status_code == 404


@pytest.mark.usefixtures("tiny")
def test_every_process_opens_the_same_one() -> None:
    channel = chosen_channel(_settings())
    assert isinstance(channel, TinyChannel)
    assert channel.send("138", "好了", "key") == "1"
