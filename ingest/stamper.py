"""Stamps arriving messages with the machine's clock, but never backwards
(`core.readings.monotonic_stamp`)."""

import logging
import time
from collections.abc import Callable

from core.readings.monotonic_stamp import NOTICED_MS, MonotonicStamp, is_lost, stamp
from ingest import ntp
from store.clock import now_ms

log = logging.getLogger(__name__)

PATIENCE_MS = 600_000
"""How long (ms) a listener waits for a clock that is behind the last stored reading."""


def _elapsed_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _is_synchronized() -> bool:
    return ntp.is_synchronized()


class Stamper:
    """`wall` is the machine's clock (ms UTC), `elapsed` a monotonic clock (ms)."""

    def __init__(
        self,
        wall: Callable[[], int] = now_ms,
        elapsed: Callable[[], int] = _elapsed_ms,
        is_synchronized: Callable[[], bool] = _is_synchronized,
    ) -> None:
        self.wall = wall
        self._elapsed = elapsed
        self._is_synchronized = is_synchronized
        self._last: MonotonicStamp | None = None
        self._waiting_since: int | None = None
        self._is_behind = False

    def now(self) -> int:
        """The current time (ms UTC), never before an earlier stamp, unless a time server proves that stamp
        wrong."""
        wall, last = self.wall(), self._last
        right = last is not None and is_lost(last.at, wall) and self._is_synchronized()
        self._last = stamp(last, wall, self._elapsed(), right=right)
        behind = self._last.at - wall
        if behind > NOTICED_MS and not self._is_behind:
            log.warning("clock set back by %d s; stamping at half speed until it catches up", behind // 1000)
        self._is_behind = behind > NOTICED_MS
        return self._last.at

    def may_stamp(self, last: int) -> bool:
        """Whether stamping may begin after a journal row of `last` (ms UTC).

        A machine that boots in the past waits until its clock is set, at most `PATIENCE_MS`: a wrong time is
        better than no monitoring.
        """
        if last - self.wall() > NOTICED_MS and not self._is_synchronized():
            if self._waiting_since is None:
                self._waiting_since = self._elapsed()
            if self._elapsed() - self._waiting_since < PATIENCE_MS:
                return False
        if last and (self._last is None or last > self._last.at):
            self._last = MonotonicStamp(last, self._elapsed())
        return True
