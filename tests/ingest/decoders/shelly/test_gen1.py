"""Shelly of the first generation: units that only `info` names, chips that only look like probes."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import DecodeError
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.shelly.gen1 import decode


class Shelly:
    def __init__(self) -> None:
        self.memory = FamilyMemory()

    def hear(self, rest: str, payload: object) -> list[DecodedReport]:
        body = payload if isinstance(payload, str) else json.dumps(payload)
        return decode(rest, body.encode(), DecodeContext(ZoneInfo("UTC"), 0, memory=self.memory))


def values(rest: str, payload: object) -> list[tuple[str, str, float]]:
    return [value[:3] for report in Shelly().hear(rest, payload) for value in report.values]


def reasons(rest: str, payload: object) -> list[tuple[str, str]]:
    return [(item.metric, item.reason) for report in Shelly().hear(rest, payload) for item in report.invalid]


@pytest.mark.parametrize(
    ("what", "payload", "expected"),
    [
        ("sensor/temperature", "3.25", ("", "temperature", 3.25)),
        ("sensor/humidity", "91", ("", "humidity", 91.0)),
        ("sensor/state", "open", ("", "door", 1.0)),
        ("sensor/state", "close", ("", "door", 0.0)),
        ("ext_temperature/2", "-18.5", ("ext2", "temperature", -18.5)),
        ("emeter/0/total", "1500", ("emeter0", "energy", 1.5)),
        ("relay/0/energy", "60000", ("relay0", "energy", 1.0)),
        ("adc/0", "12.1", ("adc0", "voltage", 12.1)),
    ],
)
def test_a_bare_value_is_named_by_its_topic(
    what: str, payload: str, expected: tuple[str, str, float]
) -> None:
    assert values(f"shellyht-1/{what}", payload) == [expected]


@pytest.mark.parametrize(
    "what",
    [
        "temperature",
        "relay/0",
        "relay/0/power",
        "ext_temperature_f/0",
        "ext_temperature/100",
        "announce",
        "command",
        "",
    ],
)
def test_chips_states_and_doubles_are_no_readings(what: str) -> None:
    assert Shelly().hear(f"shellyht-1/{what}", "41") == []


def info(value: float, unit: str, **more: Any) -> dict[str, Any]:
    return {"tmp": {"value": value, "units": unit, **more}}


def test_a_bare_temperature_is_in_the_unit_that_info_named() -> None:
    shelly = Shelly()
    assert shelly.hear("a/sensor/temperature", "41")[0].values[0].value == 41
    shelly.hear("a/info", info(41, "F"))
    assert shelly.hear("a/sensor/temperature", "41")[0].values[0].value == 5
    assert shelly.hear("b/sensor/temperature", "41")[0].values[0].value == 41
    shelly.hear("a/info", info(5, "C"))
    assert shelly.hear("a/sensor/temperature", "5")[0].values[0].value == 5


def test_info_in_fahrenheit_gives_celsius_with_or_without_its_own() -> None:
    assert values("a/info", info(41, "F")) == [("", "temperature", 5.0)]
    assert values("a/info", info(41, "F", tC=5.1)) == [("", "temperature", 5.1)]


def test_an_unknown_unit_refuses_the_message_and_is_not_remembered() -> None:
    shelly = Shelly()
    with pytest.raises(DecodeError) as error:
        shelly.hear("a/info", info(41, "R"))
    assert error.value.reason == "unknown_unit"
    assert shelly.memory.get("unit:a") is None


def test_a_relays_own_temperature_is_its_chips() -> None:
    assert (
        values("shelly1pm-1/info", {"tmp": {"tC": 51.2, "tF": 124.2, "is_valid": True}, "temperature": 51.2})
        == []
    )


def test_everything_in_info_is_taken_once() -> None:
    body = {
        **info(3.5, "C", is_valid=True),
        "hum": {"value": 91, "is_valid": True},
        "bat": {"value": 88, "voltage": 2.9},
        "wifi_sta": {"rssi": -71},
        "lux": {"value": 40, "is_valid": True},
        "sensor": {"state": "open", "is_valid": True},
        "ext_temperature": {"0": {"tC": 1.5}, "1": {"tC": None}, "x": {"tC": 9}, "2": "none"},
        "thermostats": [{"tmp": {"value": 21, "units": "C"}}],
    }
    assert values("a/info", body) == [
        ("", "temperature", 3.5), ("", "humidity", 91.0), ("", "battery", 88.0), ("", "voltage", 2.9),
        ("", "signal", -71.0), ("", "light", 40.0), ("", "door", 1.0), ("valve", "temperature", 21.0),
        ("ext0", "temperature", 1.5)]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "payload", "expected"),
    [
        ("ext_temperature/0", "999", ("temperature", "error_code")),
        ("sensor/temperature", "null", ("temperature", "null")),
        ("sensor/lux", "-1", ("light", "error_code")),
        ("sensor/state", "unknown", ("door", "error_code")),
        ("sensor/state", "ajar", ("door", "wrong_value")),
        ("info", {"tmp": {"value": 3, "units": "C", "is_valid": False}}, ("temperature", "error_code")),
        ("info", {"tmp": {"value": None, "units": "C", "is_valid": False}}, ("temperature", "error_code")),
    ],
)
def test_a_probe_that_does_not_answer_is_an_error_and_no_reading(
    what: str, payload: object, expected: tuple[str, str]
) -> None:
    assert values(f"a/{what}", payload) == []
    assert reasons(f"a/{what}", payload) == [expected]


def test_a_device_on_a_plug_has_no_battery() -> None:
    assert values("a/info", {"bat": {"value": -1}}) == []
    assert reasons("a/info", {"bat": {"value": -1}}) == []


def test_a_lamps_status_is_nothing() -> None:
    assert values("shellybulb-1/status", {"ison": True, "power": 5.2}) == []


@pytest.mark.parametrize("rest", ["/sensor/temperature", " /sensor/temperature", "a"])
def test_a_topic_without_a_device_or_a_name_is_nothing(rest: str) -> None:
    assert Shelly().hear(rest, "3.5") == []
