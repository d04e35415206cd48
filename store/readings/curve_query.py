"""Query and result of a curve."""

from dataclasses import dataclass, field

from core.readings.rollups import Bucket
from store.history import HistoryPoint

POINTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveQuery:
    """One metric in [start, end) (ms) as at most `points` buckets (at least two).

    Of a device, `position` selects one position ("": the unnamed one); None joins all. In a room it
    selects a spot (`door`, `pile` ...), a probe (`device` or `device/position`), a probe's name on its
    device, or `person` (manual readings); `position_class` selects the probes of a class; without both,
    the air's. No reading is expected after `now`. `doubtful` also returns implausible readings.
    """

    metric: str
    start: int
    end: int
    points: int = POINTS
    position: str | None = None
    position_class: str | None = None
    now: int | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """`step_s` is None for raw points. A bucket without readings is absent.

    `at` of a bucket is a multiple of the step (UTC), so the first may begin before the window; only
    readings within the window count. `completeness` (0 to 1) is the share of expected readings: per
    series, the time within the window (from its first reading on, in a room only during the placement,
    until `now`) divided by its usual interval. The interval is the median gap of its newest 200 readings
    for windows up to two days; for longer ones it follows from the median count of non-empty hours
    (core.readings.rollups.usual_interval).
    """

    metric: str
    unit: str
    step_s: int | None
    completeness: float
    points: list[Bucket]
    doubtful: list[HistoryPoint] = field(default_factory=list)
    """Implausible readings, oldest first; only if requested and the window is short."""
