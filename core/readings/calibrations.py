"""Calibration: an offset that is valid from a full hour and added on reading. Stored values stay raw.

It starts at a full hour so that every roll-up (5 minutes, one hour) has a single offset and its minimum,
sum and maximum are corrected exactly. Offsets are in the metric's unit, times in ms.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from core.errors import Refused
from core.metrics import METRICS
from core.readings.rollups import Rollup
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from core.wording.numbers import number


class Method(StrEnum):
    ICE = "ice"
    COMPARED = "compared"
    LABORATORY = "laboratory"


METHODS: dict[str, str] = {
    Method.ICE: "冰水",
    Method.COMPARED: "和标准表比",
    Method.LABORATORY: "送检",
}
MOST_TEXT = 200
LASTS = 365 * DAY_MS
DUE_SOON = 30 * DAY_MS


class CalibrationDue(StrEnum):
    NEVER = "never"
    FINE = "fine"
    SOON = "soon"
    OVER = "over"


class OffsetStep(NamedTuple):
    """The offset from `valid_from` (a full hour) on."""

    valid_from: int
    offset: float


Steps = tuple[OffsetStep, ...]
"""Steps of one series, ordered by time."""
SeriesKey = tuple[str, str, str]
"""(device, metric, position): identifies a series."""


class OffsetPeriod(NamedTuple):
    start: int
    end: int
    offset: float


def full_hour(at: int) -> int:
    """The start of the hour (UTC) of `at`. An offset starts here, so the current reading is corrected at
    once."""
    return at - at % HOUR_MS


def steps_of(steps: Iterable[OffsetStep]) -> Steps:
    """Sorts steps given in order of recording. Of two for the same hour the later recorded one counts."""
    return tuple(OffsetStep(start, offset) for start, offset in sorted(dict(steps).items()))


def offset_at(steps: Steps, at: int) -> float:
    number = bisect_right(steps, at, key=lambda step: step.valid_from)
    return steps[number - 1].offset if number else 0.0


@dataclass(frozen=True, slots=True)
class OffsetTable:
    """The offsets of all series."""

    steps: dict[SeriesKey, Steps] = field(default_factory=dict)

    def series_steps(self, device: str, metric: str, position: str) -> Steps:
        return self.steps.get((device, metric, position), ())

    def corrected_value(self, device: str, metric: str, position: str, at: int, raw: float) -> float:
        """The corrected value, as it is shown and judged."""
        steps = self.steps.get((device, metric, position))
        return corrected(raw, offset_at(steps, at)) if steps else raw


def corrected(raw: float, offset: float) -> float:
    """Rounded, because 3.9 + 0.2 must be 4.1 and not 4.1000000000000005."""
    return round(raw + offset, 6) if offset else raw


def offset_periods(steps: Steps, start: int, end: int) -> list[OffsetPeriod]:
    """Splits [start, end) where the offset changes."""
    cuts = [start, *(step.valid_from for step in steps if start < step.valid_from < end), end]
    return [
        OffsetPeriod(first, last, offset_at(steps, first)) for first, last in pairwise(cuts) if first < last
    ]


def shift_rollup(rollup: Rollup, offset: float) -> Rollup:
    return rollup._replace(
        min=rollup.min + offset, sum=rollup.sum + offset * rollup.counted, max=rollup.max + offset
    )


def merge_rollups(rollups: Iterable[Rollup]) -> list[Rollup]:
    """Joins separately corrected parts of one bucket. All roll-ups are of one series; the result is in
    time order."""
    by_time: dict[int, Rollup] = {}
    for rollup in rollups:
        held = by_time.get(rollup.at)
        if held is not None:
            low, high = min(rollup.min, held.min), max(rollup.max, held.max)
            rollup = Rollup(
                rollup.series, rollup.at, low, rollup.sum + held.sum, high, rollup.counted + held.counted
            )
        by_time[rollup.at] = rollup
    return [by_time[at] for at in sorted(by_time)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCalibration:
    """A calibration to record. `offset` is added to the raw value; `done_at` (ms) None means now.
    `reference` is the true value, `measured` the probe's raw value."""

    device: str
    position: str
    metric: str
    offset: float
    method: str
    by: int | None
    done_at: int | None = None
    due_at: int | None = None
    reference: float | None = None
    measured: float | None = None
    certificate: str = ""
    note: str = ""

    def check(self, now: int) -> None:
        """Refused: the metric has no calibration, the offset is too large, a time or the method is
        invalid, or a text is too long."""
        row = METRICS.get(self.metric)
        if row is None or row.most_offset is None:
            raise Refused("not_calibrated", "这个指标不用校:%(metric)s", metric=self.metric, field="metric")
        if not abs(self.offset) <= row.most_offset:
            text = "差了%(offset)s%(unit)s,太多了,这个探头该换了"
            size = str(number(abs(self.offset), row.decimals))
            raise Refused("offset_too_large", text, offset=size, unit=row.unit, field="measured")
        done_at = now if self.done_at is None else self.done_at
        if done_at > now + MINUTE_MS:
            raise Refused("in_the_future", "时间还没到", field="done_at")
        if self.due_at is not None and self.due_at <= done_at:
            raise Refused("due_before_done", "到期的日子要在校验的日子之后", field="due_at")
        if self.method not in METHODS:
            raise Refused("unknown_method", "没有这种校法:%(method)s", method=self.method, field="method")
        for name in ("certificate", "note"):
            if len(getattr(self, name)) > MOST_TEXT:
                raise Refused("too_long", "字太多了,最多%(most)s个字", most=MOST_TEXT, field=name)


def calibration_due(due_at: int | None, now: int) -> CalibrationDue:
    if due_at is None:
        return CalibrationDue.NEVER
    if now >= due_at:
        return CalibrationDue.OVER
    return CalibrationDue.SOON if due_at - now <= DUE_SOON else CalibrationDue.FINE


# --- ice water -----------------------------------------------------------------------------------

ICE_FOR = 10 * MINUTE_MS
"""How long people are asked to wait."""
ICE_AT_LEAST = 5 * MINUTE_MS
ICE_WINDOW = 3 * MINUTE_MS
ICE_STEADY_K = 0.2
ICE_SLOW_STEADY_K = 0.5
ICE_MOST_K = 3.0
"""A value farther from 0 °C means that the probe is not in ice water."""
ICE_OVER_AFTER = 60 * MINUTE_MS
"""The ice bath counts as forgotten; from then on the probe counts for its room again."""
BACK_AFTER = 10 * MINUTE_MS
"""Time after the ice bath until the probe shows the room's temperature again."""


class IceSettling(NamedTuple):
    """`value`: the current raw value (°C), None before the first reading. `steady`: it may be recorded."""

    value: float | None
    steady: bool


def ice_settling(points: Sequence[tuple[int, float]], since: int, now: int) -> IceSettling:
    """Evaluates a probe in ice water. `points` are (ms, °C) in time order; those before `since` are
    ignored.

    Steady after 5 minutes if the last 3 minutes (at least three values) differ by at most 0.2 K. A probe
    that reports less often is steady after 10 minutes if its last two values differ by at most 0.5 K.
    """
    inside = [point for point in points if since <= point[0] <= now + MINUTE_MS]
    if not inside:
        return IceSettling(None, False)
    last_at, last = inside[-1]
    recent = [value for at, value in inside if at > last_at - ICE_WINDOW]
    if len(recent) >= 3:
        steady = last_at - since >= ICE_AT_LEAST and max(recent) - min(recent) <= ICE_STEADY_K
        return IceSettling(median(recent), steady)
    long_enough = now - since >= ICE_FOR and last_at - since >= ICE_AT_LEAST
    steady = long_enough and len(inside) > 1 and abs(last - inside[-2][1]) <= ICE_SLOW_STEADY_K
    return IceSettling(last, steady)


def reads_zero(settled: IceSettling) -> bool:
    """Whether the value is steady and near 0 °C, so `ice_offset` returns an offset."""
    return settled.steady and settled.value is not None and abs(settled.value) <= ICE_MOST_K


def ice_offset(settled: IceSettling) -> float:
    """The offset that corrects the value to 0 °C. Refused if the probe is not in ice water or not steady
    yet."""
    if settled.value is None:
        raise Refused("nothing_yet", "放进冰水以后还没来过数,再等一等")
    if abs(settled.value) > ICE_MOST_K:
        text = "现在是%(value)s度,不像在冰水里:冰要多,水要没过冰,搅一搅再等"
        raise Refused("no_ice", text, value=f"{settled.value:.1f}")
    if not settled.steady:
        raise Refused("not_steady", "数还在变,再等一等")
    return round(-settled.value, 2) + 0.0
