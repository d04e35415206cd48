"""How long InfluxDB keeps each level."""

from typing import NamedTuple

from core.readings.rollups import FIVE_MINUTES
from core.times import DAY_MS, HOUR_MS

LATE_DAYS = 8
"""Added to each retention, because readings that waited in the journal may be a week old when written."""
_DAY_S = DAY_MS // 1000


class InfluxRetention(NamedTuple):
    """Days that each level is kept; None: for ever."""

    raw_days: float | None = None
    five_minutes_days: float | None = None
    hours_days: float | None = None

    @staticmethod
    def buckets(name: str) -> tuple[str, str, str]:
        return name, f"{name}_5m", f"{name}_1h"

    def seconds(self) -> tuple[int, int, int]:
        """Retention of each bucket in s, 0: for ever."""
        return tuple(round((days + LATE_DAYS) * _DAY_S) if days else 0 for days in self)  # type: ignore[return-value]

    def oldest(self, now: int, width: int) -> int:
        """The earliest time (ms) that the level of `width` accepts, with an hour to spare."""
        seconds = self.seconds()[(0, FIVE_MINUTES, HOUR_MS).index(width)]
        return now - seconds * 1000 + HOUR_MS if seconds else 0
