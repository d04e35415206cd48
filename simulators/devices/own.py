"""Our own format: `coldshed/v1/<device>/readings`, with QoS 1 and its own time.

So nothing is lost while the broker is away: paho sends unacknowledged messages again.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from simulators.description import DemoDevice
from simulators.devices.contract import DeviceMessage, ProbeValue


def link(device: DemoDevice) -> str:
    return f"own-{device.id}"


def will(device: DemoDevice) -> DeviceMessage:
    return _status(device, "offline")


def birth(device: DemoDevice) -> list[DeviceMessage]:
    return [_status(device, "online")]


def farewell(device: DemoDevice) -> list[DeviceMessage]:
    return [_status(device, "offline")]


def readings(device: DemoDevice, values: Sequence[ProbeValue], at: int) -> list[DeviceMessage]:
    moment = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    body: dict[str, object] = {"at": moment.replace("+00:00", "Z")}
    for probe, metric, value in values:
        assert not probe.position, "our boards have one probe"
        body[metric] = bool(value) if metric in ("door", "power") else value
    return [DeviceMessage(f"coldshed/v1/{device.id}/readings", json.dumps(body), qos=1)]


def _status(device: DemoDevice, word: str) -> DeviceMessage:
    return DeviceMessage(f"coldshed/v1/{device.id}/status", word, qos=1, retain=True)
