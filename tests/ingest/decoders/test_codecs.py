"""Keys that makers of LoRaWAN devices chose: which are readings, and which only look like one."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.metrics import METRICS
from ingest.decoders.codecs import MEANINGS, add_known_values
from ingest.decoders.contract import DecodedReport, Invalid, Value

ZONE = ZoneInfo("Asia/Shanghai")
AT = 1_773_270_932_000


def decoded(body: dict[str, Any], at: int | None = AT) -> DecodedReport:
    report = DecodedReport("a")
    add_known_values(body, at, ZONE, report)
    return report


def values(body: dict[str, Any]) -> list[tuple[str, str, float]]:
    return [value[:3] for value in decoded(body).values]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("TempC_SHT", ("temperature", "SHT", "C")),
        ("TempC_DS", ("temperature", "DS", "C")),
        ("TempC1", ("temperature", "1", "C")),
        ("temperature_chn2", ("temperature", "chn2", "")),
        ("Ext_SHT_temp", ("temperature", "Ext_SHT", "")),
        ("ambientTemperature", ("temperature", "", "")),
        ("relative_humidity", ("humidity", "", "")),
        ("Hum_SHT31", ("humidity", "SHT31", "")),
        ("co2_ppm", ("co2", "", "ppm")),
        ("BatV", ("voltage", "", "V")),
        ("battery_mv", ("voltage", "", "mV")),
        ("battery_level", ("battery", "", "%")),
        ("vdd", ("voltage", "", "mV")),
        ("magnet_status", ("door", "", "")),
        ("barometric_pressure", ("pressure", "", "")),
    ],
)
def test_a_makers_key_is_its_metric_probe_and_unit(key: str, expected: tuple[str, str, str]) -> None:
    assert MEANINGS[key] == expected


@pytest.mark.parametrize(
    "key",
    [
        "TempC_alarm",
        "target_temperature",
        "soil_temp",
        "dew_point_temp",
        "temperature_min",
        "humidity_threshold",
        "template",
        "attempt",
        "tempo",
        "temperature!",
        "温度",
        "",
        "door_count",
        "light_status",
        "x" * 65,
    ],
)
def test_one_unknown_word_makes_it_something_else(key: str) -> None:
    assert MEANINGS[key] is None


@given(st.text(max_size=70))
def test_any_key_is_a_known_metric_or_nothing(key: str) -> None:
    field = MEANINGS[key]
    assert field is None or field.metric in METRICS


def test_a_flood_of_keys_costs_no_memory() -> None:
    for number in range(9_000):
        MEANINGS[f"temp_{number}"]
    assert len(MEANINGS) <= 4_096


@pytest.mark.parametrize("raw", [327.67, -327.68, 6553.5, 65535])
@pytest.mark.parametrize("key", ["TempC_DS", "Hum_SHT", "co2"])
def test_all_bits_set_is_a_probe_that_is_not_connected(key: str, raw: float) -> None:
    report = decoded({key: raw})
    assert report.values == []
    assert [invalid.reason for invalid in report.invalid] == ["error_code"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"battery": 3.6}, [("", "voltage", 3.6)]),
        ({"battery": 3600}, [("", "voltage", 3.6)]),
        ({"battery": 88}, [("", "battery", 88.0)]),
        ({"battery": 4}, [("", "battery", 4.0)]),
        ({"BatV": 3600}, [("", "voltage", 3.6)]),
        ({"pressure": 1013.2}, [("", "pressure", 1013.2)]),
        ({"pressure": 101.3}, [("", "pressure", 1013.0)]),
        ({"pressure": 101_300}, [("", "pressure", 1013.0)]),
        ({"temperature": 41, "temperature_unit": "F"}, [("", "temperature", 5.0)]),
        ({"temperature": {"value": 41, "unit": "°F"}}, [("", "temperature", 5.0)]),
        (
            {"temperature": {"1": 3, "indoor": 4, "max": 9}},
            [("1", "temperature", 3.0), ("indoor", "temperature", 4.0)],
        ),
        ({"temperature": [3, 4]}, [("1", "temperature", 3.0), ("2", "temperature", 4.0)]),
        ({"door": "Open"}, [("", "door", 1.0)]),
        ({"door": False}, [("", "door", 0.0)]),
        ({"data": {"temperature": 3}}, [("", "temperature", 3.0)]),
        ({"config": {"temperature": 3}}, []),
        ({"temperature": 3, "TempC": 4}, [("", "temperature", 3.0)]),
    ],
)
def test_numbers_come_out_in_standard_units(
    body: dict[str, Any], expected: list[tuple[str, str, float]]
) -> None:
    assert values(body) == expected


def test_a_backlog_has_a_time_for_each_entry() -> None:
    body = {"history": [{"temperature": 1, "timestamp": AT // 1000 - 60}], "temperature": 3}
    assert [(value.value, value.at) for value in decoded(body).values] == [(1.0, AT - 60_000), (3.0, AT)]


def test_nesting_without_end_is_left_at_a_depth() -> None:
    body: dict[str, Any] = {"temperature": 3}
    for _ in range(10):
        body = {"data": body}
    assert values(body) == []


def test_sensecap_messages_name_their_values_by_number() -> None:
    messages = [
        [{"measurementId": "4097", "measurementValue": 3.5, "timestamp": AT - 1000}],
        {"measurementId": 4098, "measurementValue": 91},
        {"measurementId": "9999", "measurementValue": 1},
        {"type": "upload_battery", "battery": 77},
        "no message",
    ]
    assert decoded({"messages": messages}).values == [
        Value("", "temperature", 3.5, AT - 1000),
        Value("", "humidity", 91.0, AT),
        Value("", "battery", 77.0, AT),
    ]


def test_a_broken_value_is_counted_and_a_missing_battery_is_not() -> None:
    report = decoded({"temperature": None, "battery": None, "humidity": "wet", "door": "ajar"})
    assert report.values == []
    assert report.invalid == [
        Invalid("", "temperature", "null"),
        Invalid("", "humidity", "not_a_number"),
        Invalid("", "door", "wrong_value"),
    ]
