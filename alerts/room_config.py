"""The alert engine's configuration: placements of probes, limits, and which rooms are empty."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection

from core.readings.calibrations import OffsetTable, Steps
from core.readings.readings import Reading
from core.rooms.limits import Limit
from core.rooms.places import Placement
from store.journal.series import Series
from store.readings.calibrations import corrections
from store.rooms.limits import all_current
from store.rooms.places import placements, rooms

ROOM_METRIC = "temperature"
"""Conditions of a whole room use the room's probes of this metric."""


class ProbeGroup(NamedTuple):
    """The probes that one limit of a room applies to."""

    room: int
    metric: str
    position_class: str


@dataclass(frozen=True, slots=True)
class PlacedSeries:
    """A series, its placement and its calibration. Readings before `valid_from` belong to an earlier
    placement. A probe that has reported nothing yet has no series: it stands under its placement's id,
    negative, as a temperature. `gateway` forwards the device's messages, "" if none is known."""

    series: int
    group: ProbeGroup
    spot: str
    valid_from: int
    steps: Steps
    device: str = ""
    position: str = ""
    gateway: str = ""

    @property
    def is_awaited(self) -> bool:
        return self.series < 0


class RoomConfig:
    """Read again whenever a room, placement, limit or calibration changes."""

    def __init__(self) -> None:
        self.placed: dict[int, PlacedSeries] = {}
        self.groups: dict[ProbeGroup, list[PlacedSeries]] = {}
        self.limits: dict[ProbeGroup, Limit] = {}
        self.empty: set[int] = set()
        self.rooms: list[int] = []
        self._last_series = 0
        self._by_device: dict[str, list[PlacedSeries]] = {}
        self._arrived: dict[int, PlacedSeries] = {}

    def read(
        self,
        tx: Connection,
        at: int | None,
        series: Iterable[Series],
        gateways: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Reads placements as of `at` (ms), or the current ones if `at` is None. `gateways`: device ->
        gateway."""
        placement_of = {(p.device, p.position): p for p in placements(tx, at=at)}
        offsets = corrections(tx)
        self.placed = {}
        self._by_device = {}
        self._arrived = {}
        self._last_series = 0
        groups: dict[ProbeGroup, list[PlacedSeries]] = defaultdict(list)
        for row in series:
            self._last_series = max(self._last_series, row.id)
            placement = placement_of.get((row.device, row.position))
            if placement is not None:
                placed = _placed(row, placement, offsets, gateways.get(row.device, ""))
                self.placed[row.id] = placed
                self._arrived.setdefault(-placement.id, placed)
                groups[placed.group].append(placed)
        for placement in placement_of.values():
            if -placement.id not in self._arrived:
                row = Series(-placement.id, placement.device, ROOM_METRIC, placement.position)
                self.placed[row.id] = _placed(row, placement, offsets, "")
        self.groups = dict(groups)
        self.limits = {
            ProbeGroup(room, limit.metric, limit.position_class): limit
            for room, limits in all_current(tx).items()
            for limit in limits
        }
        all_rooms = rooms(tx)
        self.rooms = [room.id for room in all_rooms]
        self.empty = {room.id for room in all_rooms if room.empty_since is not None}

    def awaited(self) -> list[PlacedSeries]:
        """Probes that were placed and have reported nothing yet."""
        return [place for place in self.placed.values() if place.is_awaited]

    def arrived(self, awaited: int) -> PlacedSeries | None:
        """A series of a probe that was awaited under this id."""
        return self._arrived.get(awaited)

    def of_device(self, device: str) -> list[PlacedSeries]:
        """The placed series of the device."""
        if not self._by_device:
            for place in self.placed.values():
                self._by_device.setdefault(place.device, []).append(place)
        return self._by_device.get(device, [])

    def lacks_series_of(self, readings: Iterable[Reading]) -> bool:
        """Whether a reading belongs to a series that was created after this configuration was read."""
        return max((reading.series for reading in readings), default=0) > self._last_series


def _placed(series: Series, placement: Placement, offsets: OffsetTable, gateway: str) -> PlacedSeries:
    group = ProbeGroup(placement.room, series.metric, str(placement.position_class))
    steps = offsets.series_steps(series.device, series.metric, series.position)
    return PlacedSeries(
        series.id,
        group,
        placement.spot,
        placement.valid_from,
        steps,
        series.device,
        series.position,
        gateway,
    )
