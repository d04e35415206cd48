"""A curve as the API gives it, for rooms and devices alike."""

from typing import Annotated

import msgspec
from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict

from api.problems import Problem
from api.shapes import flag_names
from api.times import Time, TimeIn, iso
from core.readings.readings import DAY_MS, METRICS
from store.readings.curves import Curve

Metric = Annotated[str, Query(max_length=40, description="temperature, humidity, co2 ...")]
Start = Annotated[TimeIn | None, Query(description="From; a day before the end where not given.")]
End = Annotated[TimeIn | None, Query(description="Up to, itself not; now where not given.")]
Points = Annotated[int, Query(ge=2, le=5000, description="How many points at most.")]
Doubtful = Annotated[
    bool, Query(description="Also what cannot be believed, as `doubtful`; in windows of up to 8 days.")
]
Position = Annotated[
    str | None,
    Query(max_length=200, description="One spot (door, middle, back, pile, outside), device or probe."),
]


class CurvePointOut(BaseModel):
    at: Time
    min: float
    mean: float
    max: float
    count: int


class DoubtfulPointOut(BaseModel):
    at: Time
    value: float
    flags: list[str]


class CurveOut(BaseModel):
    """`step_s` is null for raw points; `completeness` is the share (0 to 1) of the readings that were to
    be expected. Where nothing was measured there is no point: a gap stays a gap. What cannot be believed
    is in `doubtful` where that was asked for, and not in the points (what is pinned is in both)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "metric": "temperature",
                    "unit": "°C",
                    "step_s": 300,
                    "completeness": 0.97,
                    "points": [
                        {"at": "2026-01-14T03:15:00Z", "min": 1.1, "mean": 1.2, "max": 1.4, "count": 10}
                    ],
                    "doubtful": [{"at": "2026-01-14T03:17:30Z", "value": 85.0, "flags": ["implausible"]}],
                }
            ]
        }
    )

    metric: str
    unit: str
    step_s: int | None
    completeness: float
    points: list[CurvePointOut]
    doubtful: list[DoubtfulPointOut] = []


def window(metric: str, start: int | None, end: int | None, now: int) -> tuple[int, int]:
    """From and to (ms). Problem 422: no such metric, or nothing between them."""
    if metric not in METRICS:
        raise Problem(422, "no-such-metric", "没有这个指标", {"metric": metric, "known": sorted(METRICS)})
    end = now if end is None else end
    start = end - DAY_MS if start is None else start
    if start >= end:
        raise Problem(422, "empty-window", "开始时间要在结束时间之前", {"start": iso(start), "end": iso(end)})
    return start, end


def answer(curve: Curve, doubtful: bool) -> Response:
    """Written straight as JSON: a thousand points need no second check."""
    body: dict[str, object] = {
        "metric": curve.metric,
        "unit": curve.unit,
        "step_s": curve.step_s,
        "completeness": round(curve.completeness, 4),
        "points": [
            {
                "at": iso(point.at),
                "min": point.min,
                "mean": point.mean,
                "max": point.max,
                "count": point.count,
            }
            for point in curve.points
        ],
    }
    if doubtful:
        body["doubtful"] = [
            {"at": iso(point.at), "value": point.value, "flags": flag_names(point.flags)}
            for point in curve.doubtful
        ]
    return Response(msgspec.json.encode(body), media_type="application/json")
