"""What a technician types into a device so that it logs in: lines to copy, in its own firmware's words."""

from typing import NamedTuple

from core.devices.credentials import FORMS


class BrokerServer(NamedTuple):
    """The broker as devices reach it."""

    host: str
    port: int
    tls: bool = False


class IssuedCredential(NamedTuple):
    """A login as it was given out; `at` is the device's own part of the topic."""

    name: str
    password: str
    family: str
    at: str = ""

    @property
    def place(self) -> str:
        return self.at or FORMS[self.family].default or self.name


def lines(server: BrokerServer, given: IssuedCredential) -> str:
    """Settings to copy, whole. What has no words of its own gets plain names."""
    match given.family:
        case "esphome":
            return _esphome(server, given)
        case "tasmota":
            return _tasmota(server, given)
        case "zigbee2mqtt":
            return _zigbee2mqtt(server, given)
        case "shelly":
            return _shelly(server, given)
    return _plain(server, given)


def _esphome(server: BrokerServer, given: IssuedCredential) -> str:
    secured = "\n  certificate_authority: !secret coldshed_ca" if server.tls else ""
    return f"""\
mqtt:
  broker: {_quoted(server.host)}
  port: {server.port}
  username: {_quoted(given.name)}
  password: {_quoted(given.password)}
  topic_prefix: {_quoted(given.place)}{secured}
"""


def _tasmota(server: BrokerServer, given: IssuedCredential) -> str:
    secured = "SetOption103 1; " if server.tls else ""
    return (
        f"Backlog {secured}MqttHost {server.host}; MqttPort {server.port}; MqttUser {given.name}; "
        f"MqttPassword {given.password}; Topic {given.place}; FullTopic %prefix%/%topic%/; TelePeriod 60\n"
    )


def _zigbee2mqtt(server: BrokerServer, given: IssuedCredential) -> str:
    return f"""\
mqtt:
  base_topic: {_quoted(given.place)}
  server: {_quoted(f"{'mqtts' if server.tls else 'mqtt'}://{server.host}:{server.port}")}
  user: {_quoted(given.name)}
  password: {_quoted(given.password)}
advanced:
  last_seen: ISO_8601
"""


def _shelly(server: BrokerServer, given: IssuedCredential) -> str:
    return _plain(server, given) + f"MQTT prefix: {given.place}\n"


def _plain(server: BrokerServer, given: IssuedCredential) -> str:
    told = [
        f"{'mqtts' if server.tls else 'mqtt'}://{server.host}:{server.port}",
        f"user: {given.name}",
        f"password: {given.password}",
    ]
    if given.family == "coldshed":
        told.append(f"topic: coldshed/v1/{given.place}/readings")
    return "\n".join(told) + "\n"


def _quoted(text: str) -> str:
    """A YAML string in single quotes: nothing in it means anything."""
    return "'" + text.replace("'", "''") + "'"
