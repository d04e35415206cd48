"""Zigbee2MQTT: flat JSON on `zigbee2mqtt/<friendly name>`, all devices through one stick.

Source: zigbee2mqtt.io, MQTT topics and messages; device availability.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from simulators.description import DemoDevice
from simulators.devices.contract import DeviceMessage, ProbeValue
from simulators.noise import salt
from simulators.weather import LOCAL

_BRIDGE = "zigbee2mqtt/bridge/state"


def link(device: DemoDevice) -> str:
    return "zigbee2mqtt"


def will(device: DemoDevice) -> DeviceMessage:
    return DeviceMessage(_BRIDGE, '{"state":"offline"}', qos=1, retain=True)


def birth(device: DemoDevice) -> list[DeviceMessage]:
    return [DeviceMessage(_BRIDGE, '{"state":"online"}', retain=True), _availability(device, "online")]


def farewell(device: DemoDevice) -> list[DeviceMessage]:
    return [_availability(device, "offline"), will(device)]


def readings(device: DemoDevice, values: Sequence[ProbeValue], at: int) -> list[DeviceMessage]:
    body: dict[str, object] = {}
    for probe, metric, value in values:
        suffix = f"_{probe.position}" if probe.position else ""
        if metric == "door":
            body["contact" + suffix] = not value  # true means closed
        else:
            body[metric + suffix] = value
    # the option last_seen is off in some installations
    if salt(device.id, "last_seen") % 2:
        moment = datetime.fromtimestamp(at / 1000, LOCAL)
        body["last_seen"] = moment.isoformat(timespec="seconds")
    body["linkquality"] = 40 + salt(device.id) % 120 + salt(device.id, at) % 9
    if "battery" in body:
        body["voltage"] = 2500 + 6 * int(float(str(body["battery"])))
    name = f"zigbee2mqtt/{device.id}"
    return [DeviceMessage(name, json.dumps(dict(sorted(body.items())), ensure_ascii=False))]


def _availability(device: DemoDevice, state: str) -> DeviceMessage:
    return DeviceMessage(f"zigbee2mqtt/{device.id}/availability", json.dumps({"state": state}), retain=True)
