"""Detects jumps: isolated readings of a series that differ too much from the others.

A single outlier is a fault of the probe or its wire. Several outliers that agree are real, for example
when a probe is carried from the yard into a shed. A pure function of the readings ordered by time; the
order of arrival has no effect.
"""

from collections.abc import Sequence

from core.readings.readings import Flag, Reading
from core.times import HOUR_MS

STEP_K = 30.0
STEP_WITHIN_MS = HOUR_MS
"""Readings farther apart are not compared."""
FAST_K = 15.0
FAST_K_PER_S = 2.0
"""A step from `FAST_K` on counts if it is faster than a probe in air or water can follow."""
AGREE = 3
"""This many consecutive readings that agree are accepted, including the first."""
METRICS = frozenset(("temperature",))

STEP = int(Flag.STEP)
NO_WITNESS = int(Flag.IMPLAUSIBLE | Flag.TIME_UNKNOWN)
"""Readings with these flags are not used to judge others."""


def is_jump(before: Reading, after: Reading) -> bool:
    """Whether the value changed between two readings more than is physically possible."""
    _, before_at, before_value, _, _ = before
    _, after_at, after_value, _, _ = after
    step = abs(after_value - before_value)
    if step < FAST_K:
        return False
    apart = after_at - before_at
    return (step >= STEP_K and apart <= STEP_WITHIN_MS) or apart * FAST_K_PER_S < step * 1000


def jump_marks(window: Sequence[Reading]) -> list[bool]:
    """Returns for each reading of one series, oldest first, whether it is isolated after a jump.

    Leading readings that already carry `Flag.STEP` stay marked, because the window may begin within a
    jump. Readings may be plain tuples.
    """
    marks = [False] * len(window)
    believed: Reading | None = None
    run: list[int] = []
    for number, reading in enumerate(window):
        _, _, _, flags, _ = reading
        if believed is None and flags & STEP:
            marks[number] = True
        elif believed is None or not is_jump(believed, reading):
            believed, run = reading, []
        else:
            if run and is_jump(window[run[-1]], reading):
                run = []
            run.append(number)
            marks[number] = True
            if len(run) == AGREE:
                for agreeing in run:
                    marks[agreeing] = False
                believed, run = reading, []
    return marks
