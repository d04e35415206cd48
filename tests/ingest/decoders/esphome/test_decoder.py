"""Definitions and states in any order, and what stays of a definition that is taken back."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import DecodeError
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.esphome.decoder import decode, topics

NOW = 1_773_271_000_000
CONFIG = "homeassistant/sensor/d/{}/config"


class Home:
    def __init__(self) -> None:
        self.memory = FamilyMemory()
        self.now = NOW

    def hear(self, topic: str, payload: object, *, retained: bool = False) -> list[DecodedReport]:
        body = payload if isinstance(payload, str) else json.dumps(payload)
        context = DecodeContext(ZoneInfo("UTC"), self.now, retained, self.memory)
        reports = decode(topic, body.encode(), context)
        self.memory.on_committed()
        return reports

    def define(self, key: str, topic: str = "", **fields: Any) -> list[DecodedReport]:
        base = {
            "stat_t": topic or f"d/{key}",
            "dev_cla": "temperature",
            "unit_of_meas": "°C",
            "dev": {"ids": "d"},
        }
        return self.hear(CONFIG.format(key), {**base, **fields}, retained=True)

    def values(self, topic: str, payload: object, *, retained: bool = False) -> list[tuple[str, str, float]]:
        reports = self.hear(topic, payload, retained=retained)
        return [value[:3] for report in reports for value in report.values]


def test_a_definition_makes_its_topic_wanted_and_readable() -> None:
    home = Home()
    home.define("t1", unit_of_meas="°F", avty_t="d/lwt")
    assert sorted(topics(home.memory)) == ["d/lwt", "d/t1"]
    assert home.values("d/t1", "41") == [("t1", "temperature", 5.0)]


def test_a_stored_state_waits_for_its_stored_definition() -> None:
    home = Home()
    assert home.values("d/sensor/t1/state", "41", retained=True) == []
    reports = home.define("t1", "d/sensor/t1/state", unit_of_meas="°F")
    assert [value[:3] for report in reports for value in report.values] == [("t1", "temperature", 5.0)]
    assert home.define("t1", "d/sensor/t1/state", unit_of_meas="°F") == []


def test_a_live_definition_does_not_make_a_stored_state_new() -> None:
    home = Home()
    home.hear("d/sensor/t1/state", "41", retained=True)
    fields = {"stat_t": "d/sensor/t1/state", "dev_cla": "temperature", "unit_of_meas": "°F"}
    assert home.values(CONFIG.format("t1"), fields) == []


def test_a_definition_that_comes_again_changes_nothing() -> None:
    home = Home()
    home.define("t1")
    home.define("t2", "d/t1", val_tpl="{{ value_json.b }}")
    before = dict(home.memory.items())
    home.define("t1")
    home.define("t2", "d/t1", val_tpl="{{ value_json.b }}")
    assert dict(home.memory.items()) == before


def test_a_changed_definition_gives_up_its_old_topics() -> None:
    home = Home()
    home.define("t1", "old/t", avty_t="old/lwt")
    home.define("t1", "new/t", avty_t="new/lwt")
    assert sorted(topics(home.memory)) == ["new/lwt", "new/t"]


def test_with_its_last_definition_a_device_that_spoke_is_removed() -> None:
    home = Home()
    home.define("t1", avty_t="d/lwt")
    home.define("t2", avty_t="d/lwt")
    home.hear("d/t1", "3.5")
    assert home.hear(CONFIG.format("t1"), "") == []
    assert sorted(topics(home.memory)) == ["d/lwt", "d/t2"]
    assert [(report.device, report.removed) for report in home.hear(CONFIG.format("t2"), "")] == [("d", True)]
    assert list(home.memory.items()) == []


def test_a_device_that_never_spoke_goes_without_a_word() -> None:
    home = Home()
    home.define("t1")
    assert home.hear(CONFIG.format("t1"), "") == []


def test_another_familys_topic_is_left_to_it() -> None:
    home = Home()
    home.define("t1", "zigbee2mqtt/sensor1", avty_t="zigbee2mqtt/bridge/state")
    assert list(home.memory.items()) == []


def test_two_entities_of_one_topic_are_read_from_one_message() -> None:
    home = Home()
    home.define("t1", "d/state", val_tpl="{{ value_json.t }}")
    home.define("h1", "d/state", val_tpl="{{ value_json.h }}", dev_cla="humidity", unit_of_meas="%")
    home.define("f1", "d/state", val_tpl="{{ value_json.f }}", unit_of_meas="°F")
    assert home.values("d/state", {"t": 3.5, "h": 91}) == [
        ("t1", "temperature", 3.5),
        ("h1", "humidity", 91.0),
    ]


def test_a_template_that_is_not_a_simple_one_is_shown_and_not_guessed() -> None:
    home = Home()
    home.define("t1", val_tpl="{% if x %}{{ value }}{% endif %}")
    (report,) = home.hear("d/t1", "3.5")
    assert (report.values, report.undecoded) == ([], "needs_meaning")


@pytest.mark.parametrize(
    ("payload", "online"),
    [("online", True), ("OFFLINE", False), ('{"state":"online"}', True), ("sleeping", None)],
)
def test_availability_is_of_every_device_of_its_topic(payload: str, online: bool | None) -> None:
    home = Home()
    home.define("t1", avty_t="gw/lwt")
    home.define("x1", "e/x1", dev={"ids": "e"}, avty_t="gw/lwt")
    reports = home.hear("gw/lwt", payload)
    assert {report.device: report.online for report in reports} == (
        {} if online is None else {"d": online, "e": online}
    )


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        (
            "d/sensor/evaporator_temperature/state",
            "-21.4",
            [("evaporator_temperature", "temperature", -21.4)],
        ),
        ("d/binary_sensor/door/state", "ON", [("door", "door", 1.0)]),
        (
            "d/sensor/script",
            {"temp1": 3, "tempF": 41, "humidity": 91, "rssi": None},
            [("temp1", "temperature", 3.0), ("tempF", "temperature", 5.0), ("humidity", "humidity", 91.0)],
        ),
        ("d/sensor/script", {"inner": {"temp": 3}}, [("inner/temp", "temperature", 3.0)]),
        ("d/sensor/temperature_setpoint/state", "21", []),
        ("d/sensor/temperature_text/state", "warm", []),
        ("d/switch/fan/state", "ON", []),
    ],
)
def test_without_a_definition_the_name_says_what_it_is(
    topic: str, payload: object, expected: list[tuple[str, str, float]]
) -> None:
    assert Home().values(topic, payload) == expected


def test_a_number_that_stays_without_a_definition_is_shown_after_a_minute() -> None:
    home = Home()
    assert home.hear("d/sensor/flux/state", "3.5") == []
    home.now += 60_000
    assert [report.undecoded for report in home.hear("d/sensor/flux/state", "3.5")] == ["needs_meaning"]
    assert home.hear("d/sensor/text/state", "hello") == []


def test_the_status_of_another_program_is_not_ours() -> None:
    assert Home().hear("homeassistant/status", "online") == []
    assert Home().hear("room/status", "online")[0].online is True
    with pytest.raises(DecodeError) as error:
        Home().hear("printer/status", "idle")
    assert error.value.reason == "unknown_topic"
