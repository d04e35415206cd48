"""Every setting: name, default, what it is for, what may be written. `coldshed/given.py` reads them."""

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "COLDSHED_"
WIDE = ("0.0.0.0", "::")

Port = Annotated[int, Field(ge=1, le=65535)]
Days = Annotated[int, Field(ge=1, le=36_600)]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # unknown ones are a KeyError
        raise ValueError(name) from error
    return name


def _mqtt(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "mqtt" or not parts.hostname or parts.path.strip("/") or parts.port == 0:
        raise ValueError(url)
    return url


def _sqlite(url: str) -> str:
    if url != "sqlite":
        raise ValueError(url)
    return url


def _password(word: SecretStr) -> SecretStr:
    if len(word.get_secret_value()) < 8:
        raise ValueError
    return word


Password = Annotated[SecretStr, AfterValidator(_password)]


def _setting(default: object, text: str, write: str) -> Any:
    """`text` says what it is for, `write` what may stand there; both are translated."""
    return Field(default=default, description=text, json_schema_extra={"write": write})


class Settings(BaseSettings):
    """The values in force. Names here in small letters, outside `COLDSHED_` and capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    data_dir: Path = _setting(Path("data"), "数据放在哪个文件夹", "一个文件夹")
    database_url: Annotated[str, AfterValidator(_sqlite)] = _setting(
        "sqlite", "人、货、报警记在哪种数据库里", "sqlite(文件放在 COLDSHED_DATA_DIR 里)"
    )
    history_url: Annotated[str, AfterValidator(_sqlite)] = _setting(
        "sqlite", "历史读数记在哪种数据库里", "sqlite(文件放在 COLDSHED_DATA_DIR 里)"
    )
    mqtt_url: Annotated[str, AfterValidator(_mqtt)] | None = _setting(
        None, "用外面的 MQTT 服务器;不写就用自带的", "mqtt://用户:密码@主机:1883"
    )
    mqtt_host: str = _setting(
        "127.0.0.1",
        "自带的 MQTT 服务器听哪个地址",
        "127.0.0.1 只听本机;0.0.0.0 听全网(那就还要写 COLDSHED_MQTT_PASSWORD)",
    )
    mqtt_port: Port = _setting(1883, "自带的 MQTT 服务器的端口", "1到65535的数")
    mqtt_username: str = _setting("coldshed", "设备登录自带 MQTT 服务器的用户名", "一个名字")
    mqtt_password: Password | None = _setting(None, "设备登录自带 MQTT 服务器的密码", "至少8个字的密码")
    http_host: str = _setting("127.0.0.1", "网页听哪个地址", "127.0.0.1 只听本机;0.0.0.0 听全网,手机才打得开")
    http_port: Port = _setting(8000, "网页的端口", "1到65535的数")
    secure_cookies: bool = _setting(False, "网页只走 HTTPS 时写 true", "true 或 false")
    metrics_token: Password | None = _setting(None, "本机的监控程序读 /metrics 用的口令", "至少8个字的密码")
    lang: Literal["zh", "en"] = _setting("zh", "没登录时的网页和命令行用什么话", "zh 或 en")
    timezone: Annotated[str, AfterValidator(_zone)] = _setting(
        "Asia/Shanghai", "新库区用哪个时区;设备时间不带时区时也按它", "一个时区名,如 Asia/Shanghai"
    )
    admin_password: Password | None = _setting(None, "头一次启动时建 admin 账号用的密码", "至少8个字的密码")
    keep_raw_days: Days = _setting(400, "每条原始读数留几天", "1到36600的天数")
    keep_5m_days: Days = _setting(1100, "5分钟汇总留几天", "不少于 COLDSHED_KEEP_RAW_DAYS 的天数")
    keep_1h_days: Days = _setting(3660, "1小时汇总留几天", "不少于 COLDSHED_KEEP_5M_DAYS 的天数")
    sms_channel: Literal["pretend"] = _setting("pretend", "短信从哪里发;pretend 是演示手机", "pretend")
    escalate_after_s: Annotated[int, Field(ge=10, le=86_400)] = _setting(
        300, "报警没人接,几秒后转下一个人", "10到86400的秒数"
    )
    demo_weather: Literal["now", "january", "april", "july", "october"] = _setting(
        "now", "演示用几月的天气;now 是眼下的月份", "now、january、april、july 或 october"
    )
    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        "info", "日志记多细", "debug、info、warning 或 error"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before what is handed in (which comes from files)."""
        return env_settings, init_settings

    @property
    def broker_url(self) -> str:
        """Where our services reach the broker. A named user: amqtt keeps nothing for nameless ones."""
        if self.mqtt_url is not None:
            return self.mqtt_url
        password = self.mqtt_password.get_secret_value() if self.mqtt_password else "local"
        host = "127.0.0.1" if self.mqtt_host in WIDE else self.mqtt_host
        return (
            f"mqtt://{quote(self.mqtt_username, safe='')}:{quote(password, safe='')}@{host}:{self.mqtt_port}"
        )
