"""Logins of devices as people read them: what it is for, where it speaks, who gave it and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.devices.credentials import READ
from store.devices.credentials import Credential, active
from store.people.people import people_names
from store.rooms.timezones import federation_timezone
from web.base.localizer import N_, Localizer

FAMILIES: Mapping[str, tuple[str, str]] = {
    "coldshed": (N_("自家的板子"), N_("按库棚通的写法发数")),
    "esphome": ("ESPHome", N_("登录名就是它的 topic_prefix")),
    "tasmota": ("Tasmota", N_("登录名就是它的 Topic")),
    "shelly": ("Shelly", N_("登录名就是它的 MQTT prefix")),
    "zigbee2mqtt": ("Zigbee2MQTT", N_("网关，替下面所有探头说话")),
    "homie": ("Homie", N_("登录名就是它的设备号")),
    "sparkplug": ("Sparkplug B", N_("下面要写组和节点，如 yuci/gw1")),
    "chirpstack": ("ChirpStack", N_("LoRa 服务器，替下面所有探头说话")),
    "tts": ("The Things Stack", N_("LoRa 服务器，替下面所有探头说话")),
    "ruuvi": ("Ruuvi Gateway", N_("登录名就是网关的号")),
    "omg_theengs": ("OpenMQTTGateway, Theengs", N_("登录名就是网关的名字")),
    "thingsboard": ("ThingsBoard", N_("按 ThingsBoard 的写法发数的网关")),
    "senml": ("SenML", N_("登录名就是主题的后一段")),
    "other": (N_("DTU 和别的"), N_("下面要写它发到哪个主题")),
    "village": (N_("别的村的盒子"), N_("把那个村的数都转到这里来")),
}


@dataclass(frozen=True, slots=True)
class CredentialRow:
    name: str
    kind: str
    places: Sequence[str]
    since: str


def kind(family: str, words: Localizer) -> str:
    return words(FAMILIES[family][0]) if family in FAMILIES else family


def kinds(words: Localizer) -> list[tuple[str, str, str]]:
    """For a choice: what is usual first."""
    return [(family, words(name), words(more)) for family, (name, more) in FAMILIES.items()]


def lines(tx: Connection, words: Localizer, now: int) -> list[CredentialRow]:
    names = people_names(tx)
    zone = federation_timezone(tx)
    return [_line(one, words, now, zone, names) for one in active(tx)]


def _line(one: Credential, words: Localizer, now: int, zone: str, names: Mapping[int, str]) -> CredentialRow:
    who = names.get(one.issued_by or 0, "")
    when = words.moment(one.issued_at, now, zone)
    since = words("%(when)s %(who)s给的", when=when, who=who) if who else words("%(when)s给的", when=when)
    places = [right.topic for right in one.rights if right.access != READ]
    return CredentialRow(one.name, kind(one.family, words), places, since)
