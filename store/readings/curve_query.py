"""What is asked of the history as a curve, and the answer."""

from dataclasses import dataclass, field

from core.readings.rollups import Bucket
from store.history import HistoryPoint

POINTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveQuery:
    """One metric in [start, end) (ms) as at most `points` buckets (at least two).

    Of a device `position` is one of its positions ("": the unnamed), all together where left out. In a room
    it narrows to a spot (`door`, `pile` ...), a probe (`device` or `device/position`), the name that a device
    gives its probe, or `person`: what people read there; `position_class` to the probes of a class, the air's
    where both are left out. Nothing is expected after `now`; `doubtful` asks for unbelievable readings too.
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
    """`step_s` is None for raw points. A bucket without readings is absent: a gap is a gap.

    `at` of a bucket is a multiple of the step (UTC), so the first may begin before the window; only
    readings within the window are in it. `completeness` (0 to 1) is the share of the readings that
    were to be expected: per series, time within the window (not before its first reading ever, in a
    room only while it stood there, not after `now`) divided by its own usual interval. That is
    learned: for up to two days from the median gap of its newest 200 readings, for longer windows
    from the median count of the hours that have any (core.rollups.usual_interval).
    """

    metric: str
    unit: str
    step_s: int | None
    completeness: float
    points: list[Bucket]
    doubtful: list[HistoryPoint] = field(default_factory=list)
    """Where it was asked for and the window is short: readings that cannot be believed, oldest first."""
