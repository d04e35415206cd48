"""Learns offsets of device clocks that are wrong by whole hours from live messages, and stores them with the
batch."""

import logging
from collections.abc import Collection

from sqlalchemy import Connection

from core.devices.clock_offset import NOTHING, OffsetSuspicion, is_right_again, is_wrong, observe
from core.readings.readings import LATE_AFTER
from core.times import HOUR_MS
from store.devices import clock_offsets

log = logging.getLogger(__name__)


class ClockOffsets:
    """`offsets`: how far (ms) a device's clock is behind ours; few devices have an entry."""

    def __init__(self, tx: Connection) -> None:
        self.offsets: dict[str, int] = {clock.device: clock.off for clock in clock_offsets.clock_offsets(tx)}
        self._suspicions: dict[str, OffsetSuspicion] = {}
        self._new_suspicions: dict[str, OffsetSuspicion] = {}
        self._new_offsets: dict[str, int] = {}

    def learn(self, tx: Connection, now: int, claims: list[tuple[str, int]]) -> None:
        """Learns from (device, latest time it claims) of a batch's live messages with an odd time."""
        for device, at in claims:
            before = self._new_suspicions.get(device) or self._suspicions.get(device, NOTHING)
            suspicion = observe(before, at, now)
            off = self._new_offsets.get(device, self.offsets.get(device, 0))
            if is_wrong(suspicion) and suspicion.off != off and not _is_backlog(tx, device, at, off):
                clock_offsets.set_clock_offset(tx, device, suspicion.off, now)
                self._new_offsets[device] = suspicion.off
            elif off and is_right_again(suspicion):
                clock_offsets.clear_clock_offset(tx, device)
                self._new_offsets[device] = 0
            self._new_suspicions[device] = suspicion

    def forget(self, devices: Collection[str]) -> None:
        for device in devices:
            self.offsets.pop(device, None)
            self._suspicions.pop(device, None)

    def on_committed(self) -> None:
        self._suspicions |= self._new_suspicions
        for device, off in self._new_offsets.items():
            if off:
                self.offsets[device] = off
                log.warning("clock of %s is %.2f h off; correcting its times", device, off / HOUR_MS)
            elif self.offsets.pop(device, 0):
                log.warning("clock of %s is right again", device)
        self.on_rolled_back()

    def on_rolled_back(self) -> None:
        self._new_suspicions, self._new_offsets = {}, {}


def _is_backlog(tx: Connection, device: str, at: int, off: int) -> bool:
    """Whether a reading later than `at`, the time that the device claims now, is already stored. The clock
    is then right, and the late readings are a backlog."""
    return clock_offsets.latest_at(tx, device) > max(at, at + off) + LATE_AFTER
