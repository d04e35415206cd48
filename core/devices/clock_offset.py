"""Device clocks that are wrong by whole hours: local time sent as UTC, or a missing time zone.

Such a device is always behind or ahead by the same multiple of 15 minutes. The offset is learned from live
messages, one observation per message, and dropped when the device's times are right again.
"""

from typing import NamedTuple

from core.readings.readings import AHEAD_AT_MOST, EARLIEST, LATE_AFTER, Flag
from core.times import HOUR_MS, MINUTE_MS

QUARTER_MS = 15 * MINUTE_MS
LEAST, MOST = 2 * QUARTER_MS, 26 * HOUR_MS
HOUR_WITHIN_MS = 90_000
QUARTER_WITHIN_MS = 30_000
"""Tolerances (ms) of the difference from whole hours and from other quarter hours."""
STEADY_WITHIN = MINUTE_MS
MESSAGES = 6
OVER = 10 * MINUTE_MS
"""Required: this many consecutive messages over this time (ms)."""
INTERVALS = 3
"""A difference below this many reporting intervals may be an average, sent at the end of its period."""
FORGET_AFTER = 3 * HOUR_MS
RIGHT_AGAIN = 3
"""Number of messages with a right time after which a clock counts as right."""

_CLOCK_WRONG = int(Flag.CLOCK_WRONG)
_LATE = int(Flag.LATE)


class OffsetSuspicion(NamedTuple):
    """Consecutive messages whose time was behind ours by `off` (ms; negative: ahead). Their deviations
    from `off` are `least` to `most` ms; they arrived between `first` and `last` (ms, our time). `right`
    counts messages with a right time."""

    off: int = 0
    messages: int = 0
    first: int = 0
    last: int = 0
    least: int = 0
    most: int = 0
    right: int = 0


NOTHING = OffsetSuspicion()


def observe(suspicion: OffsetSuspicion, at: int, received_at: int) -> OffsetSuspicion:
    """Adds a live message that arrived at `received_at` and whose latest reading has the device time `at`."""
    behind = received_at - at
    if -AHEAD_AT_MOST <= behind <= LATE_AFTER:
        return OffsetSuspicion(right=suspicion.right + 1)
    off = (behind + QUARTER_MS // 2) // QUARTER_MS * QUARTER_MS
    apart = behind - off
    if abs(apart) > (QUARTER_WITHIN_MS if off % HOUR_MS else HOUR_WITHIN_MS) or not LEAST <= abs(off) <= MOST:
        return NOTHING
    least, most = min(suspicion.least, apart), max(suspicion.most, apart)
    same = suspicion.messages and suspicion.off == off and most - least <= STEADY_WITHIN
    if not same or received_at - suspicion.last > FORGET_AFTER:
        return OffsetSuspicion(off, 1, received_at, received_at, apart, apart)
    return OffsetSuspicion(off, suspicion.messages + 1, suspicion.first, received_at, least, most)


def is_wrong(suspicion: OffsetSuspicion) -> bool:
    """Whether it is certain that the clock is wrong by `suspicion.off`."""
    lasted = suspicion.last - suspicion.first
    if suspicion.messages < MESSAGES or lasted < OVER:
        return False
    return abs(suspicion.off) >= INTERVALS * lasted // (suspicion.messages - 1)


def is_right_again(suspicion: OffsetSuspicion) -> bool:
    return suspicion.right >= RIGHT_AGAIN


def correct(at: int, received_at: int, off: int) -> tuple[int, int, int | None] | None:
    """Returns time to store, flags and claimed time for a device whose clock is `off` ms behind.

    A time that is plausible as it is stays unchanged: the clock may have been set. None if `off` does not
    explain the difference.
    """
    if received_at - LATE_AFTER <= at <= received_at + AHEAD_AT_MOST:
        return at, 0, None
    true = at + off
    if not EARLIEST <= true <= received_at + AHEAD_AT_MOST:
        return None
    return true, _CLOCK_WRONG | (_LATE if received_at - true > LATE_AFTER else 0), at
