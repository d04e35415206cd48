"""Settings that a technician copies into a device so that it can log in, in its firmware's syntax."""

from typing import NamedTuple


class BrokerServer(NamedTuple):
    """The broker's address as devices reach it."""

    host: str
    port: int
    tls: bool = False

    @property
    def url(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


class DeviceLogin(NamedTuple):
    """`place` is the device's own part of the topic."""

    name: str
    password: str
    place: str


def plain_settings(server: BrokerServer, login: DeviceLogin) -> str:
    """Plain fields, for firmware without text settings."""
    return f"{server.url}\nuser: {login.name}\npassword: {login.password}\n"


def coldshed_settings(server: BrokerServer, login: DeviceLogin) -> str:
    return plain_settings(server, login) + f"topic: coldshed/v1/{login.place}/readings\n"


def shelly_settings(server: BrokerServer, login: DeviceLogin) -> str:
    return plain_settings(server, login) + f"MQTT prefix: {login.place}\n"


def esphome_settings(server: BrokerServer, login: DeviceLogin) -> str:
    authority = "\n  certificate_authority: !secret coldshed_ca" if server.tls else ""
    return f"""\
mqtt:
  broker: {_quoted(server.host)}
  port: {server.port}
  username: {_quoted(login.name)}
  password: {_quoted(login.password)}
  topic_prefix: {_quoted(login.place)}{authority}
"""


def tasmota_settings(server: BrokerServer, login: DeviceLogin) -> str:
    tls = "SetOption103 1; " if server.tls else ""
    return (
        f"Backlog {tls}MqttHost {server.host}; MqttPort {server.port}; MqttUser {login.name}; "
        f"MqttPassword {login.password}; Topic {login.place}; FullTopic %prefix%/%topic%/; TelePeriod 60\n"
    )


def zigbee2mqtt_settings(server: BrokerServer, login: DeviceLogin) -> str:
    return f"""\
mqtt:
  base_topic: {_quoted(login.place)}
  server: {_quoted(server.url)}
  user: {_quoted(login.name)}
  password: {_quoted(login.password)}
advanced:
  last_seen: ISO_8601
"""


def _quoted(text: str) -> str:
    """A single-quoted YAML string, in which no character is special."""
    return "'" + text.replace("'", "''") + "'"
