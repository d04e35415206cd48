"""What is known of the devices' clocks: learned from live messages, kept with their batch."""

import logging

from sqlalchemy import Connection

from core.devices.clock_offset import NOTHING, OffsetSuspicion, is_right_again, is_wrong, observe
from core.readings.readings import LATE_AFTER
from store.devices import clock_offsets

log = logging.getLogger(__name__)


class ClockOffsets:
    """`off` says how far (ms) a device's clock is behind ours. Few devices are ever seen here."""

    def __init__(self, tx: Connection) -> None:
        self.off: dict[str, int] = {clock.device: clock.off for clock in clock_offsets.device_clocks(tx)}
        self._suspected: dict[str, OffsetSuspicion] = {}
        self._seen: dict[str, OffsetSuspicion] = {}
        self._learned: dict[str, int] = {}

    def learn(self, tx: Connection, now: int, claims: list[tuple[str, int]]) -> None:
        """From what a batch's live messages claim as their newest time, where it looked odd."""
        self._seen, self._learned = {}, {}
        for device, at in claims:
            known = self._seen.get(device) or self._suspected.get(device, NOTHING)
            seen = observe(known, at, now)
            off = self._learned.get(device, self.off.get(device, 0))
            if is_wrong(seen) and seen.off != off and not _speaks_in_time(tx, device, at, off):
                clock_offsets.wrong(tx, device, seen.off, now)
                self._learned[device] = seen.off
            elif off and is_right_again(seen):
                clock_offsets.right(tx, device)
                self._learned[device] = 0
            self._seen[device] = seen

    def kept(self) -> None:
        """The batch is committed."""
        self._suspected |= self._seen
        for device, off in self._learned.items():
            if off:
                self.off[device] = off
                log.warning("the clock of %s is %.2f h off; its times are corrected", device, off / 3_600_000)
            elif self.off.pop(device, 0):
                log.warning("the clock of %s is right again", device)
        self._seen, self._learned = {}, {}


def _speaks_in_time(tx: Connection, device: str, at: int, off: int) -> bool:
    """Whether something newer than what looks late is known of it: then its clock is right, and what
    looks late is a backlog. `at` is the time claimed now."""
    newest = clock_offsets.latest_at(tx, device)
    return newest > max(at, at + off) + LATE_AFTER
