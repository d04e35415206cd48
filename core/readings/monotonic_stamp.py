"""Timestamps of arriving messages: the machine's clock, but never going back.

After the machine's clock is set back, timestamps advance at half speed until it catches up, which takes
twice the step. So delays still end, silence is still noticed, and no timestamp is given twice. Times are
ms.
"""

from typing import NamedTuple

from core.readings.readings import EARLIEST
from core.times import DAY_MS

NOTICED_MS = 5_000
"""A smaller lag of the machine's clock is not reported."""
SHOWN_MS = 60_000
LOST_MS = DAY_MS
"""A timestamp farther ahead of a synchronized clock comes from a time when the clock was wrong."""


class MonotonicStamp(NamedTuple):
    """The last timestamp, and the monotonic clock when it was given."""

    at: int
    monotonic: int


def stamp(last: MonotonicStamp | None, wall: int, monotonic: int, *, right: bool) -> MonotonicStamp:
    """The timestamp for now. `wall`: the machine's clock; `right`: whether it is synchronized by NTP."""
    if last is None or wall >= last.at or (right and is_lost(last.at, wall)):
        return MonotonicStamp(wall, monotonic)
    ahead = last.at + (monotonic - last.monotonic) // 2
    if wall >= ahead:
        return MonotonicStamp(wall, monotonic)
    return MonotonicStamp(ahead, monotonic) if ahead > last.at else last


def is_lost(last: int, wall: int) -> bool:
    """Whether the last timestamp is so far ahead that the clock must have been wrong then."""
    return wall >= EARLIEST and last - wall > LOST_MS
