from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ingest.decoders.contract import DecodedReport, Invalid
from ingest.decoders.tasmota.sensors import Units, add_probes, sensor_time

ZONE = ZoneInfo("Asia/Shanghai")
AT = 1_773_270_932_000


def decoded(body: dict[str, Any], at: int | None = AT) -> DecodedReport:
    report = DecodedReport("a")
    add_probes(body, Units.from_message(body), at, ZONE, report)
    return report


def values(body: dict[str, Any]) -> list[tuple[str, str, float]]:
    return [value[:3] for value in decoded(body).values]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"DS18B20": {"Id": "01AB", "Temperature": 3.5}}, [("01AB", "temperature", 3.5)]),
        ({"DS18B20-2": {"Temperature": 3.5}}, [("DS18B20-2", "temperature", 3.5)]),
        (
            {"AM2301": {"Temperature": 41, "Humidity": 91}, "TempUnit": "F"},
            [("AM2301", "temperature", 5.0), ("AM2301", "humidity", 91.0)],
        ),
        ({"BMP280": {"Pressure": 760}, "PressureUnit": "mmHg"}, [("BMP280", "pressure", 1013.25)]),
        (
            {"ANALOG": {"Temperature1": 1, "Temperature2": 2}},
            [("ANALOG-1", "temperature", 1.0), ("ANALOG-2", "temperature", 2.0)],
        ),
        (
            {"ENERGY": {"Total": 12.5, "Voltage": 231, "Power": 5}},
            [("ENERGY", "energy", 12.5), ("ENERGY", "voltage", 231.0)],
        ),
        ({"ENERGY": {"Total": [1, 2]}}, [("ENERGY-1", "energy", 1.0), ("ENERGY-2", "energy", 2.0)]),
        (
            {
                "ZbReceived": {
                    "0x8F20": {"Device": "0x8F20", "Temperature": 3, "Voltage": 3.1, "LinkQuality": 70}
                }
            },
            [("0x8F20", "temperature", 3.0), ("0x8F20", "voltage", 3.1), ("0x8F20", "linkquality", 70.0)],
        ),
    ],
)
def test_a_sensor_gives_its_values_in_standard_units(
    body: dict[str, Any], expected: list[tuple[str, str, float]]
) -> None:
    assert [(position, metric, round(value, 2)) for position, metric, value in values(body)] == expected


@pytest.mark.parametrize(
    "body",
    [
        {"ESP32": {"Temperature": 51}},
        {"AXP192": {"Temperature": 51}},
        {"MT32": {"Fertility": 3, "Humidity": 40}},
        {"ZbReceived": {"0x8F20": {"Device": "0x8F20", "Illuminance": 21_000}}},
        {"CCS811": {"eCO2": 400, "TVOC": 0}},
        {"SHT3X": {"DewPoint": 3}},
        {"BLE": {"RSSI": -60}},
        {"Temperature": 3.5},
        {"Switch1": "ON"},
    ],
)
def test_chips_soil_and_computed_values_are_no_readings(body: dict[str, Any]) -> None:
    report = decoded(body)
    assert (report.values, report.invalid) == ([], [])


def test_a_dead_sensor_is_an_error_and_a_missing_battery_is_not() -> None:
    report = decoded({"DS18B20": {"Id": "01AB", "Temperature": None, "Battery": None}})
    assert (report.values, report.invalid) == ([], [Invalid("01AB", "temperature", "null")])


def test_a_unit_that_nobody_knows_is_an_error_and_not_taken_for_celsius() -> None:
    assert decoded({"AM2301": {"Temperature": 41}, "TempUnit": "R"}).invalid == [
        Invalid("AM2301", "temperature", "unknown_unit")
    ]


def test_a_probe_that_comes_twice_counts_once() -> None:
    assert values({"A": {"Id": "x", "Temperature": 1}, "B": {"Id": "x", "Temperature": 2}}) == [
        ("x", "temperature", 1.0)
    ]


def test_a_probe_has_its_own_time_only_where_the_message_has_none() -> None:
    body = {"A": {"Temperature": 1, "Time": "2026-03-12T07:15:32"}}
    assert [value.at for value in decoded(body, None).values] == [AT]
    assert [value.at for value in decoded(body, AT - 5).values] == [AT - 5]


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"Epoch": AT // 1000, "Time": "2020-01-01T00:00:00"}, AT),
        ({"Epoch": "soon", "Time": "2026-03-12T07:15:32"}, AT),
        ({"Time": "2026-03-11T23:15:32Z"}, AT),
        ({"Time": 7}, 7_000),
        ({"Time": None}, None),
        ({}, None),
    ],
)
def test_the_epoch_goes_before_a_local_time(body: dict[str, Any], at: int | None) -> None:
    assert sensor_time(body, ZONE) == at
