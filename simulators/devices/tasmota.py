"""Tasmota: `tele/<topic>/SENSOR`, local time without offset, DS18B20 probes by their Id.

Source: github.com/tasmota/docs (DS18x20, SCD4x, MQTT).
"""

import json
from collections.abc import Sequence
from datetime import datetime

from core.readings.moist_air import dew_point
from simulators.description import DemoDevice
from simulators.devices.contract import DeviceMessage, ProbeValue
from simulators.noise import salt
from simulators.weather import LOCAL

_FIELDS = {"temperature": "Temperature", "humidity": "Humidity", "co2": "CarbonDioxide"}


def link(device: DemoDevice) -> str:
    return f"tasmota-{device.id}"


def will(device: DemoDevice) -> DeviceMessage:
    return _lwt(device, "Offline")


def birth(device: DemoDevice) -> list[DeviceMessage]:
    return [_lwt(device, "Online")]


def farewell(device: DemoDevice) -> list[DeviceMessage]:
    return [_lwt(device, "Offline")]


def readings(device: DemoDevice, values: Sequence[ProbeValue], at: int) -> list[DeviceMessage]:
    time = datetime.fromtimestamp(at / 1000, LOCAL).replace(tzinfo=None).isoformat(timespec="seconds")
    body: dict[str, object] = {"Time": time}
    wires = list(dict.fromkeys(value.probe.position for value in values if value.probe.kind == "DS18B20"))
    for value in values:
        if value.probe.kind == "DS18B20":
            number = wires.index(value.probe.position) + 1
            name = "DS18B20" if len(wires) == 1 else f"DS18B20-{number}"
            body[name] = {"Id": value.probe.position, "Temperature": round(value.value, 1)}
        elif value.metric in _FIELDS:
            sensor = body.setdefault(value.probe.position, {})
            assert isinstance(sensor, dict)
            sensor[_FIELDS[value.metric]] = int(value.value) if value.metric == "co2" else value.value
    for sensor in body.values():
        if isinstance(sensor, dict) and "Humidity" in sensor:
            sensor["DewPoint"] = round(dew_point(sensor["Temperature"], max(1.0, sensor["Humidity"])), 1)
    body["TempUnit"] = "C"
    state = {"Time": time, "Wifi": {"AP": 1, "RSSI": 60, "Signal": -50 - salt(device.id) % 30}}
    messages = [DeviceMessage(f"tele/{device.id}/SENSOR", json.dumps(body))]
    if at // 1000 % 300 < device.every_s:
        messages.append(DeviceMessage(f"tele/{device.id}/STATE", json.dumps(state)))
    return messages


def _lwt(device: DemoDevice, word: str) -> DeviceMessage:
    return DeviceMessage(f"tele/{device.id}/LWT", word, qos=1, retain=True)
