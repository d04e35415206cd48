"""Lines to copy into a device: complete, encrypted where the broker is, safe in the firmware's language."""

import pytest

from core.devices.device_settings import IssuedCredential, settings_text
from core.devices.families import FAMILY_BY_ID
from core.devices.setting_lines import BrokerServer

PLAIN = BrokerServer("192.168.1.20", 1883)
TLS = BrokerServer("hub.example", 8883, tls=True)


@pytest.mark.parametrize("family", FAMILY_BY_ID)
def test_every_family_is_told_the_server_and_the_password(family: str) -> None:
    text = settings_text(PLAIN, IssuedCredential("gw1", "abcd-efgh", family))
    for part in ("192.168.1.20", "1883", "gw1", "abcd-efgh"):
        assert part in text


@pytest.mark.parametrize(
    ("family", "encrypted"),
    [
        ("esphome", "certificate_authority: !secret coldshed_ca"),
        ("tasmota", "SetOption103 1"),
        ("zigbee2mqtt", "'mqtts://hub.example:8883'"),
        ("shelly", "mqtts://hub.example:8883"),
        ("coldshed", "mqtts://hub.example:8883"),
    ],
)
def test_encryption_is_switched_on_only_where_the_broker_has_it(family: str, encrypted: str) -> None:
    assert encrypted in settings_text(TLS, IssuedCredential("gw1", "pass", family))
    assert encrypted not in settings_text(PLAIN, IssuedCredential("gw1", "pass", family))


def test_a_place_of_its_own_stands_before_the_default_and_the_name() -> None:
    assert IssuedCredential("gw1", "pass", "esphome", "room3").place == "room3"
    assert IssuedCredential("gw1", "pass", "zigbee2mqtt").place == "zigbee2mqtt"
    assert IssuedCredential("gw1", "pass", "esphome").place == "gw1"


def test_a_quote_in_a_name_ends_no_yaml_string() -> None:
    text = settings_text(PLAIN, IssuedCredential("it's", "pass", "esphome"))
    assert "username: 'it''s'\n" in text
