"""When a cooling room reaches 0 °C, if it goes on as it did during the last hour."""

from collections.abc import Sequence

from core.errors import StoreError
from core.overview.status import Verdict
from core.readings.readings import HOUR_MS, MINUTE_MS
from core.readings.rollups import Bucket
from store.database import Databases
from store.history import History
from store.overview.room_status import RoomNow
from store.readings.curves import room_curve
from web.base.localizer import Localizer

FALLS_AT_LEAST = 0.1
"""K per hour: slower is no fall."""
FAR_H = 24


def hours_to_zero(points: Sequence[Bucket]) -> float | None:
    """By the straight line through the means (least squares); `None` where they do not fall towards 0."""
    if len(points) < 4 or points[-1].at - points[0].at < 15 * MINUTE_MS:
        return None
    hours = [(point.at - points[-1].at) / HOUR_MS for point in points]
    mid, mean = sum(hours) / len(hours), sum(point.mean for point in points) / len(points)
    spread = sum((hour - mid) ** 2 for hour in hours)
    slope = sum((h - mid) * (p.mean - mean) for h, p in zip(hours, points, strict=True)) / spread
    now = mean - slope * mid
    if slope > -FALLS_AT_LEAST or now <= 0:
        return None
    left = now / -slope
    return left if left <= FAR_H else None


def to_zero(dbs: Databases, history: History, words: Localizer, entry: RoomNow, now: int) -> str:
    """`约3小时到0度` for a room that freezes, else nothing."""
    if entry.verdict is not Verdict.FREEZING or entry.value is None or entry.value <= 0:
        return ""
    try:
        curve = room_curve(
            dbs, history, entry.room.id, "temperature", now - HOUR_MS, now, 60, "air", entry.spot, now
        )
    except StoreError:
        return ""
    left = hours_to_zero(curve.points)
    if left is None:
        return ""
    if left < 1:
        return words("不到1小时到0度")
    return words("约%(n)s小时到0度", n=round(left))
