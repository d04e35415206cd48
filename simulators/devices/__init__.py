"""Message formats of real devices: pure functions from probe values to MQTT messages.

A format is a module with the functions of `DeviceFormat`, and one line in `FORMS`.
"""

from simulators.devices import own, tasmota, zigbee2mqtt
from simulators.devices.contract import DeviceFormat

FORMS: dict[str, DeviceFormat] = {
    "own": own,
    "zigbee2mqtt": zigbee2mqtt,
    "tasmota": tasmota,
}
