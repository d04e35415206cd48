"""Our own format: `coldshed/v1/<device>/readings`, at QoS 1 and with its own time.

So nothing is lost when the broker is away: paho keeps what was not acknowledged and sends it again.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from simulators.description import Device
from simulators.devices.contract import Message, Said


def link(device: Device) -> str:
    return f"own-{device.id}"


def will(device: Device) -> Message:
    return _status(device, "offline")


def birth(device: Device) -> list[Message]:
    return [_status(device, "online")]


def farewell(device: Device) -> list[Message]:
    return [_status(device, "offline")]


def readings(device: Device, said: Sequence[Said], at: int) -> list[Message]:
    moment = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    body: dict[str, object] = {"at": moment.replace("+00:00", "Z")}
    for probe, metric, value in said:
        assert not probe.position, "our boards have one probe"
        body[metric] = bool(value) if metric in ("door", "power") else value
    return [Message(f"coldshed/v1/{device.id}/readings", json.dumps(body), qos=1)]


def _status(device: Device, word: str) -> Message:
    return Message(f"coldshed/v1/{device.id}/status", word, qos=1, retain=True)
