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


def reading(found: LatestValue, standing: Placement | None) -> ReadingOut:
    return ReadingOut(
        device=found.device,
        position=found.position or None,
        metric=found.metric,
        value=found.value,
        raw=found.raw,
        unit=unit(found.metric),
        at=found.at,
        received_at=found.received_at,
        room=standing.room if standing else None,
        flags=flag_names(found.flags),
        spot=standing.spot if standing else None,
        position_class=str(standing.position_class) if standing else None,
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


def limit_out(found: Limit) -> LimitOut:
    return LimitOut(
        room=found.room,
        version=found.version,
        metric=found.metric,
        position_class=found.position_class,
        unit=unit(found.metric),
        safe_low=found.safe_low,
        safe_high=found.safe_high,
        hard_low=found.hard_low,
        hard_high=found.hard_high,
        safe_delay_s=found.safe_delay_s,
        hard_delay_s=found.hard_delay_s,
        hysteresis=found.hysteresis,
        origin=found.origin,
        produce=list(found.produce),
        reason=found.reason,
        valid_from=found.valid_from,
    )
