"""Reads what was given as settings: the environment, secrets from files, `coldshed.toml`.

What is wrong or unknown refuses to start, and says which setting it is and what to write there.
"""

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from coldshed.settings import PREFIX, Settings
from core.errors import SettingsError

CONFIG = "COLDSHED_CONFIG"  # says where coldshed.toml lies; no setting itself
FILE_NAME = "coldshed.toml"
SECRETS = ("admin_password", "metrics_token", "mqtt_password", "mqtt_url")


@dataclass(frozen=True, slots=True)
class Given:
    settings: Settings
    origins: Mapping[str, str]
    """Where each value came from, by setting: a variable of the environment or a file; missing: default."""


_written: dict[str, Any] = {}


def say(text: str, **facts: object) -> str:
    """A sentence of ours in the language asked for, which may be the very setting that is wrong."""
    from store.language import translator  # not in memory where nothing is to be said

    lang = os.environ.get(f"{PREFIX}LANG") or _written.get("lang")
    return translator("en" if lang == "en" else "zh")(text) % facts


def load() -> Given:
    """The settings in force. Raises `SettingsError` whose text names every wrong one."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    wrong = [*_from_toml(values, origins), *_from_environment(values, origins)]
    try:
        settings = Settings(**values)
    except ValidationError as error:
        wrong += [_wrong(str(one["loc"][0]), values, origins) for one in error.errors()]
    else:
        wrong += _at_odds(settings)
        if not wrong:
            return Given(settings, origins)
    raise SettingsError("\n".join(wrong))


def variable_of(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def what_to_write(name: str) -> str:
    extra = Settings.model_fields[name].json_schema_extra
    return str(extra["write"]) if isinstance(extra, dict) else ""


def shown(name: str, value: object) -> str:
    """A value as people may see it: secrets never."""
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return "********"
    text = str(value)
    if name == "mqtt_url" and "@" in text:
        return f"mqtt://********@{text.rsplit('@', 1)[1]}"
    return text


def _from_toml(values: dict[str, Any], origins: dict[str, str]) -> list[str]:
    """Fills in what the file says; answers what is wrong with it."""
    named = os.environ.get(CONFIG)
    file = Path(named or FILE_NAME)
    if not named and not file.exists():
        return []
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        return [say("%(file)s 读不了:%(error)s", file=file, error=error)]
    _written.update(written)
    wrong = []
    for name, value in written.items():
        if name in Settings.model_fields:
            values[name], origins[name] = value, str(file)
        else:
            wrong.append(_unknown(name) + say("(写在 %(origin)s)", origin=file))
    return wrong


def _from_environment(values: dict[str, Any], origins: dict[str, str]) -> list[str]:
    """Fills in secrets from their files; plain variables are read by `Settings` itself."""
    wrong = []
    for variable, value in sorted(os.environ.items()):
        if not variable.startswith(PREFIX) or variable == CONFIG or not value:
            continue
        name = variable.removeprefix(PREFIX).lower()
        secret = name.removesuffix("_file")
        if name in Settings.model_fields:
            origins[name] = variable
        elif secret in SECRETS:
            try:
                values[secret], origins[secret] = Path(value).read_text("utf-8").rstrip("\r\n"), value
            except (OSError, ValueError) as error:
                wrong.append(
                    say("%(name)s:%(file)s 读不了:%(error)s", name=variable, file=value, error=error)
                )
        else:
            wrong.append(_unknown(name))
    return wrong


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, Settings.model_fields, 1)
    text = say("没有 %(name)s 这个设置。", name=variable_of(name))
    return text + (say("是不是 %(near)s?", near=variable_of(near[0])) if near else "")


def _wrong(name: str, values: Mapping[str, Any], origins: Mapping[str, str]) -> str:
    origin = origins.get(name, "")
    given = os.environ.get(origin) if origin == variable_of(name) else values.get(name)
    text = say(
        "%(name)s 不能是 %(value)s", name=variable_of(name), value="********" if name in SECRETS else given
    )
    if origin != variable_of(name):
        text += say("(写在 %(origin)s)", origin=origin)
    return text + say("。请写:%(write)s", write=say(what_to_write(name)))


def _at_odds(settings: Settings) -> list[str]:
    """What is right alone and wrong together."""
    wrong = []
    if not _only_here(settings.mqtt_host) and settings.mqtt_password is None and settings.mqtt_url is None:
        wrong.append(
            say(
                "COLDSHED_MQTT_HOST 是 %(host)s,谁都连得上:请写 COLDSHED_MQTT_PASSWORD",
                host=settings.mqtt_host,
            )
        )
    if not settings.keep_raw_days <= settings.keep_5m_days <= settings.keep_1h_days:
        wrong.append(
            say("COLDSHED_KEEP_RAW_DAYS、COLDSHED_KEEP_5M_DAYS、COLDSHED_KEEP_1H_DAYS 要一个不小于前一个")
        )
    return wrong


def _only_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
