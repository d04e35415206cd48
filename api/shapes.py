"""Shapes that several nouns share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.times import Time
from core.limits import Limit
from core.places import Placement
from core.readings import METRICS, Flag
from store.newest import Newest

Kg = Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False, examples=[1500.0])]
"""A quantity that comes in."""
Ident = Annotated[int, Field(ge=1, le=2**31 - 1)]
Text = Annotated[str, Field(max_length=500)]


def kg(grams: int) -> float:
    return grams / 1000


def grams(quantity: float) -> int:
    """Whole grams; at least one, for what was more than nothing."""
    return max(1, round(quantity * 1000))


class Named(BaseModel):
    id: int
    name: str


class Reading(BaseModel):
    """`position` is the probe's name on its device, null where it has one; `room`, `spot` and `class` are
    null while it stands nowhere. `flags`: implausible, stuck, late, clock_wrong, time_unknown, person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device": "coldroom-3",
                    "position": "door",
                    "metric": "temperature",
                    "value": 1.2,
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


def reading(found: Newest, standing: Placement | None) -> Reading:
    return Reading(
        device=found.device,
        position=found.position or None,
        metric=found.metric,
        value=found.value,
        unit=unit(found.metric),
        at=found.at,
        received_at=found.received_at,
        room=standing.room if standing else None,
        flags=flag_names(found.flags),
        spot=standing.spot if standing else None,
        position_class=str(standing.position_class) if standing else None,
    )


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
