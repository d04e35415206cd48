"""Detects a stuck probe: its value stays constant for longer than the room's temperature can.

Judged from half-hour buckets of the series' past: its longest constant period so far and its resolution. A
coarse probe in a calm store may be constant for half a day. An SHT that changed every ten minutes for two
weeks and now reports 3.94 for two hours is stuck.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from core.metrics import METRICS
from core.readings.rollups import Bucket
from core.times import DAY_MS, HOUR_MS, MINUTE_MS

STEP = 30 * MINUTE_MS
LOOK_BACK = 14 * DAY_MS
AT_LEAST = 2 * HOUR_MS
READINGS = 12
"""A constant period is judged only from this length (ms) and number of readings on."""
TIMES_LONGER = 4
TIMES_LONGER_ALONE = 2
"""Required ratio to the longest constant period so far. The second value applies if other probes of the
room changed meanwhile."""
RESTS_OFTEN = 6 * HOUR_MS
"""A series with longer constant periods cannot be judged by its own past."""
KNOWN = 2 * DAY_MS
"""Minimum length (ms) of the known past."""
STEPS_MOVED = 4
ROUND_STEPS = (1.0, 0.5, 0.1, 0.0625)
FINE = 0.05

PINNED_FOR = 2 * DAY_MS
PINNED_SHARE = 0.9
PINNED_HIGH, PINNED_LOW = 99.5, 0.5
DEAD_FOR = AT_LEAST


class StillPeriod(NamedTuple):
    """The latest period in which a series reported only `value`: from `since` for `length` ms, in
    `readings` readings."""

    value: float
    since: int
    length: int
    readings: int

    @property
    def is_long(self) -> bool:
        return self.length >= AT_LEAST and self.readings >= READINGS


def still_period(buckets: Sequence[Bucket]) -> StillPeriod | None:
    """Takes buckets of `STEP`, oldest first. None if the value changed within the latest bucket."""
    still: StillPeriod | None = None
    for bucket in reversed(buckets):
        if bucket.min != bucket.max or (
            still is not None and (bucket.min != still.value or still.since - bucket.at > STEP)
        ):
            break
        length, readings = (still.length, still.readings) if still else (0, 0)
        still = StillPeriod(bucket.min, bucket.at, length + STEP, readings + bucket.count)
    return still


def longest_still(buckets: Sequence[Bucket]) -> int:
    """The longest constant period (ms)."""
    longest = length = 0
    before: Bucket | None = None
    for bucket in buckets:
        if bucket.min != bucket.max:
            length = 0
        elif before is not None and before.max == bucket.min and bucket.at - before.at == STEP:
            length += STEP
        else:
            length = STEP
        longest, before = max(longest, length), bucket
    return longest


def resolution(buckets: Sequence[Bucket], value: float) -> float:
    """The resolution of a series: a round step if all its values are multiples of it, else the smallest
    observed step (for example of a probe in °F), else `FINE`."""
    levels = {value, *(level for bucket in buckets for level in (bucket.min, bucket.max))}
    for step in ROUND_STEPS:
        if all(abs(level / step - round(level / step)) < 0.001 for level in levels):
            return step
    apart = [above - below for below, above in pairwise(sorted(levels)) if above - below > 0.001]
    return round(min(apart, default=FINE), 4)


def is_stuck(
    metric: str, past: Sequence[Bucket], now: StillPeriod, rested: int = 0, neighbours: float | None = None
) -> bool:
    """Whether the constant period `now` is a fault.

    `past`: the buckets before it. `rested`: the longest past constant period (ms) known to be genuine.
    `neighbours`: how far the calmest other probe of the room moved meanwhile; None without others.
    """
    threshold = METRICS[metric].stuck
    if threshold is None or not now.is_long:
        return False
    step = resolution(past, now.value)
    longest = max(longest_still(past), rested)
    has_past = len(past) * STEP >= KNOWN
    if neighbours is not None:
        if neighbours < max(threshold.moved, STEPS_MOVED * step):
            return False  # the room is calm
        return now.length >= max(TIMES_LONGER_ALONE * longest, 0 if has_past else 2 * AT_LEAST)
    if not has_past or longest > RESTS_OFTEN:
        return False
    return now.length >= max(TIMES_LONGER * longest, step / threshold.drift * DAY_MS)


def stuck_at_end(hours: Sequence[Bucket], end: int) -> tuple[float, float] | None:
    """Takes hourly buckets, oldest first, before `end` (ms). If humidity stayed at an end of its range for
    too long, returns the range in which the probe cannot measure, else None."""
    days = [bucket for bucket in hours if bucket.at >= end - PINNED_FOR]
    if len(days) * HOUR_MS >= PINNED_SHARE * PINNED_FOR and all(bucket.min >= PINNED_HIGH for bucket in days):
        return PINNED_HIGH, 100.0
    last = [bucket for bucket in hours if bucket.at >= end - DEAD_FOR - HOUR_MS]
    if len(last) * HOUR_MS >= DEAD_FOR and all(bucket.max <= PINNED_LOW for bucket in last):
        return 0.0, PINNED_LOW
    return None
