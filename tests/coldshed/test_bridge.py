"""The lines by which a village's Mosquitto forwards to the hub."""

from pathlib import Path

import pytest

from coldshed.bridge import bridge_config, forwarded
from core.decoding.rules import from_plain_data
from core.errors import Refused
from ingest.rules.build import compile_rule


def lines(hub: str = "mqtts://jk:p%40ss@hub.example", ca_file: Path | None = None) -> list[str]:
    return bridge_config("jiaokou", hub, ca_file).splitlines()


def test_it_logs_in_with_the_password_as_it_is_and_not_as_the_url_writes_it() -> None:
    assert "remote_password p@ss" in lines()
    assert "remote_username jk" in lines()
    assert "remote_username jiaokou" in lines("mqtts://hub.example")


@pytest.mark.parametrize(
    ("hub", "address"),
    [
        ("mqtts://hub", "address hub:8883"),
        ("mqtt://hub", "address hub:1883"),
        ("mqtts://hub:443", "address hub:443"),
    ],
)
def test_the_port_is_the_usual_one_unless_it_is_named(hub: str, address: str) -> None:
    assert address in lines(hub)


def test_the_hubs_certificate_is_always_checked_and_plain_mqtt_has_none() -> None:
    assert "bridge_capath /etc/ssl/certs" in lines()
    assert "bridge_cafile /a/ca.pem" in lines(ca_file=Path("/a/ca.pem"))
    assert not any(line.startswith("bridge_ca") for line in lines("mqtt://hub"))


def test_both_ends_of_two_villages_have_names_of_their_own() -> None:
    ids = [line for line in lines() if "clientid" in line]
    assert ids == ["remote_clientid coldshed-bridge-jiaokou", "local_clientid coldshed-bridge-jiaokou"]


@pytest.mark.parametrize("village", ["", "a b", "a\nlistener 1883", "#"])
def test_a_name_that_would_change_the_file_is_refused(village: str) -> None:
    with pytest.raises(Refused):
        bridge_config(village, "mqtts://hub")


@pytest.mark.parametrize("village", ["a/b", "a@b", "a" * 41])
def test_a_village_that_the_hub_would_not_decode_is_refused_with_a_sentence(village: str) -> None:
    with pytest.raises(Refused, match=village) as refusal:
        bridge_config(village, "mqtts://hub")
    assert refusal.value.reason == "bad_village_name"


def test_no_topic_is_forwarded_twice() -> None:
    topic_filters = [topic_filter for topic_filter, _ in forwarded(())]
    assert len(topic_filters) == len(set(topic_filters))


@pytest.mark.parametrize(("time", "qos"), [({"paths": ["ts"]}, 1), ({}, 0)])
def test_only_messages_with_a_time_of_their_own_wait_for_the_link(time: dict[str, object], qos: int) -> None:
    facts = {"name": "a", "topics": ["mine/{device}"], "values": [{"path": "t"}], "time": time}
    rule = compile_rule(from_plain_data(facts))
    assert dict(forwarded([rule]))["mine/+"] == qos
