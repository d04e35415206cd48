"""Which probe is in the hand: the one that rises against its own past.

Not the warmest: among twenty probes in rooms of -18 to 22 °C the warmest one never was in a hand. And not
whatever moves: a defrost warms its room by 0.2 K a minute, a compressor makes a saw of half a kelvin.
"""

from collections.abc import Sequence
from statistics import median

from core.readings.readings import MINUTE_MS

LOOKS_BACK = 10 * MINUTE_MS
RECENT = 3 * MINUTE_MS
"""Older than this, its last word says nothing about now."""
SPLITS = (MINUTE_MS, 2 * MINUTE_MS, 3 * MINUTE_MS, 5 * MINUTE_MS)
"""How long ago it may have been taken into the hand."""
BEFORE = 5 * MINUTE_MS
AT_LEAST_K = 0.8
"""A probe in a thick cover warms by a kelvin in half a minute from 20 °C, a bare one by six."""
A_MINUTE_K = 0.4
"""Twice a defrost."""
NOISE = 3.0
HIGH = 0.9
MOST_POINTS = 200
SELDOM = 3
SELDOM_AT_LEAST_K = 2.0
"""Of one that speaks every five minutes: its compressor alone moves it by a kelvin."""
FALLING_K = 0.3

_Point = tuple[int, float]


def warming_k(points: Sequence[_Point], now: int) -> float | None:
    """By how many kelvins the probe is above what its own past led to expect; `None`: it does not rise.

    `points` are (ms, °C), raw, by time. Its past before some moment of the last minutes gives a level, a
    trend (where it was warming already) and a noise; what it says now must be above all three, and the
    further, the longer ago that moment is.
    """
    recent = [point for point in points if now - LOOKS_BACK <= point[0] <= now + MINUTE_MS]
    if len(recent) < 2 or now - recent[-1][0] > RECENT:
        return None
    if recent[-1][1] - min(value for _, value in recent) < AT_LEAST_K:
        return None  # nearly all of them, nearly always
    every = -(-len(recent) // MOST_POINTS)
    recent = recent[
        (len(recent) - 1) % every :: every
    ]  # one that speaks every second is looked at now and then
    last_at = recent[-1][0]
    latest = [value for at, value in recent[-SELDOM:] if at > last_at - MINUTE_MS]
    if latest[-1] < max(latest) - FALLING_K:
        return None  # let go: it cools
    says = (last_at, median(latest))
    candidates = []
    for split in SPLITS:
        before = [point for point in recent if last_at - split - BEFORE <= point[0] <= last_at - split]
        above = _above(before, says, A_MINUTE_K * split / MINUTE_MS)
        if above is not None:
            candidates.append(above)
    return max(candidates, default=None)


def _above(before: Sequence[_Point], says: _Point, least: float) -> float | None:
    if not before:
        return None
    values = sorted(value for _, value in before)
    if len(values) <= SELDOM:
        above = says[1] - values[-1]
        return above if above >= SELDOM_AT_LEAST_K else None
    slope = max(0.0, _slope(before))
    expected = median(value for _, value in before[-SELDOM:]) + slope * (says[0] - before[-1][0])
    noise = median(abs(value - median(values)) for value in values)
    above = says[1] - max(expected, values[int(len(values) * HIGH)])
    return above if above >= max(AT_LEAST_K, least, NOISE * noise) else None


def _slope(points: Sequence[tuple[int, float]]) -> float:
    """K a ms, from the middle of the first half to the middle of the second: one bad value changes little."""
    half = len(points) // 2
    first, second = points[:half], points[-half:]
    way = median(at for at, _ in second) - median(at for at, _ in first)
    if way <= 0:
        return 0.0
    return (median(value for _, value in second) - median(value for _, value in first)) / way
