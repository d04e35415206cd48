"""The probes of a room that report implausible values."""

from collections.abc import Sequence

from core.overview.status import ProbeNow
from core.rooms.places import SPOTS, PositionClass
from core.times import HOUR_MS

SPOKE_WITHIN_MS = 2 * HOUR_MS
"""A probe without a report for this long counts as silent, not as doubted."""


def spoke_lately(probe: ProbeNow, now: int) -> bool:
    return now - probe.at <= SPOKE_WITHIN_MS


def doubted_probes(probes: Sequence[ProbeNow], now: int) -> list[ProbeNow]:
    """Doubted probes inside the room that reported lately: temperatures first, then by spot."""
    spots = list(SPOTS)
    doubted = [
        probe
        for probe in probes
        if probe.doubtful and probe.position_class != PositionClass.OUTSIDE and spoke_lately(probe, now)
    ]
    return sorted(
        doubted, key=lambda probe: (probe.metric != "temperature", spots.index(probe.spot), probe.metric)
    )
