"""Curves in the API, for rooms and devices alike."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from api.problems import Problem
from api.shapes import flag_names
from api.times import Time, TimeIn, iso
from core.metrics import METRICS
from core.times import DAY_MS
from store.readings.curve_query import Curve

Start = Annotated[TimeIn | None, Query(description="From this time on; default: one day before the end.")]
End = Annotated[TimeIn | None, Query(description="Up to this time, excluded; default: now.")]


@dataclass
class CurveRequest:
    """The query parameters of a curve, shared by rooms and devices."""

    metric: Annotated[str, Query(max_length=40, description="temperature, humidity, co2 ...")] = "temperature"
    start: Start = None
    end: End = None
    points: Annotated[int, Query(ge=2, le=5000, description="Maximum number of points.")] = 1000
    doubtful: Annotated[
        bool,
        Query(description="Also return doubtful values, in `doubtful`; only for windows up to 8 days."),
    ] = False

    def window(self, now: int) -> tuple[int, int]:
        """From and to (ms). Problem 422: unknown metric, or nothing between them."""
        if self.metric not in METRICS:
            facts = {"metric": self.metric, "known": sorted(METRICS)}
            raise Problem(422, "no-such-metric", "没有这个指标", facts)
        end = now if self.end is None else self.end
        start = end - DAY_MS if self.start is None else self.start
        if start >= end:
            facts = {"start": iso(start), "end": iso(end)}
            raise Problem(422, "empty-window", "开始时间要在结束时间之前", facts)
        return start, end


CurveParameters = Annotated[CurveRequest, Depends()]


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
    """`step_s` is null for raw points; `completeness` is the share (0 to 1) of the expected readings that
    arrived. A gap has no points. Doubtful values are never in `points` (except pinned ones); they are in
    `doubtful` if requested."""

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


def curve_response(curve: Curve, doubtful: bool) -> Response:
    """Encoded directly: validating a thousand points again costs more than reading them."""
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
