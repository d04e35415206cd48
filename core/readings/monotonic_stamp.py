"""The time that is stamped on what arrives: the machine's clock, but never back.

A clock that was set back is waited for at half speed: time goes on, so that delays end and silence is
noticed, nothing is stamped twice, and both meet again after twice the step. Times are ms.
"""

from typing import NamedTuple

from core.readings.readings import DAY_MS, EARLIEST

NOTICED_MS = 5_000
"""A machine's clock that is less behind is not spoken of."""
SHOWN_MS = 60_000
LOST_MS = DAY_MS
"""What is further ahead than this of a clock that is known to be right was stamped by a wrong one."""


class MonotonicStamp(NamedTuple):
    """The last time that was given, and when that was on a clock that is never set."""

    at: int
    monotonic: int


def stamp(last: MonotonicStamp | None, wall: int, monotonic: int, *, right: bool) -> MonotonicStamp:
    """The time of now; `wall` is the machine's clock, `right` whether a time server vouches for it."""
    if last is None or wall >= last.at or (right and is_lost(last.at, wall)):
        return MonotonicStamp(wall, monotonic)
    ahead = last.at + (monotonic - last.monotonic) // 2
    if wall >= ahead:
        return MonotonicStamp(wall, monotonic)
    return MonotonicStamp(ahead, monotonic) if ahead > last.at else last


def is_lost(last: int, wall: int) -> bool:
    """Whether what was stamped last is so far ahead that the clock must have been wrong then."""
    return wall >= EARLIEST and last - wall > LOST_MS
