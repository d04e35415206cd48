"""Reads the settings: environment variables, secrets from files, `coldshed.toml`.

A wrong or unknown setting prevents the start; the error names the setting and says what to write.
"""

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from alerts.channels import CHANNELS
from coldshed.messages import translated, use_language
from coldshed.settings import (
    PREFIX,
    SQLITE,
    Settings,
    channel_defaults,
    required_settings,
    setting_helps,
    setting_types,
)
from core.devices.credentials import login_name
from core.errors import SettingsError
from core.readings.history_url import INFLUXDB
from core.readings.history_url import parse as parse_history

CONFIG = "COLDSHED_CONFIG"
"""Path of coldshed.toml; not a setting itself."""
TESTS = "COLDSHED_TEST_"
"""Prefix of the tests' variables; ignored here."""
FILE_NAME = "coldshed.toml"
HIDDEN = "********"


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    settings: Settings
    origins: Mapping[str, str]
    """Setting -> its source: an environment variable or a file. Settings with their default are not
    included."""


@dataclass
class _SettingSources:
    """The values that were read, their sources, and the errors."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)


def load() -> LoadedSettings:
    """Returns the effective settings. Raises SettingsError with a text that names every wrong setting."""
    sources = _SettingSources()
    _read_toml(sources)
    _read_environment(sources)
    types = setting_types()
    valid: dict[str, Any] = {}
    for name, value in sources.values.items():
        try:
            valid[name] = _convert(name, types[name], value)
        except (ValueError, LookupError, OSError):
            sources.refusals.append(_refusal(name, sources))
    own = {name: value for name, value in valid.items() if name in Settings.__struct_fields__}
    of_channels = {name: value for name, value in valid.items() if name not in own}
    settings = Settings(**own, channel_settings=channel_defaults() | of_channels)
    sources.refusals += check_combinations(settings)
    if sources.refusals:
        raise SettingsError("\n".join(sources.refusals))
    return LoadedSettings(settings, sources.origins)


def variable_of(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def shown(name: str, value: object) -> str:
    """The value for display: secrets are hidden, URLs have no password."""
    if value is None:
        return ""
    if name == "database_url" and value == SQLITE:
        return SQLITE
    if name in ("mqtt_url", "database_url") and "://" in str(value):
        scheme, rest = str(value).split("://", 1)
        return f"{scheme}://{HIDDEN}@{rest.rsplit('@', 1)[1]}" if "@" in rest else str(value)
    if setting_helps()[name].secret:
        return HIDDEN
    return str(value).lower() if isinstance(value, bool) else str(value)


def settings_file() -> Path | None:
    """The file of settings: the one that is named, or the one in this folder; None without either."""
    named = os.environ.get(CONFIG)
    file = Path(named or FILE_NAME)
    return file if named or file.exists() else None


def _read_toml(sources: _SettingSources) -> None:
    file = settings_file()
    if file is None:
        return
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        sources.refusals.append(translated("%(file)s 读不了：%(error)s", file=file, error=error))
        return
    use_language(content.get("lang"))
    helps = setting_helps()
    for name, value in content.items():
        if name in helps:
            sources.values[name], sources.origins[name] = value, str(file)
        else:
            sources.refusals.append(_unknown(name) + translated("（写在 %(origin)s）", origin=file))


def _read_environment(sources: _SettingSources) -> None:
    """Environment variables override the file. An empty variable counts as not set."""
    helps = setting_helps()
    for variable, value in sorted(os.environ.items(), reverse=True):  # X_FILE comes before X, so X wins
        if not variable.startswith(PREFIX) or variable == CONFIG or not value:
            continue
        if variable.startswith(TESTS):
            continue
        name = variable.removeprefix(PREFIX).lower()
        secret = name.removesuffix("_file")
        if name in helps:
            sources.values[name], sources.origins[name] = value, variable
        elif secret in helps and helps[secret].secret:
            _read_secret(sources, secret, variable, value)
        else:
            sources.refusals.append(_unknown(name))


def _read_secret(sources: _SettingSources, name: str, variable: str, file: str) -> None:
    try:
        sources.values[name] = Path(file).read_text("utf-8").rstrip("\r\n")
        sources.origins[name] = file
    except (OSError, ValueError) as error:
        text = translated("%(name)s：%(file)s 读不了：%(error)s", name=variable, file=file, error=error)
        sources.refusals.append(text)


def _convert(name: str, kind: Any, written: object) -> object:
    """Converts the value to the setting's type. Raises ValueError or LookupError if it is invalid."""
    value = msgspec.convert(written, kind, strict=False, dec_hook=lambda cls, text: cls(text))
    if name == "sms_channel" and value not in CHANNELS:
        raise LookupError(value)
    if name == "timezone":
        ZoneInfo(str(value))
    if name == "history_url":
        parse_history(str(value))
    if name == "database_url" and value != SQLITE:
        _check_postgresql(str(value))
    if name in ("mqtt_url", "mqtt_public_url"):
        urlsplit(str(value)).port  # noqa: B018 - raises ValueError if out of range
    if name == "mqtt_username":
        login_name(str(value))
    return value


def _check_postgresql(url: str) -> None:
    """Raises ValueError if the URL names no database, or its port or password is invalid."""
    parts = urlsplit(url)
    parts.port  # noqa: B018 - raises ValueError if out of range
    if len(parts.path) < 2 or parts.fragment:
        raise ValueError(url)


def _unknown(name: str) -> str:
    similar = difflib.get_close_matches(name, setting_helps(), 1)
    text = translated("没有 %(name)s 这个设置。", name=variable_of(name))
    return text + (translated("是不是 %(near)s？", near=variable_of(similar[0])) if similar else "")


def _refusal(name: str, sources: _SettingSources) -> str:
    setting_help = setting_helps()[name]
    value = HIDDEN if setting_help.secret else sources.values[name]
    text = translated("%(name)s 不能是 %(value)s", name=variable_of(name), value=value)
    if sources.origins[name] != variable_of(name):
        text += translated("（写在 %(origin)s）", origin=sources.origins[name])
    return text + translated("。请写：%(write)s", write=translated(setting_help.write))


def check_combinations(settings: Settings) -> list[str]:
    """One sentence per combination of settings that conflict, although each value is valid."""
    refusals = []
    own_broker = settings.mqtt_url is None
    has_logins = settings.mqtt_password is not None or settings.mqtt_logins == "each"
    if own_broker and not has_logins and not _is_loopback(settings.mqtt_host):
        refusals.append(
            translated(
                "COLDSHED_MQTT_HOST 是 %(host)s，谁都连得上：请写 COLDSHED_MQTT_PASSWORD，"
                "或者让每个设备用自己的登录：COLDSHED_MQTT_LOGINS=each",
                host=settings.mqtt_host,
            )
        )
    if (settings.mqtt_cert_file is None) != (settings.mqtt_key_file is None):
        refusals.append(translated("COLDSHED_MQTT_CERT_FILE 和 COLDSHED_MQTT_KEY_FILE 要写就都写"))
    if not settings.keep_raw_days <= settings.keep_5m_days <= settings.keep_1h_days:
        refusals.append(
            translated(
                "COLDSHED_KEEP_RAW_DAYS、COLDSHED_KEEP_5M_DAYS、COLDSHED_KEEP_1H_DAYS 要一个不小于前一个"
            )
        )
    if settings.history_url.startswith(INFLUXDB) and settings.history_token is None:
        refusals.append(
            translated("COLDSHED_HISTORY_URL 是 InfluxDB，没有口令进不去：请写 COLDSHED_HISTORY_TOKEN")
        )
    refusals += [
        translated(
            "COLDSHED_SMS_CHANNEL 是 %(channel)s，还要写 %(name)s",
            channel=settings.sms_channel,
            name=variable_of(name),
        )
        for name in required_settings(settings.sms_channel)
        if name not in settings.channel_settings
    ]
    return refusals


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
