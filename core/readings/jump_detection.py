"""Jumps that no air makes: which of a series' readings stand alone and cannot be believed.

One reading far off is a fault of the probe or its wire. Several that agree are true, for example when a probe
is carried from the yard into a shed. A pure function of the readings ordered by time; the order of arrival
has no effect.
"""

from collections.abc import Sequence

from core.readings.readings import HOUR_MS, Flag, Reading

STEP_K = 30.0
STEP_WITHIN_MS = HOUR_MS
"""Readings further apart say nothing about each other."""
FAST_K = 15.0
FAST_K_PER_S = 2.0
"""A smaller jump counts when it is faster than any probe in air or water follows."""
AGREE = 3
"""So many readings in a row that agree with each other are believed, the first of them included."""
METRICS = frozenset(("temperature",))

STEP = int(Flag.STEP)
NO_WITNESS = int(Flag.IMPLAUSIBLE | Flag.TIME_UNKNOWN)
"""Readings that say nothing about others."""


def is_jump(before: Reading, after: Reading) -> bool:
    """Whether the value moved between two readings as nothing real does."""
    _, before_at, before_value, _, _ = before
    _, after_at, after_value, _, _ = after
    step = abs(after_value - before_value)
    if step < FAST_K:
        return False
    apart = after_at - before_at
    return (step >= STEP_K and apart <= STEP_WITHIN_MS) or apart * FAST_K_PER_S < step * 1000


def jump_marks(window: Sequence[Reading]) -> list[bool]:
    """For each of some readings of one series, oldest first: whether it stands alone after a jump.

    The first is believed unless it was marked before (the window may begin in the middle of things). Readings
    may be plain tuples.
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
