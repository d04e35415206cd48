"""What is wrong with a value under a limit, in one word."""

from collections.abc import Iterable, Mapping

from core.metrics import METRICS, Verdict
from core.rooms.limits import Limit

FREEZING_WITHIN_K = 3.0


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


def verdict_of(metric: str, value: float, freezing: float | None, *, high: bool) -> Verdict | None:
    """What is wrong with a value above (`high`) or below its limit, in one word: the same for board, SMS,
    API and pages. `freezing` is the highest freezing point (°C) of what lies in the room.

    Cold is `freezing` within 3 K above that point, whatever bounds the limit has: goods freeze by their
    nature, a bound only says how urgent it is (docs/decisions/0017-one-verdict.md).
    """
    row = METRICS[metric]
    if high:
        return row.too_high
    near = freezing is not None and value <= freezing + FREEZING_WITHIN_K
    return Verdict.FREEZING if metric == "temperature" and near else row.too_low


def verdict(value: float, limit: Limit, freezing: float | None) -> Verdict | None:
    """The verdict on a value under a limit; `None` inside its safe band."""
    if excess(value, limit) <= 0:
        return None
    return verdict_of(limit.metric, value, freezing, high=is_high(value, limit))


def is_high(value: float, limit: Limit) -> bool:
    """Whether a value outside the safe band is above it."""
    low = limit.hard_low if limit.safe_low is None else limit.safe_low
    return low is None or value >= low


def freezing_point(
    limits: Iterable[Limit], goods: Iterable[str], points: Mapping[str, float]
) -> float | None:
    """The highest freezing point (°C) among what the limits are for, else among the goods in the room;
    `points` by produce."""
    produce = {name for limit in limits for name in limit.produce} or set(goods)
    return max((points[name] for name in produce if name in points), default=None)
