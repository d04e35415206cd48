"""Stamps arriving messages with the machine's clock, but backwards only to a clock that is right
(`core.readings.monotonic_stamp`)."""

import logging
import time
from collections.abc import Callable

from core.devices.clock_survey import NEAR_MS
from core.readings.monotonic_stamp import NOTICED_MS, MonotonicStamp, is_step, on_its_own, stamp
from core.readings.readings import EARLIEST
from ingest import ntp
from ingest.clock_survey import ClockSurvey
from store.clock import now_ms

log = logging.getLogger(__name__)

PATIENCE_MS = 120_000
"""How long (ms) a listener waits for a clock that is behind the last stored reading."""
BOOT_MS = 300_000
"""How long (ms) after the machine's start its clock may not have been set yet."""
BELIEVED_AFTER_MS = 600_000
"""How long (ms) a clock that was set back must go on, while no device contradicts it, to be believed."""
MOVED_MS = 1_000
"""A smaller change of the machine's clock against the monotonic clock is no reason to look at it."""


def _elapsed_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _is_synchronized() -> bool:
    return ntp.is_synchronized()


class Stamper:
    """`wall` is the machine's clock (ms UTC), `elapsed` the time since it started (ms). `survey` compares the
    wall with the devices' clocks."""

    def __init__(
        self,
        wall: Callable[[], int] = now_ms,
        elapsed: Callable[[], int] = _elapsed_ms,
        is_synchronized: Callable[[], bool] = _is_synchronized,
    ) -> None:
        self.wall = wall
        self.survey = ClockSurvey()
        self._elapsed = elapsed
        self._is_synchronized = is_synchronized
        self._last: MonotonicStamp | None = None
        self._waiting_since: int | None = None
        self._offset: int | None = None
        self._is_behind = False
        self._uncontradicted_since = 0

    def now(self) -> int:
        """The current time (ms UTC), never before an earlier stamp, unless that came from a wrong clock."""
        wall, elapsed, last = self.wall(), self._elapsed(), self._last
        if self._offset is None or abs(wall - elapsed - self._offset) > MOVED_MS:
            self.look()
        right = last is not None and is_step(last.at, wall) and self._is_right(last, wall, elapsed)
        self._last = stamp(last, wall, elapsed, right=right)
        if right:
            log.warning("clock is right; stamping goes back by %d s", (last.at - wall) // 1000 if last else 0)
        behind = self._last.at - wall
        if behind <= NOTICED_MS:
            self._is_behind = False
        elif not self._is_behind:
            self._is_behind, self._uncontradicted_since = True, elapsed
            log.warning("clock set back by %d s; stamping goes on without it", behind // 1000)
        return self._last.at

    def look(self) -> int:
        """How far (ms) this machine's clock is ahead of the devices', 0 if it is right or unknown."""
        wall, elapsed = self.wall(), self._elapsed()
        self._offset = wall - elapsed
        return self.survey.look(wall, elapsed, synchronized=self._is_synchronized())

    def hear(self, times: list[tuple[str, int]]) -> None:
        """Adds (device, the time that its clock shows now)."""
        self.survey.hear(times, self._elapsed())

    def resume(self, lead: int) -> None:
        """Takes over the lead of the clock that an earlier listener found, if it is still there."""
        self.survey.resume(lead, self.wall(), self._elapsed())

    def may_stamp(self, last: int, lead: int = 0) -> bool:
        """Whether stamping may begin after a journal row of `last` (ms UTC).

        A machine that boots in the past waits until its clock is set, at most `PATIENCE_MS`: a wrong time is
        better than no monitoring. On a machine that has run for long the clock was set back, and nobody
        waits. If the clock was known to be ahead by `lead` then, and has been set back by as much, it is
        right now.
        """
        if lead > 0 and last - lead - NEAR_MS <= self.wall() < last - NOTICED_MS:
            log.warning("clock was set right, back by %d s", lead // 1000)
            return True
        if last - self.wall() > NOTICED_MS and not self._is_synchronized() and self._may_have_booted():
            if self._waiting_since is None:
                self._waiting_since = self._elapsed()
            if self._elapsed() - self._waiting_since < PATIENCE_MS:
                return False
        if last and (self._last is None or last > self._last.at):
            self._last = MonotonicStamp(last, self._elapsed())
        return True

    def _may_have_booted(self) -> bool:
        """Whether the clock may not have been set since the machine started."""
        return self._elapsed() < BOOT_MS or self.wall() < EARLIEST

    def _is_right(self, last: MonotonicStamp, wall: int, elapsed: int) -> bool:
        """Whether the clock may be followed back. Devices that agree with it or with our stamps decide, then
        a time server, then time."""
        if wall < EARLIEST:
            return False
        if self.survey.agrees(wall, elapsed):
            return True
        if self.survey.agrees(on_its_own(last, elapsed), elapsed):
            self._uncontradicted_since = elapsed
            return False
        if self._is_synchronized():
            return True
        return self._is_behind and elapsed - self._uncontradicted_since >= BELIEVED_AFTER_MS
