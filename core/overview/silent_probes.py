"""How many of a room's probes are silent, while others show the room."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.alerts.reporting_interval import QUIET_UNKNOWN
from core.overview.doubted_probes import spoke_lately
from core.overview.status import ProbeNow
from core.rooms.places import Placement, PositionClass


class SilentShare(NamedTuple):
    """`silent` of `total` probes inside the room."""

    silent: int = 0
    total: int = 0

    @property
    def is_partial(self) -> bool:
        return 0 < self.silent < self.total


NONE_SILENT = SilentShare()


def silent_share(probes: Sequence[ProbeNow], never_heard: Iterable[Placement], now: int) -> SilentShare:
    """`never_heard`: placements of the room whose probe has reported nothing. They count after an hour, when
    an alert says so too. A probe that reports implausible values is not silent."""
    speaks: dict[tuple[str, str], bool] = {}
    for probe in probes:
        if probe.position_class != PositionClass.OUTSIDE:
            key = probe.device, probe.position
            is_heard = probe.fresh or (probe.doubtful and spoke_lately(probe, now))
            speaks[key] = speaks.get(key, False) or is_heard
    for placement in never_heard:
        if placement.position_class != PositionClass.OUTSIDE and now - placement.valid_from >= QUIET_UNKNOWN:
            speaks[placement.device, placement.position] = False
    return SilentShare(sum(not is_heard for is_heard in speaks.values()), len(speaks))
