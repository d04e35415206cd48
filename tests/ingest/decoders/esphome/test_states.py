"""A state of an entity: in the unit of its definition, once per probe, and never an error of the program."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.times import MINUTE_MS
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.esphome import states
from ingest.decoders.esphome.discovery import Entity
from tests.support.decoding import decode_context, odd_objects, sound_reports

TEMPLATES = (
    "",
    "{{ value_json.t }}",
    "{{ value_json.t | round(1) }}",
    "{{ value|float }}",
    "{% if x %}",
    "{{",
)
KEYS = ("t", "temp1", "humidity", "temperature_f", "Temp F", "time", "ts", "door", "battery", "x/y", "state")
SENSOR = "dev/sensor/temperature/state"


def entity(metric: str = "temperature", unit: str = "°C", **fields: Any) -> Entity:
    return {"c": "c#", "d": "d", "p": "t1", "m": metric, "u": unit, "t": "", "n": "库1", "x": False, **fields}


def decode(payload: str, *entities: Entity) -> list[DecodedReport]:
    return states.decode_defined(list(entities), payload.encode(), decode_context())


def undefined(
    payload: object, position: str = "temperature", context: DecodeContext | None = None, topic: str = SENSOR
) -> list[DecodedReport]:
    body = payload if isinstance(payload, str) else json.dumps(payload)
    return states.decode_undefined(topic, "dev", position, body.encode(), context or decode_context())


def values(reports: list[DecodedReport]) -> dict[tuple[str, str], float]:
    return {(value.position, value.metric): value.value for report in reports for value in report.values}


@settings(max_examples=80, deadline=None)
@given(
    payload=st.one_of(st.binary(max_size=20), odd_objects(KEYS).map(lambda body: json.dumps(body).encode())),
    template=st.sampled_from(TEMPLATES),
    unit=st.sampled_from(["", "°C", "°F", "hPa", "parsec"]),
    metric=st.sampled_from(["", "temperature", "humidity", "door", "battery"]),
)
def test_no_state_raises_anything_but_a_decode_error(
    payload: bytes, template: str, unit: str, metric: str
) -> None:
    words = {"on": "open", "off": "closed"} if metric == "door" else {}
    defined = entity(metric, unit, t=template, **words)
    sound_reports(states.decode_defined, [defined, defined], payload, decode_context())
    for position in ("temperature", "door", "flux"):
        context = decode_context()
        sound_reports(states.decode_undefined, SENSOR, "dev", position, payload, context)
    sound_reports(states.decode_availability, {"d": ["online", "offline", template]}, payload)


def test_two_definitions_of_a_probe_give_a_value() -> None:
    assert values(decode("3.5", entity(), entity())) == {("t1", "temperature"): 3.5}


def test_of_a_pair_in_both_units_the_fahrenheit_is_left_out() -> None:
    assert decode("41", entity(unit="°F", x=True)) == []
    assert values(decode("41", entity(unit="°F", x=True), entity(p="t2", unit="°F"))) == {
        ("t2", "temperature"): 5.0
    }


@pytest.mark.parametrize("word", ["unknown", "unavailable", "None", " null ", ""])
def test_a_broken_room_probe_is_reported_and_a_battery_without_a_value_is_not(word: str) -> None:
    (report,) = decode(word, entity())
    assert [invalid.reason for invalid in report.invalid] == ["null"]
    assert decode(word, entity("battery", "%")) == []


def test_a_value_that_its_unit_makes_infinite_is_reported() -> None:
    (report,) = decode("1e308", entity("pressure", "kPa"))
    assert [invalid.reason for invalid in report.invalid] == ["not_finite"]


def test_a_switch_has_only_the_words_of_its_definition() -> None:
    door = entity("door", "", on="auf", off="zu")
    assert values(decode("AUF", door)) == {("t1", "door"): 1.0}
    assert [invalid.reason for report in decode("on", door) for invalid in report.invalid] == ["wrong_value"]


@pytest.mark.parametrize(
    ("words", "payload", "online"),
    [
        (["up", "down", ""], b"UP", True),
        (["up", "down", ""], b"down", False),
        (["up", "down", ""], b'{"state": "offline"}', False),
        (["up", "down", "{{ value_json.s }}"], b'{"s": "up"}', True),
        (["up", "down", "{{ value_json.s }}"], b'{"state": "online"}', None),
        (["up", "down", ""], b"maybe", None),
    ],
)
def test_availability_is_the_definitions_words_or_nothing(
    words: list[str], payload: bytes, online: bool | None
) -> None:
    reports = states.decode_availability({"d": words}, payload)
    assert [report.online for report in reports] == ([] if online is None else [online])


def test_an_object_gives_each_key_as_a_position_and_celsius_goes_before_fahrenheit() -> None:
    body = {"temp1": -18.2, "tempf": 0.0, "humidity": 91, "rssi": True, "probe": {"temperature": 2}}
    decoded = values(undefined(body))
    assert decoded[("temp1", "temperature")] == -18.2
    assert decoded[("humidity", "humidity")] == 91.0
    assert decoded[("probe/temperature", "temperature")] == 2.0
    assert all(metric in ("temperature", "humidity") for _, metric in decoded)


def test_an_object_is_read_up_to_a_hundred_fields() -> None:
    (report,) = undefined({f"temp{number}": 1 for number in range(1000)})
    assert len(report.values) == 100


def test_a_text_sensor_named_like_a_probe_is_no_fault() -> None:
    assert undefined("calibrating") == []


@pytest.mark.parametrize(
    ("retained_first", "retained_definition", "decoded"), [(True, True, 5.0), (True, False, None)]
)
def test_a_stored_state_becomes_no_new_one_by_a_live_definition(
    retained_first: bool, retained_definition: bool, decoded: float | None
) -> None:
    context = decode_context(retained=retained_first)
    assert undefined("41", context=context) == []
    context.memory.put(f"t:{SENSOR}", [entity(unit="°F")])
    context.retained = retained_definition
    reports = states.decode_held(SENSOR, context)
    assert list(values(reports).values()) == ([] if decoded is None else [decoded])
    assert states.decode_held(SENSOR, context) == [], "a held state is used once"


def test_a_number_waits_a_minute_for_its_definition_and_a_text_for_ever() -> None:
    context = decode_context()
    assert undefined("41", "flux", context) == []
    context.received_at += MINUTE_MS
    assert undefined("calm", "flux", context) == []
    assert [report.undecoded for report in undefined("41", "flux", context)] == ["needs_meaning"]
