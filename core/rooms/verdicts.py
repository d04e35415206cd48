"""The verdict on a value under a limit."""

from collections.abc import Iterable, Mapping

from core.metrics import METRICS, Verdict
from core.rooms.limits import Limit

FREEZING_WITHIN_K = 3.0


def excess(value: float, limit: Limit) -> float:
    """Distance outside the safe band; negative inside: the distance to the nearest bound."""
    ways = [limit.low - value] if limit.low is not None else []
    if limit.high is not None:
        ways.append(value - limit.high)
    return max(ways, default=float("-inf"))


def level(value: float, limit: Limit) -> int:
    """0 inside, 1 outside the safe band, 2 outside the hard band. A bound itself counts as inside."""
    for at_level, low, high in ((2, limit.hard_low, limit.hard_high), (1, limit.safe_low, limit.safe_high)):
        if (low is not None and value < low) or (high is not None and value > high):
            return at_level
    return 0


def verdict_of(metric: str, value: float, freezing: float | None, *, high: bool) -> Verdict | None:
    """The verdict on a value above (`high`) or below its limit, the same on board, SMS, API and pages;
    None if the metric has none. `freezing` is the highest freezing point (°C) of the goods in the room.

    A low temperature is `freezing` up to 3 K above that point, independent of the bounds: the goods decide
    whether they freeze, a bound only how urgent it is (docs/decisions/0017-one-verdict.md).
    """
    row = METRICS[metric]
    if high:
        return row.too_high
    near = freezing is not None and value <= freezing + FREEZING_WITHIN_K
    return Verdict.FREEZING if metric == "temperature" and near else row.too_low


def verdict(value: float, limit: Limit, freezing: float | None) -> Verdict | None:
    """The verdict on a value under a limit; None inside the safe band."""
    if excess(value, limit) <= 0:
        return None
    return verdict_of(limit.metric, value, freezing, high=is_high(value, limit))


def is_high(value: float, limit: Limit) -> bool:
    """Whether a value outside the safe band is above it."""
    return limit.low is None or value >= limit.low


def freezing_point(
    limits: Iterable[Limit], goods: Iterable[str], points: Mapping[str, float]
) -> float | None:
    """The highest freezing point (°C) of the produce of the limits, else of the goods in the room; None if
    unknown. `points` is by produce."""
    produce = {name for limit in limits for name in limit.produce} or set(goods)
    return max((points[name] for name in produce if name in points), default=None)
