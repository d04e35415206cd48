"""Detects the probe that a person holds in the hand: the one that rises compared with its own past.

The warmest probe is not it: among twenty probes in rooms of -18 to 22 °C it was never the one in a hand.
Neither is any probe that moves: a defrost warms a room by 0.2 K a minute, and a compressor causes a
sawtooth of 0.5 K.
"""

from collections.abc import Sequence
from statistics import median

from core.times import MINUTE_MS

LOOKS_BACK = 10 * MINUTE_MS
RECENT = 3 * MINUTE_MS
"""An older last value says nothing about now."""
SPLITS = (MINUTE_MS, 2 * MINUTE_MS, 3 * MINUTE_MS, 5 * MINUTE_MS)
"""Assumed times since the probe was taken into the hand."""
BEFORE = 5 * MINUTE_MS
AT_LEAST_K = 0.8
"""From 20 °C a probe in a thick cover warms by 1 K in half a minute, a bare one by 6 K."""
A_MINUTE_K = 0.4
"""Twice the rate of a defrost."""
NOISE = 3.0
HIGH = 0.9
MOST_POINTS = 200
SELDOM = 3
SELDOM_AT_LEAST_K = 2.0
"""For a probe that reports every five minutes: the compressor alone moves it by 1 K."""
FALLING_K = 0.3

_Point = tuple[int, float]


def warming_k(points: Sequence[_Point], now: int) -> float | None:
    """How far (K) the probe is above the value expected from its own past; None if it does not rise.

    `points` are raw (ms, °C) in time order. For each of several moments in the last minutes, the past
    before it gives a level, a rising trend and a noise. The current value must be above all three, and by
    more the longer ago the moment is.
    """
    recent = [point for point in points if now - LOOKS_BACK <= point[0] <= now + MINUTE_MS]
    if len(recent) < 2 or now - recent[-1][0] > RECENT:
        return None
    if recent[-1][1] - min(value for _, value in recent) < AT_LEAST_K:
        return None  # the usual case
    every = -(-len(recent) // MOST_POINTS)
    recent = recent[(len(recent) - 1) % every :: every]  # thins out a probe that reports every second
    last_at = recent[-1][0]
    latest = [value for at, value in recent[-SELDOM:] if at > last_at - MINUTE_MS]
    if latest[-1] < max(latest) - FALLING_K:
        return None  # let go and cooling
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
    """Slope (K/ms) between the medians of both halves, so that one bad value changes little."""
    half = len(points) // 2
    first, second = points[:half], points[-half:]
    way = median(at for at, _ in second) - median(at for at, _ in first)
    if way <= 0:
        return 0.0
    return (median(value for _, value in second) - median(value for _, value in first)) / way
