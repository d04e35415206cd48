"""Shapes that several nouns share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.times import Time
from core.readings.readings import METRICS, Flag
from core.rooms.limits import Limit
from core.rooms.places import Placement
from store.journal.latest import LatestValue

Kg = Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False, examples=[1500.0])]
"""A quantity that comes in."""
Ident = Annotated[int, Field(ge=1, le=2**31 - 1)]
Text = Annotated[str, Field(max_length=500)]


def kg(grams: int) -> float:
    return grams / 1000


def grams(quantity: float) -> int:
    """Whole grams; at least one, for what was more than nothing."""
    return max(1, round(quantity * 1000))


class NamedOut(BaseModel):
    id: int
    name: str


class ReadingOut(BaseModel):
    """`value` is corrected by the probe's calibration, `raw` as it was measured. `position` is the probe's
    name on its device, null where it has one; `room`, `spot` and `class` are null while it stands
    nowhere. `flags`: implausible, stuck, late, clock_wrong, time_unknown, person, pinned, step."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device": "coldroom-3",
                    "position": "door",
                    "metric": "temperature",
                    "value": 1.2,
                    "raw": 1.4,
                    "unit": "°C",
                    "at": "2026-01-14T03:19:40Z",
                    "received_at": "2026-01-14T03:19:40.120Z",
                    "room": 3,
                    "flags": [],
                    "spot": "door",
                    "class": "air",
                }
            ]
        },
    )

    device: str
    position: str | None
    metric: str
    value: float
    raw: float
    unit: str
    at: Time
    received_at: Time
    room: int | None
    flags: list[str]
    spot: str | None
    position_class: str | None = Field(serialization_alias="class")


def flag_names(flags: int) -> list[str]:
    return [str(flag.name).lower() for flag in Flag if flags & flag]


def unit(metric: str) -> str:
    return METRICS[metric].unit if metric in METRICS else ""


def reading(latest: LatestValue, placement: Placement | None) -> ReadingOut:
    return ReadingOut(
        device=latest.device,
        position=latest.position or None,
        metric=latest.metric,
        value=latest.value,
        raw=latest.raw,
        unit=unit(latest.metric),
        at=latest.at,
        received_at=latest.received_at,
        room=placement.room if placement else None,
        flags=flag_names(latest.flags),
        spot=placement.spot if placement else None,
        position_class=str(placement.position_class) if placement else None,
    )


LIMIT_EXAMPLE: JsonDict = {
    "room": 3,
    "version": 4,
    "metric": "temperature",
    "class": "air",
    "unit": "°C",
    "safe_low": 2.5,
    "safe_high": 7.0,
    "hard_low": 0.5,
    "hard_high": 12.0,
    "safe_delay_s": 1800,
    "hard_delay_s": 600,
    "hysteresis": 0.5,
    "origin": "contents",
    "produce": ["potato_table"],
    "reason": "",
    "valid_from": "2025-10-20T02:00:00Z",
}


class LimitOut(BaseModel):
    """What a room must keep, and by whose word: `origin` is contents, use or hand."""

    room: int
    version: int
    metric: str
    position_class: str = Field(serialization_alias="class")
    unit: str
    safe_low: float | None
    safe_high: float | None
    hard_low: float | None
    hard_high: float | None
    safe_delay_s: int
    hard_delay_s: int
    hysteresis: float
    origin: str
    produce: list[str]
    reason: str
    valid_from: Time


def limit_out(limit: Limit) -> LimitOut:
    return LimitOut(
        room=limit.room,
        version=limit.version,
        metric=limit.metric,
        position_class=limit.position_class,
        unit=unit(limit.metric),
        safe_low=limit.safe_low,
        safe_high=limit.safe_high,
        hard_low=limit.hard_low,
        hard_high=limit.hard_high,
        safe_delay_s=limit.safe_delay_s,
        hard_delay_s=limit.hard_delay_s,
        hysteresis=limit.hysteresis,
        origin=limit.origin,
        produce=list(limit.produce),
        reason=limit.reason,
        valid_from=limit.valid_from,
    )
