"""A Homie value is never guessed: without its unit it waits, and a word that says nothing is reported."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.times import MINUTE_MS
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.homie import values
from ingest.decoders.homie.description import Property
from tests.support.decoding import decode_context, sound_reports

METRICS = ["", "temperature", "humidity", "pressure", "door", "power", "battery", "voltage", "energy"]
UNITS = ["", "°C", "°F", "K", "%", "kPa", "V", "mV", "kWh", "Wh", "parsec"]


def made(metric: str, unit: str = "", **more: Any) -> Property:
    return {"metric": metric, "unit": unit, "true": True, "is_final": True, **more}


def decode(prop: Property, text: str, context: DecodeContext | None = None) -> list[DecodedReport]:
    return values.decode_value("d", "d/n/p", "n/p", prop, text.encode(), context or decode_context())


def numbers(reports: list[DecodedReport]) -> list[float]:
    return [value.value for report in reports for value in report.values]


def reasons(reports: list[DecodedReport]) -> list[str]:
    return [invalid.reason for report in reports for invalid in report.invalid]


@settings(max_examples=100, deadline=None)
@given(
    metric=st.sampled_from(METRICS),
    unit=st.one_of(st.sampled_from(UNITS), st.text(max_size=4)),
    is_final=st.booleans(),
    is_retained=st.booleans(),
    payload=st.one_of(st.binary(max_size=20), st.floats().map(lambda number: str(number).encode())),
)
def test_no_payload_raises_anything_but_a_decode_error(
    metric: str, unit: str, is_final: bool, is_retained: bool, payload: bytes
) -> None:
    context = decode_context(retained=is_retained)
    prop = made(metric, unit, is_final=is_final)
    for _ in range(2):
        sound_reports(values.decode_value, "d", "k", "n/p", prop, payload, context)
        context.received_at += MINUTE_MS
    sound_reports(values.decode_stats, "d", "battery", payload)


@given(st.floats(-80, 400))
def test_a_unit_of_the_description_is_converted(celsius: float) -> None:
    (fahrenheit,) = numbers(decode(made("temperature", "°F"), str(celsius * 1.8 + 32)))
    assert fahrenheit == pytest.approx(celsius, abs=0.0051)


@pytest.mark.parametrize(
    ("metric", "unit", "text", "reason"),
    [
        ("temperature", "parsec", "3", "unknown_unit"),
        ("temperature", "°C", "warm", "not_a_number"),
        ("temperature", "°C", "NaN", "not_finite"),
        ("temperature", "°F", "1e308", ""),
        ("door", "", "ajar", "wrong_value"),
        ("power", "", "open", "wrong_value"),
    ],
)
def test_a_value_that_cannot_be_used_is_reported_with_its_reason(
    metric: str, unit: str, text: str, reason: str
) -> None:
    assert reasons(decode(made(metric, unit), text)) == ([reason] if reason else [])


@pytest.mark.parametrize(("text", "value"), [("OPEN", 1.0), (" shut ", 0.0), ("true", 0.0), ("0", 1.0)])
def test_a_doors_words_are_absolute_and_its_booleans_follow_the_description(text: str, value: float) -> None:
    assert numbers(decode(made("door", true=False), text)) == [value]


def test_a_position_is_never_longer_than_its_column() -> None:
    (report,) = values.decode_value("d", "k", "n/" * 100, made("humidity"), b"90", decode_context())
    assert [len(value.position) for value in report.values] == [64]


def test_a_value_whose_unit_matters_waits_only_where_it_was_stored() -> None:
    unfinished = made("temperature", is_final=False)
    assert numbers(decode(unfinished, "41")) == [41.0]
    context = decode_context(retained=True)
    assert decode(unfinished, "41", context) == []
    report = DecodedReport("d")
    values.add_held_value(report, "d/n/p", "n/p", made("temperature", "°F"), context)
    values.add_held_value(report, "d/n/p", "n/p", made("temperature", "°F"), context)
    assert numbers([report]) == [5.0], "once"


@pytest.mark.parametrize(("what", "metric"), [("battery", "battery"), ("supply", "voltage")])
def test_statistics_are_the_devices_own_and_the_signal_is_left_out(what: str, metric: str) -> None:
    (report,) = values.decode_stats("d", what, b"3")
    assert [(value.position, value.metric) for value in report.values] == [("", metric)]
    assert values.decode_stats("d", "signal", b"80") == values.decode_stats("d", "cputemp", b"51") == []
