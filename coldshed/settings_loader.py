"""Reads what was given as settings: the environment, secrets from files, `coldshed.toml`.

What is wrong or unknown refuses to start, and says which setting it is and what to write there.
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

from coldshed.settings import KINDS, PREFIX, SQLITE, TOLD, Settings
from core.devices.credentials import login_name
from core.errors import SettingsError
from core.readings.history_url import INFLUXDB
from core.readings.history_url import parse as parse_history

CONFIG = "COLDSHED_CONFIG"  # says where coldshed.toml lies; no setting itself
TESTS = "COLDSHED_TEST_"  # what tests may use on this machine; none of ours
FILE_NAME = "coldshed.toml"
HIDDEN = "********"

_written: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    settings: Settings
    origins: Mapping[str, str]
    """Where each value came from, by setting: a variable of the environment or a file; missing: default."""


@dataclass
class _SettingSources:
    """What was written, where, and what is wrong with it."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def say(text: str, **facts: object) -> str:
    """A sentence of ours in the language asked for, which may be the very setting that is wrong."""
    from i18n.language import translator  # not in memory where nothing is to be said

    lang = os.environ.get(f"{PREFIX}LANG") or _written.get("lang")
    return translator("en" if lang == "en" else "zh")(text) % facts


def load() -> LoadedSettings:
    """The settings in force. Raises `SettingsError` whose text names every wrong one."""
    found = _SettingSources()
    _from_toml(found)
    _from_environment(found)
    right: dict[str, Any] = {}
    for name, value in found.values.items():
        try:
            right[name] = _converted(name, value)
        except (ValueError, LookupError, OSError):
            found.wrong.append(_refusal(name, found))
    settings = Settings(**right)
    found.wrong += _at_odds(settings)
    if found.wrong:
        raise SettingsError("\n".join(found.wrong))
    return LoadedSettings(settings, found.origins)


def variable_of(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def shown(name: str, value: object) -> str:
    """A value as people may see it: secrets never, of an address with a password the rest."""
    if value is None:
        return ""
    if name == "database_url" and value == SQLITE:
        return SQLITE
    if name in ("mqtt_url", "database_url") and "://" in str(value):
        scheme, rest = str(value).split("://", 1)
        return f"{scheme}://{HIDDEN}@{rest.rsplit('@', 1)[1]}" if "@" in rest else str(value)
    return HIDDEN if TOLD[name].secret else str(value).lower() if isinstance(value, bool) else str(value)


def _from_toml(found: _SettingSources) -> None:
    named = os.environ.get(CONFIG)
    file = Path(named or FILE_NAME)
    if not named and not file.exists():
        return
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        found.wrong.append(say("%(file)s 读不了：%(error)s", file=file, error=error))
        return
    _written.update(written)
    for name, value in written.items():
        if name in TOLD:
            found.values[name], found.origins[name] = value, str(file)
        else:
            found.wrong.append(_unknown(name) + say("（写在 %(origin)s）", origin=file))


def _from_environment(found: _SettingSources) -> None:
    """Goes before the file. An empty variable counts as none."""
    for variable, value in sorted(os.environ.items(), reverse=True):  # X itself after X_FILE
        if not variable.startswith(PREFIX) or variable == CONFIG or not value:
            continue
        if variable.startswith(TESTS):
            continue
        name = variable.removeprefix(PREFIX).lower()
        secret = name.removesuffix("_file")
        if name in TOLD:
            found.values[name], found.origins[name] = value, variable
        elif secret in TOLD and TOLD[secret].secret:
            try:
                found.values[secret] = Path(value).read_text("utf-8").rstrip("\r\n")
                found.origins[secret] = value
            except (OSError, ValueError) as error:
                text = say("%(name)s：%(file)s 读不了：%(error)s", name=variable, file=value, error=error)
                found.wrong.append(text)
        else:
            found.wrong.append(_unknown(name))


def _converted(name: str, value: object) -> object:
    """Raises ValueError or LookupError where it cannot be."""
    right = msgspec.convert(value, KINDS[name], strict=False, dec_hook=lambda kind, given: kind(given))
    if name == "timezone":
        ZoneInfo(str(right))
    if name == "history_url":
        parse_history(str(right))
    if name == "database_url" and right != SQLITE:
        _postgresql(str(right))
    if name in ("mqtt_url", "mqtt_public_url"):
        urlsplit(str(right)).port  # noqa: B018 - a ValueError where it is out of range
    if name == "mqtt_username":
        login_name(str(right))
    return right


def _postgresql(url: str) -> None:
    """Raises ValueError where it names no database, or has a port or a password that cannot be."""
    parts = urlsplit(url)
    parts.port  # noqa: B018 - a ValueError where it is out of range
    if len(parts.path) < 2 or parts.fragment:
        raise ValueError(url)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, TOLD, 1)
    text = say("没有 %(name)s 这个设置。", name=variable_of(name))
    return text + (say("是不是 %(near)s？", near=variable_of(near[0])) if near else "")


def _refusal(name: str, found: _SettingSources) -> str:
    value = HIDDEN if TOLD[name].secret else found.values[name]
    text = say("%(name)s 不能是 %(value)s", name=variable_of(name), value=value)
    if found.origins[name] != variable_of(name):
        text += say("（写在 %(origin)s）", origin=found.origins[name])
    return text + say("。请写：%(write)s", write=say(TOLD[name].write))


def _at_odds(settings: Settings) -> list[str]:
    """What is right alone and wrong together."""
    wrong = []
    own = settings.mqtt_url is None
    known = settings.mqtt_password is not None or settings.mqtt_logins == "each"
    if own and not known and not _only_here(settings.mqtt_host):
        wrong.append(
            say(
                "COLDSHED_MQTT_HOST 是 %(host)s，谁都连得上：请写 COLDSHED_MQTT_PASSWORD，"
                "或者让每个设备用自己的登录：COLDSHED_MQTT_LOGINS=each",
                host=settings.mqtt_host,
            )
        )
    if (settings.mqtt_cert_file is None) != (settings.mqtt_key_file is None):
        wrong.append(say("COLDSHED_MQTT_CERT_FILE 和 COLDSHED_MQTT_KEY_FILE 要写就都写"))
    if not settings.keep_raw_days <= settings.keep_5m_days <= settings.keep_1h_days:
        wrong.append(
            say("COLDSHED_KEEP_RAW_DAYS、COLDSHED_KEEP_5M_DAYS、COLDSHED_KEEP_1H_DAYS 要一个不小于前一个")
        )
    if settings.history_url.startswith(INFLUXDB) and settings.history_token is None:
        wrong.append(say("COLDSHED_HISTORY_URL 是 InfluxDB，没有口令进不去：请写 COLDSHED_HISTORY_TOKEN"))
    return wrong


def _only_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
