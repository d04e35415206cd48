"""Settings: one table; what is wrong refuses to start, names the setting and says what to write."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coldshed import messages, settings_loader, settings_table
from coldshed.settings import setting_helps
from core.errors import SettingsError
from i18n.language import translator


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in list(os.environ):
        if variable.startswith("COLDSHED_"):
            monkeypatch.delenv(variable)
    messages.use_language(None)


def test_an_influxdb_needs_a_token_which_may_lie_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLDSHED_HISTORY_URL", "influxdb://box:8086/farm")
    assert "COLDSHED_HISTORY_TOKEN" in _refusal()
    (tmp_path / "token").write_text("secret\n")
    monkeypatch.setenv("COLDSHED_HISTORY_TOKEN_FILE", str(tmp_path / "token"))
    assert settings_loader.load().settings.history_token == "secret"


def _refusal() -> str:
    with pytest.raises(SettingsError) as refused:
        settings_loader.load()
    return str(refused.value)


def test_everything_has_a_default_that_is_right() -> None:
    settings = settings_loader.load().settings
    assert (settings.mqtt_port, settings.http_port) == (1883, 8000)
    assert (settings.mqtt_url, settings.mqtt_host, settings.mqtt_logins) == (None, "127.0.0.1", "shared")


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "coldshed.toml").write_text('http_port = 8100\nlang = "en"\n')
    monkeypatch.setenv("COLDSHED_HTTP_PORT", "8200")
    got = settings_loader.load()
    assert (got.settings.http_port, got.settings.lang) == (8200, "en")
    assert got.origins == {"http_port": "COLDSHED_HTTP_PORT", "lang": "coldshed.toml"}


def test_the_file_may_lie_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("http_port = 8100\n")
    monkeypatch.setenv("COLDSHED_CONFIG", str(tmp_path / "other.toml"))
    assert settings_loader.load().settings.http_port == 8100


def test_what_is_set_for_the_tests_of_this_machine_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_TEST_INFLUX_URL", "http://127.0.0.1:8086")
    assert settings_loader.load().settings.history_url == "sqlite"


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_MQTT_URL", "")
    assert settings_loader.load().settings.mqtt_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PORT", "abc"),
        ("HTTP_PORT", "0"),
        ("MQTT_PORT", "70000"),
        ("MQTT_URL", "http://somewhere"),
        ("MQTT_URL", "mqtt://"),
        ("DATABASE_URL", "mysql://somewhere/db"),
        ("DATABASE_URL", "postgresql://somewhere"),
        ("DATABASE_URL", "postgresql://somewhere:54320000/db"),
        ("DATABASE_URL", "postgresql://me:pass#word@somewhere/db"),
        ("HISTORY_URL", "influx"),
        ("HISTORY_URL", "influxdb://box:8086"),
        ("HISTORY_URL", "influxdb://box:80860/farm"),
        ("HISTORY_URL", "influxdb://token@box:8086/farm"),
        ("HISTORY_URL", "victoriametrics://"),
        ("HISTORY_URL", "victoriametrics://box/two words"),
        ("LANG", "fr"),
        ("TIMEZONE", "Moon/Crater"),
        ("KEEP_RAW_DAYS", "-1"),
        ("SMS_CHANNEL", "pigeon"),
        ("ESCALATE_AFTER_S", "soon"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_it_refuses_a_wrong_value_and_says_what_to_write(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"COLDSHED_{name}", value)
    text = _refusal()
    assert text.startswith(f"COLDSHED_{name} 不能是")
    assert setting_helps()[name.lower()].write in text


def test_it_names_every_wrong_setting_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "coldshed.toml").write_text('mqtt_port = "many"\n')
    monkeypatch.setenv("COLDSHED_HTTP_PORT", "abc")
    text = _refusal()
    assert "COLDSHED_HTTP_PORT 不能是 abc" in text
    assert "COLDSHED_MQTT_PORT 不能是 many（写在 coldshed.toml）" in text


def test_it_refuses_an_unknown_setting_and_guesses_what_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_HTP_PORT", "8000")
    assert _refusal() == "没有 COLDSHED_HTP_PORT 这个设置。是不是 COLDSHED_HTTP_PORT？"


def test_it_refuses_an_unknown_key_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "coldshed.toml").write_text("colour = 1\n")
    assert "COLDSHED_COLOUR" in _refusal()


def test_it_refuses_a_file_that_is_not_toml(tmp_path: Path) -> None:
    (tmp_path / "coldshed.toml").write_text("= = =")
    assert _refusal().startswith("coldshed.toml 读不了")


def test_it_speaks_the_language_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "coldshed.toml").write_text('lang = "en"\nhttp_port = 0\n')
    assert (
        _refusal()
        == "COLDSHED_HTTP_PORT cannot be 0 (written in coldshed.toml). Write: a number from 1 to 65535"
    )


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("long enough\n")
    monkeypatch.setenv("COLDSHED_ADMIN_PASSWORD_FILE", str(tmp_path / "word"))
    assert settings_loader.load().settings.admin_password == "long enough"


def test_it_refuses_a_secret_whose_file_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_ADMIN_PASSWORD_FILE", "/nowhere")
    assert "COLDSHED_ADMIN_PASSWORD_FILE" in _refusal()


def test_a_wrong_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_ADMIN_PASSWORD", "short")
    assert "short" not in _refusal()


def test_a_broker_open_to_others_needs_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_MQTT_HOST", "192.168.1.5")
    assert "COLDSHED_MQTT_PASSWORD" in _refusal()
    monkeypatch.setenv("COLDSHED_MQTT_PASSWORD", "p@ss w/rd")
    assert settings_loader.load().settings.mqtt_password == "p@ss w/rd"


def test_a_broker_where_each_has_a_login_of_its_own_needs_no_shared_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLDSHED_MQTT_HOST", "0.0.0.0")
    monkeypatch.setenv("COLDSHED_MQTT_LOGINS", "each")
    assert settings_loader.load().settings.mqtt_password is None


def test_a_shared_name_that_no_password_file_could_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_MQTT_USERNAME", "cold:shed")
    assert "COLDSHED_MQTT_USERNAME" in _refusal()


def test_a_certificate_without_its_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_MQTT_CERT_FILE", "/etc/ssl/box.crt")
    assert "COLDSHED_MQTT_KEY_FILE" in _refusal()


def test_an_encrypted_address_of_a_broker_is_taken_and_its_password_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLDSHED_MQTT_URL", "mqtts://box:secret@hub.example:8883")
    url = settings_loader.load().settings.mqtt_url
    assert settings_loader.shown("mqtt_url", url) == "mqtts://********@hub.example:8883"


def test_coarser_history_is_kept_at_least_as_long_as_finer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_KEEP_5M_DAYS", "10")
    assert "COLDSHED_KEEP_5M_DAYS" in _refusal()


def test_the_table_shows_values_and_origins_but_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_ADMIN_PASSWORD", "very secret")
    monkeypatch.setenv("COLDSHED_MQTT_URL", "mqtt://me:hidden@broker.example:1883")
    text = settings_table.table(settings_loader.load())
    assert "very secret" not in text
    assert "hidden" not in text
    assert "mqtt://********@broker.example:1883" in text
    assert all(settings_loader.variable_of(name) in text for name in setting_helps())


def test_every_text_of_the_table_has_its_english() -> None:
    english = translator("en")
    for setting_help in setting_helps().values():
        for text in (setting_help.purpose, setting_help.write):
            assert text.isascii() or english(text) != text, text


def test_every_sentence_of_the_command_line_has_its_english() -> None:
    english = translator("en")
    for path in Path(settings_loader.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "translated"
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and not str(first.value).isascii():
                    assert english(str(first.value)) != first.value, f"{path.name}:{node.lineno}"


def test_a_wrong_setting_ends_the_program_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_HTTP_PORT", "abc")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    for command in ("settings", "ingest", "up"):
        done = subprocess.run([sys.executable, "-m", "coldshed", command], capture_output=True, text=True)
        assert done.returncode == 2
        assert done.stderr.startswith("COLDSHED_HTTP_PORT")
        assert "Traceback" not in done.stderr
