"""OpenMQTTGateway and Theengs: a beacon counts once for all gateways, and a passing phone makes no device."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.omg_theengs.decoder import SAME_PACKET_MS, decode
from tests.support.decoding import decode_context, odd_json, odd_objects, sound_reports

MAC = "4C:33:A6:60:3C:79"
BEACON = "home/gw/BTtoMQTT/4C33A6603C79"
RADIO = "home/gw/RTL_433toMQTT"
WIRED = "home/gw/CLIMAtoMQTT/dht1"
KEYS = (
    *("id", "mac", "name", "tempc", "tempf", "temp", "tempc1", "temperature_1_C", "hum", "humidity", "co2"),
    *("lux", "pres", "pressure_kPa", "pa", "batt", "volt", "battery_mV", "rssi", "open", "door", "model"),
    "channel",
)
TOPICS = (BEACON, "home/gw/BTtoMQTT", RADIO, "rtl_433/host/events", WIRED, "home/gw/LWT", "home//LWT")


def hear(topic: str, context: DecodeContext | None = None, /, **body: Any) -> list[DecodedReport]:
    return decode(topic, json.dumps(body).encode(), context or decode_context())


def values(reports: list[DecodedReport]) -> dict[tuple[str, str], float]:
    return {(value.position, value.metric): value.value for report in reports for value in report.values}


@settings(max_examples=60, deadline=None)
@given(topic=st.sampled_from(TOPICS), body=st.one_of(odd_objects(KEYS, (MAC,)), odd_json(KEYS, (MAC,))))
def test_no_json_raises_anything_but_a_decode_error(topic: str, body: object) -> None:
    sound_reports(decode, topic, json.dumps(body).encode(), decode_context())


@settings(max_examples=60, deadline=None)
@given(topic=st.sampled_from(TOPICS), payload=st.binary(max_size=40))
def test_no_bytes_raise_anything_but_a_decode_error(topic: str, payload: bytes) -> None:
    sound_reports(decode, topic, payload, decode_context())


@pytest.mark.parametrize(
    ("field", "raw", "metric", "value"),
    [
        ("tempf", 212, "temperature", 100.0),
        ("pressure_kPa", 91.5, "pressure", 915.0),
        ("pa", 91_500, "pressure", 915.0),
        ("battery_mV", 2950, "voltage", 2.95),
        ("tempc", "3.5", "temperature", 3.5),
    ],
)
def test_a_value_comes_in_the_metrics_standard_unit(
    field: str, raw: object, metric: str, value: float
) -> None:
    decoded = values(hear(RADIO, model="th", hum=90, **{field: raw}))
    assert decoded["", metric] == pytest.approx(value)


@given(celsius=st.floats(-40, 60), fahrenheit=st.floats(-40, 140), fahrenheit_first=st.booleans())
def test_celsius_goes_before_fahrenheit_in_any_order(
    celsius: float, fahrenheit: float, fahrenheit_first: bool
) -> None:
    fields = [("tempc", celsius), ("tempf", fahrenheit)]
    body: dict[str, Any] = dict(reversed(fields) if fahrenheit_first else fields)
    assert values(hear(BEACON, **body)) == {("", "temperature"): celsius}


def test_numbered_probes_are_positions_below_the_gateways_own() -> None:
    assert values(hear(RADIO, model="th", temperature_2_C=1, tempf3=32)) == {
        ("2", "temperature"): 1.0,
        ("3", "temperature"): pytest.approx(0.0),
    }
    assert ("dht1-2", "temperature") in values(hear(WIRED, tempc2=1))


@pytest.mark.parametrize("body", [{}, {"name": "phone"}, {"rssi": -60}, {"batt": 90, "volt": 3}])
def test_a_passing_phone_makes_no_device(body: dict[str, Any]) -> None:
    assert hear(BEACON, **body) == []
    assert hear(WIRED, **body) == []
    assert hear(RADIO, model="th", **body) == []


def test_a_packet_through_a_second_gateway_counts_once_within_five_seconds() -> None:
    context = decode_context()
    other = "home/gw2/BTtoMQTT/4C33A6603C79"
    assert hear(BEACON, context, tempc=3.5, rssi=-60) != []
    assert hear(other, context, tempc=3.5, rssi=-80) == [], "only the signal differs"
    assert hear(BEACON, context, tempc=3.5) != [], "the same gateway reports anew"
    assert hear(other, context, tempc=3.6) != [], "another value is another packet"
    context.received_at += SAME_PACKET_MS
    assert hear(BEACON, context, tempc=3.6) != []


def test_a_clock_that_was_set_back_drops_no_beacon() -> None:
    context = decode_context()
    hear(BEACON, context, tempc=3.5)
    context.received_at -= 1
    assert hear("home/gw2/BTtoMQTT/4C33A6603C79", context, tempc=3.5) != []


@pytest.mark.parametrize("mac", ["4c:33:a6:60:3c:79", "4C-33-A6-60-3C-79", "4C33A6603C79"])
def test_an_address_has_one_spelling(mac: str) -> None:
    (report,) = hear("home/gw/BTtoMQTT", id=mac, tempc=1)
    assert report.device == MAC


def test_a_probe_that_is_broken_is_reported_and_a_battery_is_not() -> None:
    (report,) = hear(BEACON, tempc=None, hum="nan", batt=None, rssi="x")
    assert [(invalid.metric, invalid.reason) for invalid in report.invalid] == [
        ("temperature", "null"),
        ("humidity", "not_finite"),
    ]


def test_a_gateway_without_a_name_is_no_device() -> None:
    with pytest.raises(DecodeError) as refusal:
        decode("home//LWT", b"online", decode_context())
    assert refusal.value.reason == "no_device"
    assert decode("home/gw/LWT", b"offline", decode_context())[0].online is False
