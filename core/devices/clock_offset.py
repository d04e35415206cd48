"""Clocks of devices that are wrong by whole hours: local time sent as UTC, a forgotten time zone.

Such a device is always late, or always ahead, by the same quarter hours. That is learned from what
arrives live, one observation a message, and forgotten when its times are right again.
"""

from typing import NamedTuple

from core.readings.readings import AHEAD_AT_MOST, EARLIEST, HOUR_MS, LATE_AFTER, MINUTE_MS, Flag

QUARTER_MS = 15 * MINUTE_MS
LEAST, MOST = 2 * QUARTER_MS, 26 * HOUR_MS
HOUR_WITHIN_MS = 90_000
QUARTER_WITHIN_MS = 30_000
"""How near (ms) to whole hours, and to other quarters, the difference must be."""
STEADY_WITHIN = MINUTE_MS
MESSAGES = 6
OVER = 10 * MINUTE_MS
"""So many messages in a row over so long a time (ms)."""
INTERVALS = 3
"""A difference that is not this much longer than the device's interval may be an average, sent at its end."""
FORGET_AFTER = 3 * HOUR_MS
RIGHT_AGAIN = 3
"""Messages with a right time after which a clock is right again."""

_CLOCK_WRONG = int(Flag.CLOCK_WRONG)
_LATE = int(Flag.LATE)


class OffsetSuspicion(NamedTuple):
    """Messages in a row whose time was behind our own by `off` (ms; negative: ahead), apart from `least`
    to `most` ms; between `first` and `last` (ms) of our time. `right` counts those that were right."""

    off: int = 0
    messages: int = 0
    first: int = 0
    last: int = 0
    least: int = 0
    most: int = 0
    right: int = 0


NOTHING = OffsetSuspicion()


def observe(suspicion: OffsetSuspicion, at: int, received_at: int) -> OffsetSuspicion:
    """After a message that came live at `received_at` and whose newest reading claims `at`."""
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
    """Whether the clock is wrong by `seen.off` beyond doubt."""
    lasted = suspicion.last - suspicion.first
    if suspicion.messages < MESSAGES or lasted < OVER:
        return False
    return abs(suspicion.off) >= INTERVALS * lasted // (suspicion.messages - 1)


def is_right_again(suspicion: OffsetSuspicion) -> bool:
    return suspicion.right >= RIGHT_AGAIN


def correct(at: int, received_at: int, off: int) -> tuple[int, int, int | None] | None:
    """Time to store, flags, and the claimed time, as of a device whose clock is `off` ms behind.

    A time that is right as it is may be the clock that was set; `None`: the difference explains nothing.
    """
    if received_at - LATE_AFTER <= at <= received_at + AHEAD_AT_MOST:
        return at, 0, None
    true = at + off
    if not EARLIEST <= true <= received_at + AHEAD_AT_MOST:
        return None
    return true, _CLOCK_WRONG | (_LATE if received_at - true > LATE_AFTER else 0), at
