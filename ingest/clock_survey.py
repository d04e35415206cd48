"""Compares this machine's clock with those of the devices (`core.devices.clock_survey`), in memory."""

from collections.abc import Iterable

from core.devices.clock_survey import (
    AGREE_MS,
    NEAR_MS,
    OFF_MS,
    STEADY_FOR_MS,
    CommonLead,
    SteadyLead,
    common_lead,
    steady_lead,
)
from core.times import MINUTE_MS

DEVICES = 256
"""How many devices are remembered: those heard last."""
HEARD_WITHIN_MS = 15 * MINUTE_MS


class ClockSurvey:
    """`lead`: how far (ms) this machine's clock is ahead of the devices' (negative: behind), 0 if it is right
    or unknown. `elapsed` is a monotonic clock (ms)."""

    def __init__(self) -> None:
        self.lead = 0
        self._heard: dict[str, tuple[int, int]] = {}
        """Device -> its clock minus the monotonic clock, and when it was heard (monotonic)."""
        self._right: int | None = None
        """The devices' time minus the monotonic clock, when they last agreed with this machine."""
        self._known_at = 0
        """When `lead` was last seen (monotonic)."""
        self._steady: SteadyLead | None = None

    def resume(self, lead: int, wall: int, elapsed: int) -> None:
        """Takes over the lead that an earlier listener found."""
        if lead and self._right is None:
            self.lead, self._right, self._known_at = lead, wall - elapsed - lead, elapsed

    def hear(self, times: Iterable[tuple[str, int]], elapsed: int) -> None:
        """Adds (device, the time that its clock shows now)."""
        for device, at in times:
            self._heard.pop(device, None)
            self._heard[device] = (at - elapsed, elapsed)
        while len(self._heard) > DEVICES:
            del self._heard[next(iter(self._heard))]

    def agrees(self, clock: int, elapsed: int) -> bool:
        """Whether the devices' clocks show what `clock` shows."""
        common = self._common(clock, elapsed)
        return common is not None and abs(common.lead) <= NEAR_MS

    def look(self, wall: int, elapsed: int, *, synchronized: bool = False) -> int:
        """Updates and returns `lead`. `synchronized`: a time server keeps the machine's clock, so that only a
        step of it shows that it is wrong."""
        common = self._common(wall, elapsed)
        if common is not None:
            self._known_at = elapsed
        if common is None:
            self.lead, self._steady = self._remembered_lead(wall, elapsed), None
        elif abs(common.lead) < OFF_MS:
            if abs(common.lead) <= NEAR_MS:
                self._right = wall - elapsed - common.lead
            self.lead, self._steady = 0, None
        elif self._is_step(wall - elapsed, common.lead):
            self.lead = common.lead
        elif common.devices < 2 or synchronized:
            self.lead, self._steady = 0, None
        else:
            self._steady = steady_lead(self._steady, common.lead, elapsed)
            self.lead = common.lead if elapsed - self._steady.since >= STEADY_FOR_MS else 0
        return self.lead

    def _remembered_lead(self, wall: int, elapsed: int) -> int:
        """The lead by what the devices showed a while ago."""
        if self._right is None or not 0 <= elapsed - self._known_at <= HEARD_WITHIN_MS:
            return 0
        lead = wall - elapsed - self._right
        return lead if abs(lead) >= OFF_MS else 0

    def _is_step(self, offset: int, lead: int) -> bool:
        """Whether our clock was moved by `lead` since the devices last agreed with it."""
        return self._right is not None and abs(offset - self._right - lead) <= AGREE_MS

    def _common(self, clock: int, elapsed: int) -> CommonLead | None:
        self._heard = {
            device: (offset, heard)
            for device, (offset, heard) in self._heard.items()
            if 0 <= elapsed - heard <= HEARD_WITHIN_MS
        }
        return common_lead([clock - elapsed - offset for offset, _ in self._heard.values()])
