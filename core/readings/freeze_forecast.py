"""Predicts when a cooling room reaches 0 °C, from a straight line through its last means."""

from collections.abc import Sequence

from core.readings.rollups import Bucket
from core.times import HOUR_MS, MINUTE_MS

FALLS_AT_LEAST = 0.1
"""K per hour; a slower fall is noise."""
HOURS_AT_MOST = 24
POINTS_AT_LEAST = 4
COVERED_AT_LEAST_MS = 15 * MINUTE_MS


def hours_to_zero(points: Sequence[Bucket]) -> float | None:
    """Hours until the least-squares line through the means reaches 0 °C. None if the value does not fall,
    is already at or below 0 °C, has too few points, or needs more than 24 hours."""
    if len(points) < POINTS_AT_LEAST or points[-1].at - points[0].at < COVERED_AT_LEAST_MS:
        return None
    hours = [(point.at - points[-1].at) / HOUR_MS for point in points]
    mean_hour, mean = sum(hours) / len(hours), sum(point.mean for point in points) / len(points)
    spread = sum((hour - mean_hour) ** 2 for hour in hours)
    products = ((hour - mean_hour) * (p.mean - mean) for hour, p in zip(hours, points, strict=True))
    slope = sum(products) / spread
    now = mean - slope * mean_hour
    if slope > -FALLS_AT_LEAST or now <= 0:
        return None
    left = now / -slope
    return left if left <= HOURS_AT_MOST else None
