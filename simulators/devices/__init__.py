"""Devices as they are bought: each form of speech is a pure function from what the probes say to messages.

A form is a module with `birth`, `readings` and `will`, and one line in `FORMS`.
"""

from simulators.devices import own, tasmota, zigbee2mqtt
from simulators.devices.contract import DeviceFormat

FORMS: dict[str, DeviceFormat] = {
    "own": own,
    "zigbee2mqtt": zigbee2mqtt,
    "tasmota": tasmota,
}
