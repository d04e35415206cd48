"""One value of a message by a rule: number and unit, or the reason why there is none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decoding.rules import ValueSource
from core.decoding.value_names import NamedValue
from core.decoding.value_paths import PathMatch
from core.metrics import METRICS
from ingest.decoders.reasons import REASONS
from ingest.rules.values import (
    apply_scale,
    is_believable,
    named_value,
    parse_value,
    to_standard_unit,
    unit_of_neighbour,
)


@pytest.mark.parametrize(
    ("raw", "metric", "expected"),
    [
        (3.5, "temperature", (3.5, "")),
        ("3.5", "temperature", (3.5, "")),
        ("3.5℃", "temperature", (3.5, "℃")),
        ("-3.5 °F", "temperature", (-3.5, "°F")),
        ("12度", "temperature", (12.0, "C")),
        ("80%RH", "humidity", (80.0, "%RH")),
        (True, "door", (1.0, "")),
        ("开", "door", (1.0, "")),
        ("Closed", "door", (0.0, "")),
        ("停电", "power", (0.0, "")),
        (True, "temperature", ("wrong_type", "")),
        (None, "temperature", ("null", "")),
        ("", "temperature", ("null", "")),
        ("--", "temperature", ("error_code", "")),
        ("Offline", "humidity", ("error_code", "")),
        ("传感器故障", "co2", ("error_code", "")),
        ("warm", "temperature", ("not_a_number", "")),
        (float("nan"), "temperature", ("not_finite", "")),
        ([], "temperature", ("wrong_type", "")),
    ],
)
def test_a_value_is_a_number_with_its_unit_or_the_reason_why_not(
    raw: object, metric: str, expected: tuple[float | str, str]
) -> None:
    assert parse_value(raw, metric, ()) == expected


@pytest.mark.parametrize("raw", [-999, -999.0, "-999"])
def test_a_rules_error_number_is_no_temperature(raw: object) -> None:
    assert parse_value(raw, "temperature", [-999.0]) == ("error_code", "")


def test_a_rules_error_word_is_compared_without_case() -> None:
    assert parse_value("No Probe", "temperature", ["NO PROBE"]) == ("error_code", "")


def test_an_error_number_of_probes_may_be_a_true_battery() -> None:
    assert parse_value(100, "battery", [100.0]) == (100.0, "")


@pytest.mark.parametrize(
    ("metric", "value", "unit", "expected"),
    [
        ("temperature", 41.0, "F", ("temperature", 5.0)),
        ("temperature", 3.5, "X", ("temperature", "unknown_unit")),
        ("pressure", 101.3, "kPa", ("pressure", 1013.0)),
        ("signal", 31.0, "csq", ("signal", -51.0)),
        ("signal", 0.0, "csq", ("signal", -113.0)),
        ("signal", 99.0, "csq", None),
    ],
)
def test_a_stated_unit_is_converted_or_refused(
    metric: str, value: float, unit: str, expected: tuple[str, float | str] | None
) -> None:
    assert to_standard_unit(metric, value, unit, guessed=False) == expected


@pytest.mark.parametrize(
    ("metric", "value", "expected"),
    [
        ("battery", 88.0, ("battery", 88.0)),
        ("battery", 3.6, ("voltage", 3.6)),
        ("battery", 3600.0, ("voltage", 3.6)),
        ("battery", 3.0, ("battery", 3.0)),
        ("voltage", 3600.0, ("voltage", 3.6)),
        ("voltage", 231.0, ("voltage", 231.0)),
        ("pressure", 101.3, ("pressure", 1013.0)),
        ("pressure", 101_300.0, ("pressure", 1013.0)),
        ("pressure", 1013.0, ("pressure", 1013.0)),
        ("pressure", 5.0, None),
    ],
)
def test_without_a_unit_the_size_of_the_number_decides(
    metric: str, value: float, expected: tuple[str, float | str] | None
) -> None:
    assert to_standard_unit(metric, value, "", guessed=True) == expected


def test_the_size_decides_nothing_where_the_rule_names_the_metric() -> None:
    assert to_standard_unit("battery", 3.6, "", guessed=False) == ("battery", 3.6)


@given(
    st.sampled_from(sorted(METRICS)),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "C", "F", "K", "kPa", "Pa", "hPa", "inHg", "mV", "V", "csq", "%", "Wh", "X"]),
    st.booleans(),
)
def test_whatever_comes_is_a_known_metric_with_a_finite_number_or_a_reason(
    metric: str, value: float, unit: str, guessed: bool
) -> None:
    converted = to_standard_unit(metric, value, unit, guessed=guessed)
    if converted is not None:
        assert converted[0] in METRICS
        if isinstance(converted[1], str):
            assert converted[1] in REASONS
        else:
            assert abs(converted[1]) < float("inf")


@pytest.mark.parametrize(
    ("raw", "source", "expected"),
    [
        (235, ValueSource(path="t", scale=0.1), 23.5),
        (235, ValueSource(path="t", scale=0.1, offset=-40), -16.5),
        (23.5, ValueSource(path="t", scale=0.1, whole=True), 23.5),
        ("23.5", ValueSource(path="t", scale=0.1, whole=True), 23.5),
        (235, ValueSource(path="t", scale=0.1, whole=True), 23.5),
        ("235", ValueSource(path="t", scale=0.1, whole=True), 23.5),
        (235.0, ValueSource(path="t", scale=0.1, whole=True), 23.5),
        (24.0, ValueSource(path="t", scale=0.1, whole=True), 24.0),
    ],
)
def test_tenths_are_scaled_and_a_number_with_a_point_is_not_scaled_twice(
    raw: object, source: ValueSource, expected: float
) -> None:
    assert apply_scale(raw, float(raw), source) == pytest.approx(expected)  # type: ignore[arg-type]


def match(body: dict[str, Any], *steps: str | int) -> PathMatch:
    place = PathMatch(body)
    for step in steps:
        place = place.into(step, place.value[step])  # type: ignore[index]
    return place


EVERYTHING = ValueSource(path="**")


@pytest.mark.parametrize(
    ("body", "steps", "metric"),
    [
        ({"temp": 3}, ("temp",), "temperature"),
        ({"name": "湿度", "value": 3}, ("value",), "humidity"),
        ({"sensorType": "co2", "val": 3}, ("val",), "co2"),
        ({"temp": {"value": 3}}, ("temp", "value"), "temperature"),
        ({"temp": [{"value": 3}]}, ("temp", 0, "value"), "temperature"),
        ({"value": 3}, ("value",), None),
        ({"interval": 3}, ("interval",), None),
    ],
)
def test_a_value_is_named_by_its_key_or_by_what_stands_around_it(
    body: dict[str, Any], steps: tuple[str | int, ...], metric: str | None
) -> None:
    meaning = named_value(match(body, *steps), EVERYTHING, None)
    assert (meaning.metric if meaning else None) == metric


@pytest.mark.parametrize(
    ("label", "metric"), [("温度", "temperature"), (None, None), (7, None), ("interval", None)]
)
def test_where_the_rule_says_which_field_names_it_only_that_counts(label: object, metric: str | None) -> None:
    meaning = named_value(match({"temp": 3}, "temp"), ValueSource(path="*", named="n"), label)
    assert (meaning.metric if meaning else None) == metric


@pytest.mark.parametrize(
    ("body", "steps", "unit"),
    [
        ({"temp": 3, "temp_unit": "F"}, ("temp",), "F"),
        ({"temp": 3, "tempUnit": "F"}, ("temp",), "F"),
        ({"temp": 3, "humidity_unit": "%"}, ("temp",), ""),
        ({"temp": 3, "unit": "F"}, ("temp",), ""),
        ({"value": 3, "unit": "℉"}, ("value",), "℉"),
        ({"value": 3, "unit": "a sentence about the unit"}, ("value",), ""),
        ({"value": 3, "unit": 5}, ("value",), ""),
    ],
)
def test_the_unit_beside_a_value_is_its_own(body: dict[str, Any], steps: tuple[str, ...], unit: str) -> None:
    assert unit_of_neighbour(match(body, *steps)) == unit


def test_a_name_of_one_letter_is_believed_only_with_a_value_that_can_be() -> None:
    assert is_believable(NamedValue("temperature", "", "", sure=False), -18.5)
    assert not is_believable(NamedValue("temperature", "", "", sure=False), 1_773_270_932.0)
    assert is_believable(NamedValue("temperature", "", ""), 1_773_270_932.0)
    assert is_believable(None, 1e9)
