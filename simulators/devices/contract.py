"""What a form of speech takes and gives."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from simulators.description import DemoDevice, DemoProbe


class ProbeValue(NamedTuple):
    """One value that a probe of the device gave, in the metric's own unit."""

    probe: DemoProbe
    metric: str
    value: float


class DeviceMessage(NamedTuple):
    topic: str
    payload: str
    qos: int = 0
    retain: bool = False


class DeviceFormat(Protocol):
    """The shape of a form's module. Times are ms since 1970."""

    def link(self, device: DemoDevice) -> str:
        """Devices of one link share a connection to the broker (a Zigbee stick speaks for all)."""

    def will(self, device: DemoDevice) -> DeviceMessage:
        """What the broker says when the link breaks."""

    def birth(self, device: DemoDevice) -> list[DeviceMessage]:
        """What is said on (re)connecting."""

    def farewell(self, device: DemoDevice) -> list[DeviceMessage]:
        """What is said when the device is switched off in order."""

    def readings(self, device: DemoDevice, values: Sequence[ProbeValue], at: int) -> list[DeviceMessage]: ...
