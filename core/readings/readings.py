"""Readings, their quality flags, and how their time is checked."""

from enum import IntFlag
from typing import NamedTuple

from core.metrics import METRICS
from core.times import MINUTE_MS

LATE_AFTER = 10 * MINUTE_MS
AHEAD_AT_MOST = 5 * MINUTE_MS
EARLIEST = 1_577_836_800_000  # 2020-01-01: an earlier time comes from a clock that was never set


class Flag(IntFlag):
    """Quality flags of a reading, stored as a number. The raw value is always kept."""

    IMPLAUSIBLE = 1
    STUCK = 2
    LATE = 4
    CLOCK_WRONG = 8
    TIME_UNKNOWN = 16
    PERSON = 32
    PINNED = 64
    STEP = 128


CANNOT_BE_TRUE = int(Flag.IMPLAUSIBLE | Flag.STUCK | Flag.STEP)
DOUBTFUL = int(CANNOT_BE_TRUE | Flag.PINNED)
"""Shown as doubtful. A value pinned at the end of its range may be true; the probe cannot tell."""
NOT_COUNTED = int(CANNOT_BE_TRUE | Flag.TIME_UNKNOWN)
"""Stored as points, but excluded from minimum, mean, maximum and count."""
NEVER_ALERTS = int(DOUBTFUL | Flag.TIME_UNKNOWN | Flag.LATE)
_CLOCK_WRONG = int(Flag.CLOCK_WRONG)
_LATE = int(Flag.LATE)
# Plain integers, because enum arithmetic costs more than decoding a message.

DS18B20_POWER_ON = 85.0
DS18B20_LOST_BUS = -127.0


def implausible(metric: str, value: float) -> bool:
    """Whether the value is outside the metric's range or a known error value of a probe.

    85.0 °C is the power-on value and -127 °C the lost bus of a DS18B20 (maker's data sheet).
    """
    if metric == "temperature" and value in (DS18B20_POWER_ON, DS18B20_LOST_BUS):
        return True
    row = METRICS[metric]
    return not row.low <= value <= row.high


class Reading(NamedTuple):
    """One stored reading. `claimed`: the device's own time if it was rejected, else None."""

    series: int
    at: int
    value: float
    flags: int = 0
    claimed: int | None = None


def judge_time(at: int, received_at: int) -> tuple[int, int, int | None]:
    """Returns the time to store, the flags, and the device's time if it was rejected; all times in ms."""
    if at > received_at + AHEAD_AT_MOST or at < EARLIEST:
        return received_at, _CLOCK_WRONG, at
    if received_at - at > LATE_AFTER:
        return at, _LATE, None
    return at, 0, None
