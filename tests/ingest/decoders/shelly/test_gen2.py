"""Shelly of the second generation: whose component it is, and when a value of it is none."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.shelly import gen2
from ingest.decoders.shelly.decoder import decode
from tests.support.decoding import decode_context, odd_json, odd_objects, sound_reports

NOW = 1_773_271_000_000
TS = 1_773_270_932.25


class Gateway:
    """The family with its memory, at a time of day."""

    def __init__(self) -> None:
        self.memory = FamilyMemory()
        self.now = NOW
        self.commands: list[dict[str, Any]] = []

    def hear(self, topic: str, payload: object, *, retained: bool = False) -> list[DecodedReport]:
        context = DecodeContext(ZoneInfo("UTC"), self.now, retained, self.memory)
        body = payload if isinstance(payload, str) else json.dumps(payload)
        reports = decode(topic, body.encode(), context)
        self.commands += [
            {"topic": command.topic, **json.loads(command.payload)} for command in context.commands
        ]
        self.memory.on_committed()
        return reports

    def notify(self, params: object, prefix: str = "shellyplusht-1", **more: object) -> list[DecodedReport]:
        body = {"src": prefix, "method": "NotifyStatus", "params": params, **more}
        return self.hear(f"{prefix}/events/rpc", body)


def single(params: dict[str, Any], prefix: str = "shellyplusht-1") -> DecodedReport:
    (report,) = Gateway().notify(params, prefix)
    return report


def test_components_keep_their_key_as_position_and_the_notifications_time() -> None:
    report = single({"ts": TS, "temperature:0": {"tC": 3.5, "tF": 38.3}, "temperature:100": {"tC": -18}})
    assert [tuple(value) for value in report.values] == [
        ("temperature:0", "temperature", 3.5, 1_773_270_932_250),
        ("temperature:100", "temperature", -18.0, 1_773_270_932_250),
    ]


@pytest.mark.parametrize("prefix", ["shellypro3em-1", "shellyplugsg3-1", "shellypmmini-1", "shelly3em63g3-1"])
def test_the_temperature_of_a_meter_is_its_chips(prefix: str) -> None:
    report = single({"temperature:0": {"tC": 51}, "temperature:100": {"tC": 3}}, prefix)
    assert [value.position for value in report.values] == ["temperature:100"]


def test_a_meters_counter_is_in_kilowatt_hours() -> None:
    params = {"switch:0": {"aenergy": {"total": 1234.5}, "voltage": 231.4, "temperature": {"tC": 51}}}
    assert [value[:3] for value in single(params).values] == [
        ("switch:0", "energy", 1.2345),
        ("switch:0", "voltage", 231.4),
    ]


@pytest.mark.parametrize(
    ("component", "reason"),
    [
        ({"tC": None, "errors": ["read"]}, "error_code"),
        ({"tC": 3, "errors": ["read"]}, "error_code"),
        ({"tC": None}, "null"),
    ],
)
def test_a_probe_that_does_not_answer_is_an_error(component: dict[str, Any], reason: str) -> None:
    report = single({"temperature:100": component})
    assert report.values == []
    assert [invalid.reason for invalid in report.invalid] == [reason]


@pytest.mark.parametrize("component", [{"errors": []}, {}, {"id": 100}])
def test_a_notification_of_something_else_about_a_probe_is_no_fault(component: dict[str, Any]) -> None:
    assert Gateway().notify({"temperature:100": component}) == []


def test_batteries_are_of_the_device_and_none_on_usb() -> None:
    power = {"battery": {"V": 5.9, "percent": 88}, "external": {"present": False}}
    assert [value[:2] for value in single({"devicepower:0": power}).values] == [
        ("", "battery"),
        ("", "voltage"),
    ]
    on_usb = {"battery": {"V": 0.0, "percent": 0}, "external": {"present": True}}
    assert Gateway().notify({"devicepower:0": on_usb}) == []


def test_params_that_are_none_refuse_the_message() -> None:
    with pytest.raises(DecodeError) as error:
        Gateway().notify([1, 2])
    assert error.value.reason == "wrong_type"


def test_below_a_prefix_that_somebody_typed_every_message_is_of_the_same_device() -> None:
    gateway = Gateway()
    gateway.hear("cold/room1/events/rpc", {"src": "shellyplusht-9", "params": {"temperature:0": {"tC": 1}}})
    (report,) = gateway.hear("cold/room1/status/temperature:0", {"id": 0, "tC": 2})
    assert report.device == "shellyplusht-9"


def test_whichever_message_comes_first_names_the_device_for_good() -> None:
    gateway = Gateway()
    (first,) = gateway.hear("room1/status/temperature:0", {"id": 0, "tC": 2})
    (second,) = gateway.hear(
        "room1/events/rpc", {"src": "shellyplusht-9", "params": {"temperature:0": {"tC": 1}}}
    )
    assert (first.device, second.device) == ("room1", "room1")


def test_online_waits_until_the_device_below_a_prefix_is_known() -> None:
    gateway = Gateway()
    assert gateway.hear("room1/online", "true") == []
    body = {"src": "shellyplusht-9", "params": {"temperature:0": {"tC": 1}}}
    (report,) = gateway.hear("room1/events/rpc", body)
    assert (report.device, report.online) == ("shellyplusht-9", True)
    (report,) = gateway.hear("room1/events/rpc", body)
    assert report.online is None
    (report,) = gateway.hear("room1/online", "false")
    assert (report.device, report.online) == ("shellyplusht-9", False)


def test_online_of_a_device_under_its_own_id_is_told_at_once() -> None:
    (report,) = Gateway().hear("shellyplusht-1/online", "true")
    assert (report.device, report.online) == ("shellyplusht-1", True)


@pytest.mark.parametrize("payload", ["maybe", "{}", "1"])
def test_another_programs_online_topic_is_not_ours(payload: str) -> None:
    with pytest.raises(DecodeError) as error:
        Gateway().hear("x/online", payload)
    assert error.value.reason == "unknown_topic"


BLU = "bc:02:6e:c3:97:31"
ANSWER = {
    "src": "shellyblugw-1",
    "result": {
        "components": [
            {"key": "bthomesensor:200", "config": {"addr": BLU, "obj_id": 69, "idx": 0}},
            {"key": "bthomesensor:201", "config": {"addr": BLU, "obj_id": 69, "idx": 1}},
            {"key": "bthomesensor:202", "config": {"addr": BLU, "obj_id": 1, "idx": 0}},
            {"key": "bthomedevice:200", "config": {"addr": BLU, "name": "门口"}},
            {"key": "bthomesensor:203", "config": {"addr": "not an address", "obj_id": 69}},
            "no component",
        ]
    },
}


def test_a_bluetooth_sensor_that_nobody_named_is_asked_for_now_and_then() -> None:
    gateway = Gateway()
    params = {"bthomesensor:200": {"value": 3.5}}
    (report,) = gateway.notify(params, "shellyblugw-1")
    assert report.undecoded == "needs_meaning"
    gateway.notify(params, "shellyblugw-1")
    gateway.now += 599_999
    gateway.notify(params, "shellyblugw-1")
    assert [command["topic"] for command in gateway.commands] == ["shellyblugw-1/rpc"]
    assert gateway.commands[0]["method"] == "Shelly.GetComponents"
    gateway.now += 1
    gateway.notify(params, "shellyblugw-1")
    assert len(gateway.commands) == 2


def test_a_stored_message_asks_nobody() -> None:
    gateway = Gateway()
    body = {"src": "shellyblugw-1", "params": {"bthomesensor:200": {"value": 3.5}}}
    gateway.hear("shellyblugw-1/events/rpc", body, retained=True)
    assert gateway.commands == []


def test_after_the_answer_each_sensor_is_a_device_behind_its_gateway() -> None:
    gateway = Gateway()
    assert gateway.hear("coldshed/shelly/rpc", ANSWER) == []
    params = {
        "bthomesensor:200": {"value": 3.5},
        "bthomesensor:201": {"value": 4.5, "last_updated_ts": TS},
        "bthomesensor:202": {"value": 77},
        "bthomedevice:200": {"battery": 88, "rssi": -60},
    }
    (report,) = gateway.notify(params, "shellyblugw-1")
    assert (report.device, report.gateway, report.name) == (BLU, "shellyblugw-1", "门口")
    assert [value[:3] for value in report.values] == [
        ("", "temperature", 3.5),
        ("2", "temperature", 4.5),
        ("", "battery", 88.0),
        ("", "signal", -60.0),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"src": "a"},
        {"src": "a", "result": None},
        {"result": {"components": []}},
        {"src": "a", "result": {"components": "x"}},
    ],
)
def test_an_answer_that_is_none_changes_nothing(body: object) -> None:
    gateway = Gateway()
    gateway.hear("coldshed/shelly/rpc", body)
    assert list(gateway.memory.items()) == []


def test_one_packet_through_two_gateways_is_one_reading() -> None:
    gateway = Gateway()
    packet = {"address": BLU, "pid": 7, "temperature": [3.5, 4.5], "window": True, "battery": 88}
    (report,) = gateway.hear("shelly-blu/events/x", {**packet, "gateway": "a"})
    assert [value[:3] for value in report.values] == [
        ("", "battery", 88.0),
        ("", "temperature", 3.5),
        ("2", "temperature", 4.5),
        ("", "door", 1.0),
    ]
    assert gateway.hear("shelly-blu/events/x", {**packet, "gateway": "b"}) == []
    gateway.now += 60_000
    assert gateway.hear("shelly-blu/events/x", {**packet, "gateway": "b"})


@pytest.mark.parametrize("change", [{"address": "x"}, {"address": None}, {"encryption": True}])
def test_a_packet_that_cannot_be_read_is_nothing(change: dict[str, Any]) -> None:
    packet = {"address": BLU, "pid": 7, "temperature": 3.5, **change}
    assert Gateway().hear("shelly-blu/events/x", packet) == []


def test_a_scripts_events_are_read_with_their_time() -> None:
    event = {"event": "shelly-blu", "ts": TS, "data": {"address": BLU, "temperature": 3.5}}
    params = {"ts": TS + 60, "events": [event, {"event": "other"}, "none"]}
    (report,) = Gateway().notify(params, method="NotifyEvent")
    assert [(value.value, value.at) for value in report.values] == [(3.5, 1_773_270_932_250)]


FIELDS = (
    *("tC", "rh", "lux", "voltage", "errors", "aenergy", "total", "battery", "percent", "V", "external"),
    *("present", "rssi", "a_voltage", "total_act", "current_C", "value", "ts", "src", "method", "params"),
)
COMPONENTS = (*sorted(gen2.NAMES), "temperature:9999", "switch:", ":0", "bthomesensor:200")


@settings(max_examples=80, deadline=None)
@given(
    component=st.sampled_from(COMPONENTS),
    fields=odd_objects(FIELDS),
    params=odd_json((*COMPONENTS, *FIELDS), ("NotifyEvent", "shellyplusht-1")),
    prefix=st.sampled_from(["shellyplusht-1", "shelly3em-1", "cold/room", "shellies/a", " "]),
)
def test_no_component_raises_anything_but_a_decode_error(
    component: str, fields: dict[str, Any], params: object, prefix: str
) -> None:
    context = decode_context()
    sound_reports(gen2.decode_status, prefix, component, fields, context)
    for body in (
        {"params": {component: fields, "ts": params}},
        {"params": params},
        {"src": params, **fields},
    ):
        sound_reports(gen2.decode_notification, prefix, body, context)


@pytest.mark.parametrize("errors", [["out_of_range"], ["read"], "x"])
def test_a_value_beside_an_error_is_not_believed(errors: object) -> None:
    report = single({"temperature:0": {"tC": 85.0, "errors": errors}})
    assert (report.values, [invalid.reason for invalid in report.invalid]) == ([], ["error_code"])


@given(watt_hours=st.floats(0, 1e9))
def test_a_counter_keeps_a_milliwatt_hour(watt_hours: float) -> None:
    report = single({"switch:0": {"aenergy": {"total": watt_hours}, "temperature": {"tC": 60}}})
    assert [value.metric for value in report.values] == ["energy"], "the chip's temperature is left out"
    assert abs(report.values[0].value * 1000 - watt_hours) <= 0.001


@pytest.mark.parametrize("key", ["temperature:12345", "temperature", "temperature:-1", "x" * 41, "input:0"])
def test_a_key_that_is_no_component_is_left_out(key: str) -> None:
    assert Gateway().notify({key: {"tC": 3.5}}) == []
