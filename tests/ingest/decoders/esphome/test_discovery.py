"""Home Assistant's discovery: what a config message defines, with its abbreviations and its traps."""

from typing import Any

import pytest

from ingest.decoders.esphome.discovery import parse_entities
from ingest.decoders.esphome.identity import own_topic

CONFIG = "homeassistant/sensor/node1/temp/config"


def entities(fields: dict[str, Any], config: str = CONFIG) -> list[tuple[str, dict[str, Any]]]:
    return parse_entities(config, fields)[0]


def entity(config: str = CONFIG, **fields: Any) -> dict[str, Any]:
    ((_, single),) = entities(
        {"stat_t": "x/y/z", "dev_cla": "temperature", "unit_of_meas": "°C", **fields}, config
    )
    return single


def metric(**fields: Any) -> str:
    return next((str(single["m"]) for _, single in entities({"stat_t": "x/y/z", **fields})), "")


def test_short_and_long_keys_are_the_same() -> None:
    short = {
        "stat_t": "a/t",
        "dev_cla": "temperature",
        "unit_of_meas": "°C",
        "val_tpl": "{{ value }}",
        "dev": {"ids": "d"},
    }
    long = {
        "state_topic": "a/t", "device_class": "temperature", "unit_of_measurement": "°C",
        "value_template": "{{ value }}", "device": {"identifiers": ["d"]},
    }  # fmt: skip
    assert entities(short) == entities(long)


@pytest.mark.parametrize(("topic", "full"), [("~/t", "base/t"), ("t/~", "t/base"), ("t", "t")])
def test_the_base_topic_is_put_in(topic: str, full: str) -> None:
    fields = {
        "~": "base",
        "stat_t": topic,
        "avty": [{"t": "~/lwt"}],
        "dev_cla": "humidity",
        "unit_of_meas": "%",
    }
    states, available = parse_entities(CONFIG, fields)
    assert [state for state, _ in states] == [full]
    assert list(available) == ["base/lwt"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"dev_cla": "temperature", "unit_of_meas": "°F"}, "temperature"),
        ({"dev_cla": "temperature", "name": "CPU temperature"}, ""),
        ({"dev_cla": "temperature", "ent_cat": "diagnostic"}, ""),
        ({"dev_cla": "temperature", "name": "Setpoint"}, ""),
        ({"dev_cla": "signal_strength", "unit_of_meas": "%"}, ""),
        ({"dev_cla": "signal_strength", "unit_of_meas": "dBm"}, "signal"),
        ({"dev_cla": "battery", "unit_of_meas": "%"}, "battery"),
        ({"dev_cla": "moisture", "unit_of_meas": "%"}, ""),
        ({"name": "Carbon Dioxide", "unit_of_meas": "ppm"}, "co2"),
        ({"name": "Uptime", "unit_of_meas": "s"}, ""),
        ({"dev_cla": "humidity", "unit_of_meas": "%", "ent_cat": "config"}, ""),
    ],
)
def test_only_measured_values_are_taken(fields: dict[str, Any], expected: str) -> None:
    assert metric(**fields) == expected


@pytest.mark.parametrize("topic", ["a/+/t", "#", "$SYS/t", "", None, 7, "a\0b", "\ud800"])
def test_a_topic_that_nobody_can_publish_defines_nothing(topic: object) -> None:
    assert entities({"stat_t": topic, "dev_cla": "temperature"}) == []


def test_a_chip_on_esphomes_own_topic_is_marked_so_that_its_name_is_not_read() -> None:
    ((topic, marked),) = entities(
        {
            "stat_t": "node1/sensor/internal_temperature/state",
            "dev_cla": "temperature",
            "ent_cat": "diagnostic",
        }
    )
    assert (topic, marked["m"]) == ("node1/sensor/internal_temperature/state", "")


@pytest.mark.parametrize(
    ("fields", "config", "device", "position"),
    [
        ({"dev": {"ids": ["0x1", "b"]}}, CONFIG, "0x1", "temp"),
        ({"dev": {"cns": [["mac", "aa:bb"]]}}, CONFIG, "aa:bb", "temp"),
        ({"dev": {"name": "Shed"}}, CONFIG, "Shed", "temp"),
        ({}, CONFIG, "node1", "temp"),
        ({}, "homeassistant/sensor/alone/config", "alone", "alone"),
        ({"dev": {"ids": "node1"}}, "homeassistant/sensor/n/node1_temp/config", "node1", "temp"),
        ({"dev": {"sw": "esphome v2024"}, "avty_t": "hut/status"}, CONFIG, "hut", "temp"),
        ({"stat_t": "hut/sensor/t1/state"}, CONFIG, "hut", "t1"),
    ],
)
def test_the_device_is_the_same_whichever_way_it_names_itself(
    fields: dict[str, Any], config: str, device: str, position: str
) -> None:
    single = entity(config, **fields)
    assert (single["d"], single["p"]) == (device, position)


def test_a_device_message_defines_every_component_with_what_they_share() -> None:
    fields = {
        "dev": {"ids": "d"}, "avty_t": "d/lwt",
        "cmps": {
            "t": {"p": "sensor", "stat_t": "d/t", "dev_cla": "temperature", "unit_of_meas": "°C"},
            "door": {"p": "binary_sensor", "stat_t": "d/door", "dev_cla": "door", "pl_on": True},
            "light": {"p": "light", "stat_t": "d/light"},
            "broken": "no component",
        },
    }  # fmt: skip
    states, available = parse_entities("homeassistant/device/d/config", fields)
    assert [(topic, item["m"], item["d"]) for topic, item in states] == [
        ("d/t", "temperature", "d"),
        ("d/door", "door", "d"),
    ]
    assert (states[1][1]["on"], states[1][1]["off"]) == ("true", "off")
    assert available == {"d/lwt": ["online", "offline", ""]}


def test_a_thermostat_gives_what_it_measures_and_not_what_it_is_set_to() -> None:
    fields = {
        "curr_temp_t": "c/now",
        "temp_stat_t": "c/set",
        "temp_unit": "F",
        "curr_hum_t": "c/hum",
        "dev": {"ids": "c"},
    }
    states = entities(fields, "homeassistant/climate/c/config")
    assert [(topic, item["m"], item["u"]) for topic, item in states] == [
        ("c/now", "temperature", "F"),
        ("c/hum", "humidity", "%"),
    ]


def test_availability_of_something_that_is_no_reading_is_not_wanted() -> None:
    config = "homeassistant/sensor/node1/uptime/config"
    assert parse_entities(config, {"stat_t": "a/x", "avty_t": "a/lwt", "name": "Uptime"}) == ([], {})


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("room/sensor/t/state", ("room", "t")),
        ("farm/room/binary_sensor/door/state", ("farm/room", "door")),
        ("room/sensor/t", ("room", "t")),
        ("homeassistant/sensor/t/state", None),
        ("a/b/c/d/sensor/t/state", None),
        ("room/switch/fan/state", None),
        (" /sensor/t/state", None),
    ],
)
def test_esphomes_own_topics_are_recognised(topic: str, expected: tuple[str, str] | None) -> None:
    assert own_topic(topic) == expected
