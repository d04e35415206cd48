"""Jumps that no air makes: which of a series' readings stand alone and cannot be believed.

One reading far off is a fault of the probe or its wire; several that agree are a new truth, as when a
probe is carried from the yard into a shed. A pure function of the readings in the order of their times,
so the order in which they arrive says nothing.
"""

from collections.abc import Sequence

from core.readings.readings import HOUR_MS, Flag, Reading

STEP_K = 30.0
STEP_WITHIN = HOUR_MS
"""Readings further apart (ms) say nothing about each other."""
FAST_K = 15.0
FAST_K_PER_S = 2.0
"""A smaller jump counts when it is faster than any probe in air or water follows."""
AGREE = 3
"""So many readings in a row that agree with each other are believed, the first of them included."""
METRICS = frozenset(("temperature",))

STEP = int(Flag.STEP)
NO_WITNESS = int(Flag.IMPLAUSIBLE | Flag.TIME_UNKNOWN)
"""Readings that say nothing about others."""


def jumps(before: Reading, after: Reading) -> bool:
    """Whether the value moved between two readings as nothing real does."""
    far = abs(after[2] - before[2])
    if far < FAST_K:
        return False
    apart = after[1] - before[1]
    return (far >= STEP_K and apart <= STEP_WITHIN) or apart * FAST_K_PER_S < far * 1000


def steps(window: Sequence[Reading]) -> list[bool]:
    """For each of some readings of one series, oldest first: whether it stands alone after a jump.

    The first is believed unless it was doubted before (the window may begin in the middle of things).
    """
    found = [False] * len(window)
    good: Reading | None = None
    run: list[int] = []
    for number, reading in enumerate(window):
        if good is None and reading[3] & STEP:
            found[number] = True
        elif good is None or not jumps(good, reading):
            good, run = reading, []
        else:
            if run and jumps(window[run[-1]], reading):
                run = []
            run.append(number)
            found[number] = True
            if len(run) == AGREE:
                for believed in run:
                    found[believed] = False
                good, run = reading, []
    return found
