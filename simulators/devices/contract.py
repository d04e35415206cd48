"""The interface of a device's message format."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from simulators.description import DemoDevice, DemoProbe


class ProbeValue(NamedTuple):
    """One value of a probe, in the metric's standard unit."""

    probe: DemoProbe
    metric: str
    value: float


class DeviceMessage(NamedTuple):
    topic: str
    payload: str
    qos: int = 0
    retain: bool = False


class DeviceFormat(Protocol):
    """A format's module. Times are ms since 1970."""

    def link(self, device: DemoDevice) -> str:
        """The name of the device's connection; a Zigbee stick shares one among all its devices."""

    def will(self, device: DemoDevice) -> DeviceMessage:
        """The will that the broker publishes when the connection breaks."""

    def birth(self, device: DemoDevice) -> list[DeviceMessage]:
        """Messages on (re)connecting."""

    def farewell(self, device: DemoDevice) -> list[DeviceMessage]:
        """Messages before a regular disconnect."""

    def readings(self, device: DemoDevice, values: Sequence[ProbeValue], at: int) -> list[DeviceMessage]: ...
