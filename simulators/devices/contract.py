"""What a form of speech takes and gives."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from simulators.description import Device, Probe


class Said(NamedTuple):
    """One value that a probe of the device gave, in the metric's own unit."""

    probe: Probe
    metric: str
    value: float


class Message(NamedTuple):
    topic: str
    payload: str
    qos: int = 0
    retain: bool = False


class Form(Protocol):
    """The shape of a form's module. Times are ms since 1970."""

    def link(self, device: Device) -> str:
        """Devices of one link share a connection to the broker (a Zigbee stick speaks for all)."""

    def will(self, device: Device) -> Message:
        """What the broker says when the link breaks."""

    def birth(self, device: Device) -> list[Message]:
        """What is said on (re)connecting."""

    def farewell(self, device: Device) -> list[Message]:
        """What is said when the device is switched off in order."""

    def readings(self, device: Device, said: Sequence[Said], at: int) -> list[Message]: ...
