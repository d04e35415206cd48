"""The settings: name, type, default, purpose. `coldshed/settings_loader.py` reads them. Each channel adds
its own (`alerts/channels/<name>/settings.py`).

Uses msgspec and not a larger package, because every service keeps it in memory.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from msgspec import NODEFAULT, Meta, Struct, structs

from alerts.channels import CHANNELS
from alerts.channels.registry import settings_class
from core.readings.history_url import PATTERN as HISTORY_PATTERN
from core.setting_help import SettingHelp

PREFIX = "COLDSHED_"
SQLITE = "sqlite"
WIDE = ("0.0.0.0", "::")


_PORT = "1到65535的数"
_PASSWORD = "至少8个字的密码"
_HISTORY = (
    "sqlite、influxdb://主机:8086/组织、victoriametrics://主机:8428"
    "（走 HTTPS 就写 influxdbs、victoriametricss）"
)
_DATABASE = (
    "sqlite（文件放在 COLDSHED_DATA_DIR 里），或者 postgresql://用户:密码@主机:5432/库名"
    "（密码里的特殊符号照网址的写法编码）"
)
_MQTT = r"^mqtts?://([^@/\s]+@)?(\[[0-9A-Fa-f:.]+\]|[^:/@\[\]\s]+)(:[0-9]+)?/?$"
_PUBLIC = r"^mqtts?://(\[[0-9A-Fa-f:.]+\]|[^:/@\[\]\s]+)(:[0-9]+)?/?$"

Port = Annotated[int, Meta(ge=1, le=65_535)]
Days = Annotated[int, Meta(ge=1, le=36_600)]
Password = Annotated[str, Meta(min_length=8)]
Name = Annotated[str, Meta(min_length=1)]


class Settings(Struct, frozen=True, kw_only=True):
    """The effective settings. The variable of the field `data_dir` is COLDSHED_DATA_DIR."""

    data_dir: Annotated[Path, SettingHelp("数据放在哪个文件夹", "一个文件夹")] = Path("data")
    database_url: Annotated[
        Annotated[str, Meta(pattern=r"^(sqlite|postgresql://\S+)$")],
        SettingHelp("人、货、报警记在哪种数据库里", _DATABASE, secret=True),
    ] = "sqlite"
    history_url: Annotated[
        Annotated[str, Meta(pattern=HISTORY_PATTERN)], SettingHelp("历史读数记在哪种数据库里", _HISTORY)
    ] = "sqlite"
    history_token: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        SettingHelp("外面的历史数据库的口令", "InfluxDB 的 token；VictoriaMetrics 的 用户:密码", secret=True),
    ] = None
    mqtt_url: Annotated[
        Annotated[str, Meta(pattern=_MQTT)] | None,
        SettingHelp(
            "用外面的 MQTT 服务器；不写就用自带的",
            "mqtt://用户:密码@主机:1883，加密的写 mqtts://用户:密码@主机:8883",
            secret=True,
        ),
    ] = None
    mqtt_ca_file: Annotated[
        Path | None, SettingHelp("用哪个 CA 证书认外面的 MQTT 服务器；不写就用系统里的", "一个 PEM 文件")
    ] = None
    mqtt_cert_file: Annotated[
        Path | None,
        SettingHelp("外面的 MQTT 服务器要认证书时，用哪张", "一个 PEM 文件，还要写 COLDSHED_MQTT_KEY_FILE"),
    ] = None
    mqtt_key_file: Annotated[Path | None, SettingHelp("这张证书的私钥", "一个 PEM 文件")] = None
    mqtt_logins: Annotated[
        Literal["shared", "each"],
        SettingHelp(
            "设备怎么登录：shared 可以共用一个密码；each 每个设备都要有自己的登录",
            "shared 或 each",
        ),
    ] = "shared"
    mqtt_logins_dir: Annotated[
        Path | None,
        SettingHelp("外面的 Mosquitto 从哪个文件夹读登录名和权限；不写就不管它", "一个文件夹"),
    ] = None
    mqtt_public_url: Annotated[
        Annotated[str, Meta(pattern=_PUBLIC)] | None,
        SettingHelp(
            "设备连 MQTT 服务器用的地址；不写就按网页的地址猜", "mqtt://主机:1883 或 mqtts://主机:8883"
        ),
    ] = None
    mqtt_host: Annotated[
        Name,
        SettingHelp(
            "自带的 MQTT 服务器听哪个地址",
            "127.0.0.1 只听本机；0.0.0.0 听全网（那就还要写 COLDSHED_MQTT_PASSWORD）",
        ),
    ] = "127.0.0.1"
    mqtt_port: Annotated[Port, SettingHelp("自带的 MQTT 服务器的端口", _PORT)] = 1883
    mqtt_username: Annotated[Name, SettingHelp("设备登录自带 MQTT 服务器的用户名", "一个名字")] = "coldshed"
    mqtt_password: Annotated[
        Password | None, SettingHelp("设备登录自带 MQTT 服务器的密码", _PASSWORD, secret=True)
    ] = None
    http_host: Annotated[
        Name, SettingHelp("网页听哪个地址", "127.0.0.1 只听本机；0.0.0.0 听全网，手机才打得开")
    ] = "127.0.0.1"
    http_port: Annotated[Port, SettingHelp("网页的端口", _PORT)] = 8000
    secure_cookies: Annotated[bool, SettingHelp("网页只走 HTTPS 时写 true", "true 或 false")] = False
    metrics_token: Annotated[
        Password | None, SettingHelp("本机的监控程序读 /metrics 用的口令", _PASSWORD, secret=True)
    ] = None
    lang: Annotated[Literal["zh", "en"], SettingHelp("没登录时的网页和命令行用什么话", "zh 或 en")] = "zh"
    timezone: Annotated[
        Name,
        SettingHelp("新库区用哪个时区；设备时间不带时区时也按它", "一个时区名，如 Asia/Shanghai"),
    ] = "Asia/Shanghai"
    admin_password: Annotated[
        Password | None, SettingHelp("头一次启动时建 admin 账号用的密码", _PASSWORD, secret=True)
    ] = None
    keep_raw_days: Annotated[Days, SettingHelp("每条原始读数留几天", "1到36600的天数")] = 400
    keep_5m_days: Annotated[Days, SettingHelp("5分钟汇总留几天", "不少于 COLDSHED_KEEP_RAW_DAYS 的天数")] = (
        1100
    )
    keep_1h_days: Annotated[Days, SettingHelp("1小时汇总留几天", "不少于 COLDSHED_KEEP_5M_DAYS 的天数")] = (
        3660
    )
    sms_channel: Annotated[str, SettingHelp("短信从哪里发；pretend 是演示手机", "")] = "pretend"
    escalate_after_s: Annotated[
        Annotated[int, Meta(ge=10, le=86_400)],
        SettingHelp("报警没人接，几秒后转下一个人", "10到86400的秒数"),
    ] = 300
    hung_after_s: Annotated[
        Annotated[int, Meta(ge=5, le=3_600)],
        SettingHelp("一个程序几秒没动静就算卡住，要重新启动", "5到3600的秒数"),
    ] = 60
    backup_dir: Annotated[
        Path | None, SettingHelp("每天把数据备份到哪个文件夹；不写就不自己备份", "一个文件夹，最好在U盘上")
    ] = None
    backup_keep: Annotated[
        Annotated[int, Meta(ge=1, le=1000)], SettingHelp("留几份最近的备份", "1到1000的份数")
    ] = 7
    ups: Annotated[
        Name | None,
        SettingHelp("主机接的 UPS 在 NUT 里的名字；不写就看主机自己的电池", "像 ups@localhost 这样的名字"),
    ] = None
    last_word_minutes: Annotated[
        Annotated[int, Meta(ge=1, le=120)],
        SettingHelp("停电后电池还剩几分钟时，把主机要停机的话发出去", "1到120的分钟数"),
    ] = 5
    demo_weather: Annotated[
        Literal["now", "january", "april", "july", "october"],
        SettingHelp("演示用几月的天气；now 是眼下的月份", "now、january、april、july 或 october"),
    ] = "now"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        SettingHelp("日志记多细", "debug、info、warning 或 error"),
    ] = "info"

    channel_settings: dict[str, Any] = {}
    """The channels' own settings: name -> value."""

    def value(self, name: str) -> object:
        """The value of a setting, Coldshed's own or a channel's."""
        return self.channel_settings[name] if name in self.channel_settings else getattr(self, name)

    def __repr__(self) -> str:
        return "<Settings>"  # the values contain secrets


def setting_types() -> dict[str, Any]:
    """Name -> type with its `SettingHelp`: Coldshed's own settings, then those of each channel."""
    types = get_type_hints(Settings, include_extras=True)
    del types["channel_settings"]
    for channel in CHANNELS:
        types |= get_type_hints(settings_class(channel), include_extras=True)
    return types


def setting_helps() -> dict[str, SettingHelp]:
    """Name -> help text of every setting."""
    helps = {
        name: next(part for part in kind.__metadata__ if isinstance(part, SettingHelp))
        for name, kind in setting_types().items()
    }
    helps["sms_channel"] = helps["sms_channel"]._replace(write="、".join(CHANNELS))
    return helps


def channel_defaults() -> dict[str, Any]:
    """The defaults of all channels' settings; required settings are not included."""
    return {
        field.name: field.default
        for channel in CHANNELS
        for field in structs.fields(settings_class(channel))
        if field.default is not NODEFAULT
    }


def required_settings(channel: str) -> list[str]:
    """The settings that are required if this channel is chosen."""
    return [field.name for field in structs.fields(settings_class(channel)) if field.required]
