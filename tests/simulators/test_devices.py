"""Messages as the devices send them, read by the decoders that read real ones."""

import json
from zoneinfo import ZoneInfo

import pytest

from ingest.decoders import Router
from ingest.decoders.contract import DecodeContext, DecodedReport
from simulators.description import DemoDevice
from simulators.devices import FORMS
from simulators.devices.contract import DeviceMessage
from simulators.federation import DEMO
from simulators.sampling import DeviceSpeech, channels
from simulators.weather import Weather
from simulators.world import World

NOW = 1_795_468_800
CONTEXT = DecodeContext(ZoneInfo("Asia/Shanghai"), NOW * 1000 + 300)
DEVICES = [device for room in DEMO.rooms for device in room.devices]


@pytest.fixture(scope="module")
def speech() -> DeviceSpeech:
    return DeviceSpeech(World(DEMO, Weather(), NOW), channels(DEMO, 1))


def _read(message: DeviceMessage) -> list[DecodedReport]:
    decoder = Router().find(message.topic)
    assert decoder is not None, message.topic
    return list(decoder[1](message.topic, message.payload.encode(), CONTEXT))


def _of(form: str) -> list[DemoDevice]:
    return [device for device in DEVICES if device.form == form]


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.id)
def test_the_decoders_find_in_a_message_what_the_probes_said(
    device: DemoDevice, speech: DeviceSpeech
) -> None:
    probe_values = speech.of(device, ())
    values = {}
    for message in FORMS[device.form].readings(device, probe_values, NOW * 1000):
        for report in _read(message):
            assert report.device == device.id
            assert report.invalid == []
            for value in report.values:
                assert value.at in (None, NOW * 1000)
                values[value.position, value.metric] = value.value
    for sent in probe_values:
        assert values[sent.probe.position, sent.metric] == pytest.approx(sent.value, abs=0.051)


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.id)
def test_birth_farewell_and_will_say_whether_it_is_there(device: DemoDevice) -> None:
    form = FORMS[device.form]
    births = [report for message in form.birth(device) for report in _read(message)]
    ends = [report for message in form.farewell(device) for report in _read(message)]
    assert {report.online for report in births} == {True}
    assert {report.online for report in ends} == {False}
    assert device.id in {report.device for report in births} & {report.device for report in ends}
    assert [report.online for report in _read(form.will(device))] == [False]
    assert all(message.retain for message in (*form.birth(device), form.will(device)))


def test_only_our_own_boards_ask_for_an_acknowledgement(speech: DeviceSpeech) -> None:
    for device in DEVICES:
        for message in FORMS[device.form].readings(device, speech.of(device, ()), NOW * 1000):
            assert message.qos == (1 if device.form == "own" else 0)
            assert not message.retain


def test_all_zigbee_devices_speak_through_one_stick_and_the_others_for_themselves() -> None:
    assert len({FORMS["zigbee2mqtt"].link(device) for device in _of("zigbee2mqtt")}) == 1
    for form in ("own", "tasmota"):
        assert len({FORMS[form].link(device) for device in _of(form)}) == len(_of(form))


def test_some_zigbee_devices_tell_when_they_were_seen_and_some_do_not(speech: DeviceSpeech) -> None:
    bodies = [
        json.loads(FORMS["zigbee2mqtt"].readings(device, speech.of(device, ()), NOW * 1000)[0].payload)
        for device in _of("zigbee2mqtt")
    ]
    assert {"last_seen" in body for body in bodies} == {True, False}
    assert all(0 <= body["linkquality"] <= 255 for body in bodies)


def test_tasmota_numbers_its_wires_only_where_there_are_several(speech: DeviceSpeech) -> None:
    for device in _of("tasmota"):
        message = FORMS["tasmota"].readings(device, speech.of(device, ()), NOW * 1000)[0]
        wires = [name for name in json.loads(message.payload) if name.startswith("DS18B20")]
        assert wires in (["DS18B20"], ["DS18B20-1", "DS18B20-2"])
