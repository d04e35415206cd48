"""The decoded messages of one socket read, until their transaction is committed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.readings.readings import Reading
from ingest.decoders.contract import DecodeContext
from ingest.device_registry import DeviceChanges
from ingest.message_time import ArrivalTimes
from ingest.series_registry import NewSeries
from store.decoding.rejected import RejectionGroup


@dataclass(slots=True)
class PendingBatch:
    """A device's own time is accepted from `earliest` to `latest` (ms UTC). `has_waited`: the messages waited
    at the broker. `lead`: how far (ms) our clock is ahead of the devices', 0 if it is not."""

    now: int
    earliest: int
    latest: int
    context: DecodeContext
    arrivals: ArrivalTimes
    has_waited: bool = False
    lead: int = 0
    readings: list[Reading] = field(default_factory=list)
    waited: dict[int, Reading] = field(default_factory=dict)
    """Series -> last reading of unknown time."""
    claims: list[tuple[str, int]] = field(default_factory=list)
    """(device, latest time it claimed), only if that time is odd."""
    last_timed: tuple[str, list[Reading]] = ("", [])
    """The device and readings of the last message with a time of its own."""
    timeless: list[tuple[int, int]] = field(default_factory=list)
    acknowledge: list[int] = field(default_factory=list)
    series: NewSeries = field(default_factory=NewSeries)
    devices: DeviceChanges = field(default_factory=DeviceChanges)
    rejected: dict[tuple[str, str], RejectionGroup] = field(default_factory=dict)

    def device_times(self, *usual_lateness: Mapping[str, int]) -> list[tuple[str, int]]:
        """(device, what its clock should show now) of the last message with a time and of odd ones. `known`:
        by how much (ms) devices are known to be behind."""
        times = dict(self.claims)
        device, readings = self.last_timed
        if readings:
            times.setdefault(device, max(at for _, at, _, _, _ in readings))
        return [
            (device, at + sum(ms.get(device, 0) for ms in usual_lateness)) for device, at in times.items()
        ]

    def reject(self, topic: str, reason: str, detail: str, payload: bytes, has_waited: bool = False) -> None:
        group = self.rejected.get((topic, reason))
        if group is None:
            group = self.rejected[topic, reason] = RejectionGroup()
        # JSON may contain half of a surrogate pair, which no database stores
        group.add(detail.encode(errors="replace").decode(), payload, has_waited)
