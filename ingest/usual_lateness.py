"""Learns how late devices usually report from their live messages, and stores it with the batch."""

import logging
from collections.abc import Collection

from sqlalchemy import Connection

from core.devices.usual_lateness import Uploads, after_message, is_on_time, live_within, usual_age
from core.readings.readings import LATE_AFTER
from core.times import MINUTE_MS
from store.devices import usual_ages

log = logging.getLogger(__name__)

CHANGED_MS = 30_000
"""A smaller change of a usual age is not stored, so that a steady device writes nothing."""
NEVER_LATE_UPLOADS = 3
"""Uploads on time after which a device without a usual age is not watched any more."""


class UsualLateness:
    """`usual`: device -> usual age (ms). `live_within`: the age (ms) up to which a reading of a watched
    device is current. A device is watched from its first late message on; few are."""

    def __init__(self, tx: Connection) -> None:
        self.usual: dict[str, int] = {row.device: row.age for row in usual_ages.usual_ages(tx)}
        self._uploads: dict[str, Uploads] = {}
        self.live_within: dict[str, int] = {device: live_within(age) for device, age in self.usual.items()}
        self._new_uploads: dict[str, Uploads] = {}
        self._new_usual: dict[str, int | None] = {}

    def learn(
        self, tx: Connection, now: int, claims: list[tuple[str, int]], corrected: Collection[str]
    ) -> None:
        """Learns from (device, latest time it claims) of a batch's live messages. `corrected`: devices whose
        times are corrected, because their clock is known to be wrong."""
        for device, at in claims:
            before = self._new_uploads.get(device) or self._uploads.get(device)
            if before is None and device not in self.usual and now - at <= LATE_AFTER:
                continue
            self._new_uploads[device] = uploads = after_message(before, now - at, now)
            usual = self._new_usual.get(device, self.usual.get(device))
            learned = None if device in corrected else usual_age(uploads)
            if learned is not None and (usual is None or abs(learned - usual) > CHANGED_MS):
                usual_ages.set_usual_age(tx, device, learned, now)
                self._new_usual[device] = learned
            elif usual is not None and (device in corrected or is_on_time(uploads)):
                usual_ages.clear_usual_age(tx, device)
                self._new_usual[device] = None

    def forget(self, devices: Collection[str]) -> None:
        for device in devices:
            for remembered in (self.usual, self._uploads, self.live_within):
                remembered.pop(device, None)

    def on_committed(self) -> None:
        for device, usual in self._new_usual.items():
            if usual is None:
                self.usual.pop(device, None)
                log.warning("%s is not late any more", device)
                continue
            if device not in self.usual:
                minutes = usual // MINUTE_MS
                log.warning("%s is always %d min late; its readings count as current", device, minutes)
            self.usual[device] = usual
        for device, uploads in self._new_uploads.items():
            usual = self.usual.get(device)
            if usual is None and is_on_time(uploads, uploads_at_least=NEVER_LATE_UPLOADS):
                self._uploads.pop(device, None)
                self.live_within.pop(device, None)
            else:
                self._uploads[device] = uploads
                self.live_within[device] = live_within(usual)
        self.on_rolled_back()

    def on_rolled_back(self) -> None:
        self._new_uploads, self._new_usual = {}, {}
