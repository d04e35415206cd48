"""What a login allows, family by family, and what nobody is given."""

import json
from pathlib import Path

import pytest

from core.devices.credentials import SERVICE, hash_password, is_password, login_name, password_of, rights
from core.devices.families import FAMILY_BY_ID
from core.devices.topic_rights import READ, WRITE, TopicRight, allows
from core.errors import Refused

CASES = Path(__file__).parents[2] / "cases"

OWN = {
    "coldshed": ("probe-1", "", "coldshed/v1/probe-1/readings", "coldshed/v1/probe-2/readings"),
    "esphome": ("room3", "", "room3/sensor/door/state", "room4/sensor/door/state"),
    "tasmota": ("th1", "", "tele/th1/SENSOR", "tele/th2/SENSOR"),
    "shelly": ("ht-1", "", "ht-1/status/temperature:0", "ht-2/status/temperature:0"),
    "zigbee2mqtt": ("gw", "", "zigbee2mqtt/榆次/3号库", "coldshed/v1/probe-1/readings"),
    "homie": ("room3", "", "homie/5/room3/air/temperature", "homie/5/room4/air/temperature"),
    "sparkplug": ("gw1", "yuci/gw1", "spBv1.0/yuci/DDATA/gw1/room3", "spBv1.0/yuci/DDATA/gw2/room3"),
    "chirpstack": ("lora", "", "application/7/device/01/event/up", "application/7/device/01/command/down"),
    "tts": ("tts", "app@t1", "v3/app@t1/devices/em300/up", "v3/app@t2/devices/em300/up"),
    "ruuvi": ("C8252D8E9C2C", "", "ruuvi/C8252D8E9C2C/CBB8334C884F", "ruuvi/other/CBB8334C884F"),
    "omg_theengs": ("OMG_shed2", "", "home/OMG_shed2/BTtoMQTT/45E1", "home/other/BTtoMQTT/45E1"),
    "thingsboard": ("tb", "", "v1/gateway/telemetry", "coldshed/v1/tb/readings"),
    "senml": ("gw1", "", "senml/gw1", "senml/gw2"),
    "village": ("guchi", "", "village/guchi/tele/th1/SENSOR", "village/jiaokou/tele/th1/SENSOR"),
}


@pytest.mark.parametrize("family", OWN)
def test_a_login_speaks_for_its_own_place_and_for_no_other(family: str) -> None:
    name, at, own, others = OWN[family]
    held = rights(family, name, at)
    assert allows(held, WRITE, own)
    for forbidden in (others, "coldshed/listener/coldshed/marker", "tele", "$SYS/broker/uptime"):
        assert not allows(held, WRITE, forbidden)


def test_every_family_is_held_to_it() -> None:
    assert set(OWN) == set(FAMILY_BY_ID) - {"other"}


@pytest.mark.parametrize("family", sorted(set(OWN) - {"coldshed", "thingsboard"}))
def test_no_family_may_speak_our_own_format_or_for_another_village(family: str) -> None:
    held = rights(family, OWN[family][0], OWN[family][1])
    assert not allows(held, WRITE, "coldshed/v1/probe-1/readings")
    assert not allows(held, WRITE, "village/other/coldshed/v1/probe-1/readings")


def test_tasmota_hears_its_commands_and_cannot_command_others() -> None:
    held = rights("tasmota", "th1")
    assert allows(held, READ, "cmnd/th1/TelePeriod")
    assert not allows(held, READ, "cmnd/th2/TelePeriod")
    assert not allows(held, WRITE, "cmnd/th2/TelePeriod")


def test_a_sparkplug_node_cannot_order_others_to_be_born_again() -> None:
    held = rights("sparkplug", "gw1", "yuci/gw1")
    assert allows(held, READ, "spBv1.0/yuci/NCMD/gw1")
    assert not allows(held, WRITE, "spBv1.0/yuci/NCMD/gw2")
    with pytest.raises(Refused):
        rights("sparkplug", "gw1")


def test_a_dtu_gets_the_topics_that_its_installer_typed() -> None:
    held = rights("other", "usr-1", topics=["usr/gw01/report", "/snow/up/582D34460584", "BL280SN0001"])
    assert allows(held, WRITE, "/snow/up/582D34460584")
    assert not allows(held, WRITE, "usr/gw02/report")
    with pytest.raises(Refused):
        rights("other", "usr-1")


@pytest.mark.parametrize(
    "topic",
    [
        "#",
        "+/up",
        "/+/up",
        "$SYS/#",
        "tele/#",
        "coldshed/#",
        "village/#",
        "a/#/b",
        "a/b#",
        "a+/b",
        "",
        "a\nuser x",
    ],
)
def test_nobody_is_given_everything_or_a_topic_that_is_none(topic: str) -> None:
    with pytest.raises(Refused):
        rights("other", "usr-1", topics=[topic])


@pytest.mark.parametrize("family", ["esphome", "shelly", "zigbee2mqtt"])
@pytest.mark.parametrize(
    "at", ["tele", "coldshed", "coldshed/v1", "village/guchi", "homeassistant", "spBv1.0"]
)
def test_a_place_that_belongs_to_many_is_given_to_none(family: str, at: str) -> None:
    with pytest.raises(Refused):
        rights(family, "sly", at)


def test_a_homie_device_cannot_be_a_version_of_homie() -> None:
    with pytest.raises(Refused):
        rights("homie", "5")


@pytest.mark.parametrize(
    "name",
    ["", " ", "a b", "a:b", "#a", "a+b", "$a", "a\nb", "a\x00b", "x" * 65, "/a", "a//b", "a/", "a\\b", "a%b"],
)
def test_a_name_that_the_files_could_not_hold_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        login_name(name)


@pytest.mark.parametrize("name", ["probe-1", "3号库门边", "yuci/gw1", "C8:25".replace(":", ""), "a.b_c@d"])
def test_names_as_people_give_them_are_taken(name: str) -> None:
    assert login_name(f" {name} ") == name


def test_our_services_hear_all_and_speak_only_to_themselves() -> None:
    assert allows(SERVICE, READ, "anything/at/all")
    assert allows(SERVICE, WRITE, "coldshed/listener/coldshed/marker")
    assert allows(SERVICE, WRITE, "spBv1.0/yuci/NCMD/gw1")
    assert not allows(SERVICE, WRITE, "coldshed/v1/probe-1/readings")


def test_topics_of_the_given_cases_are_open_to_their_own_devices() -> None:
    held = [*rights("zigbee2mqtt", "gw"), *rights("tasmota", "coldroom-A")]
    for family in ("zigbee2mqtt", "tasmota"):
        for line in (CASES / family / "given.jsonl").read_text("utf-8").splitlines():
            topic = json.loads(line)["topic"]
            if "coldroom-A" in topic or family == "zigbee2mqtt":
                assert allows(held, WRITE, topic), topic


def test_a_password_is_known_again_and_nothing_else_is() -> None:
    kept = hash_password("secret", b"salt of twel")
    assert kept.startswith("$7$101$")
    assert is_password("secret", kept)
    for wrong in ("Secret", "", "secret "):
        assert not is_password(wrong, kept)
    for broken in (
        "",
        "secret",
        "$7$101$salt",
        "$6$101$c2FsdA==$c2FsdA==",
        "$7$x$c2FsdA==$c2FsdA==",
        "$7$1$€$€",
    ):
        assert not is_password("secret", broken)


def test_drawn_passwords_can_be_read_from_a_screen() -> None:
    password = password_of(range(1000, 1016))
    assert len(password) == 19
    assert not set(password) & set("01loiI ")


def test_a_right_may_be_for_both() -> None:
    assert allows([TopicRight("readwrite", "a/#")], READ, "a")
