"""Timestamps of arriving messages: the machine's clock, but going back only to a clock that is right.

After the machine's clock is set back by a step, timestamps go on at full speed until somebody vouches for
the clock. After a smaller correction they advance at half speed until the clock has caught up. So delays
still end, silence is still noticed, and no timestamp is given twice. Times are ms.
"""

from typing import NamedTuple

from core.readings.readings import AHEAD_AT_MOST

NOTICED_MS = 5_000
"""A smaller lag of the machine's clock is not reported."""
STEP_MS = AHEAD_AT_MOST
"""A larger lag means that the clock was set."""


class MonotonicStamp(NamedTuple):
    """The last timestamp, and the monotonic clock when it was given."""

    at: int
    monotonic: int


def stamp(last: MonotonicStamp | None, wall: int, monotonic: int, *, right: bool) -> MonotonicStamp:
    """The timestamp for now. `wall`: the machine's clock; `right`: whether something vouches for it."""
    if last is None or wall >= last.at or (right and is_step(last.at, wall)):
        return MonotonicStamp(wall, monotonic)
    ahead = on_its_own(last, monotonic)
    if not is_step(ahead, wall):
        ahead = last.at + (monotonic - last.monotonic) // 2
    if wall >= ahead:
        return MonotonicStamp(wall, monotonic)
    return MonotonicStamp(ahead, monotonic) if ahead > last.at else last


def on_its_own(last: MonotonicStamp, monotonic: int) -> int:
    """The timestamp for now by the monotonic clock alone."""
    return last.at + monotonic - last.monotonic


def is_step(last: int, wall: int) -> bool:
    """Whether the clock shows so much less than the last timestamp that it must have been set."""
    return last - wall > STEP_MS
