"""Whether the clock of this machine is wrong: if most devices differ from it by the same time, it is.

A lead is how far (ms) our clock is ahead of a device's; negative if it is behind.
"""

from collections.abc import Sequence
from typing import NamedTuple

from core.readings.readings import AHEAD_AT_MOST
from core.times import MINUTE_MS

AGREE_MS = MINUTE_MS
"""Leads within this time of each other are the same: devices send with some delay."""
NEAR_MS = 2 * MINUTE_MS
"""A clock within this time of the devices' is right."""
OFF_MS = AHEAD_AT_MOST
STEADY_MS, STEADY_FOR_MS = 20_000, 90_000
"""A lead that stays within the first for the second is no backlog, which gets shorter."""


class CommonLead(NamedTuple):
    lead: int
    devices: int


def common_lead(leads: Sequence[int]) -> CommonLead | None:
    """The lead of more than two thirds of the devices; of two devices, both must agree."""
    ordered = sorted(leads)
    best: Sequence[int] = ()
    first = 0
    for last, lead in enumerate(ordered):
        while lead - ordered[first] > AGREE_MS:
            first += 1
        if last + 1 - first > len(best):
            best = ordered[first : last + 1]
    if 3 * len(best) <= 2 * len(ordered):
        return None
    return CommonLead(best[len(best) // 2], len(best))


class SteadyLead(NamedTuple):
    """A common lead, and since when (ms, monotonic clock) it has been the same."""

    lead: int
    since: int


def steady_lead(steady: SteadyLead | None, lead: int, elapsed: int) -> SteadyLead:
    if steady is None or abs(lead - steady.lead) > STEADY_MS:
        return SteadyLead(lead, elapsed)
    return steady
