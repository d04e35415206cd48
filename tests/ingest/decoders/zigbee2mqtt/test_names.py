import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.metrics import METRICS
from ingest.decoders.reasons import REASONS
from ingest.decoders.zigbee2mqtt.names import (
    MEANINGS,
    door_value,
    is_sent_to_device,
    to_hectopascal,
    to_volts,
)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("temperature", ("temperature", "", 0)),
        ("local_temperature", ("temperature", "", 1)),
        ("temperature_l1", ("temperature", "l1", 0)),
        ("temperature_2", ("temperature", "2", 0)),
        ("humidity_probe", ("humidity", "probe", 0)),
        ("probe_temperature", ("temperature", "probe", 0)),
        ("contact_left", ("door", "left", 0)),
        ("contact_top_left", ("door", "top_left", 0)),
        ("battery_voltage", ("voltage", "", 1)),
    ],
)
def test_an_endpoint_behind_a_key_is_the_position(key: str, expected: tuple[str, str, int]) -> None:
    assert MEANINGS[key] == expected


@pytest.mark.parametrize(
    "key",
    [
        "temperature_calibration",
        "humidity_alarm",
        "temperature_unit",
        "battery_low",
        "contact_delay",
        "soil_moisture",
        "occupied_heating_setpoint",
        "device_temperature",
        "temperature_123",
        "_1",
        "温度",
        "",
    ],
)
def test_a_setting_that_begins_like_a_reading_is_none(key: str) -> None:
    assert MEANINGS[key] is None


@given(st.text(max_size=40))
def test_any_key_is_a_known_metric_or_nothing(key: str) -> None:
    field = MEANINGS[key]
    assert field is None or (field.metric in METRICS and key.endswith(field.position))


def test_a_flood_of_keys_costs_no_memory() -> None:
    for number in range(9_000):
        MEANINGS[f"temperature_{number}"]
    assert len(MEANINGS) <= 4_096


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (True, 0.0),
        (False, 1.0),
        ("true", 0.0),
        ("false", 1.0),
        (1, 0.0),
        (0, 1.0),
        (None, "null"),
        ("ajar", "not_a_number"),
    ],
)
def test_contact_means_shut(raw: object, expected: float | str) -> None:
    assert door_value(raw) == expected
    assert not isinstance(expected, str) or expected in REASONS


@pytest.mark.parametrize(
    ("value", "volts"), [(3000.0, 3.0), (500.0, 0.5), (499.0, 499.0), (231.0, 231.0), (3.0, 3.0)]
)
def test_batteries_in_millivolts_and_mains_in_volts_are_both_volts(value: float, volts: float) -> None:
    assert to_volts(value) == volts


@pytest.mark.parametrize(
    ("value", "hpa"), [(101.3, 1013.0), (1013.0, 1013.0), (30.0, 300.0), (120.0, 1200.0), (300.0, 300.0)]
)
def test_the_air_is_in_hectopascal_whichever_way_it_came(value: float, hpa: float) -> None:
    assert to_hectopascal(value) == hpa


def test_an_external_value_of_a_thermostat_was_sent_to_it() -> None:
    assert is_sent_to_device("external", {"local_temperature": 21})
    assert not is_sent_to_device("external", {"temperature": 21})
    assert not is_sent_to_device("probe", {"local_temperature": 21})
