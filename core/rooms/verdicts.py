"""What is wrong with a value under a limit, in one word."""

from enum import StrEnum

from core.rooms.limits import Limit

FREEZING_WITHIN_K = 3.0


class Verdict(StrEnum):
    TOO_WARM = "too_warm"
    FREEZING = "freezing"
    TOO_COLD = "too_cold"
    TOO_DRY = "too_dry"
    TOO_DAMP = "too_damp"
    CO2_HIGH = "co2_high"


def excess(value: float, limit: Limit) -> float:
    """How far outside the safe band; inside, minus the way to the nearest bound."""
    low = limit.hard_low if limit.safe_low is None else limit.safe_low
    high = limit.hard_high if limit.safe_high is None else limit.safe_high
    ways = [low - value] if low is not None else []
    if high is not None:
        ways.append(value - high)
    return max(ways, default=float("-inf"))


def level(value: float, limit: Limit) -> int:
    """0 inside, 1 outside the safe band, 2 outside the hard band. A bound itself is inside."""
    for at_level, low, high in ((2, limit.hard_low, limit.hard_high), (1, limit.safe_low, limit.safe_high)):
        if (low is not None and value < low) or (high is not None and value > high):
            return at_level
    return 0


def verdict(value: float, limit: Limit, freezing: float | None) -> Verdict | None:
    """What is wrong, in one word; `freezing` is the freezing point (°C) of what lies in the room.

    Below its safe band a room is `freezing` within 3 K above that point when cold is dangerous at all
    (the limit has a hard lower bound), else only `too_cold`.
    """
    if excess(value, limit) <= 0:
        return None
    low = limit.hard_low if limit.safe_low is None else limit.safe_low
    below = low is not None and value < low
    if limit.metric == "temperature":
        if not below:
            return Verdict.TOO_WARM
        near = freezing is not None and value <= freezing + FREEZING_WITHIN_K
        return Verdict.FREEZING if near and limit.hard_low is not None else Verdict.TOO_COLD
    if limit.metric == "humidity":
        return Verdict.TOO_DRY if below else Verdict.TOO_DAMP
    if limit.metric == "co2" and not below:
        return Verdict.CO2_HIGH
    return None
