"""Types and models that several routes share: rows of the store as JSON, with units by type."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.config import JsonDict
from pydantic_core import CoreSchema
from pydantic_core.core_schema import literal_schema
from sqlalchemy import Connection

from api.times import Time
from core.metrics import METRICS
from core.readings.readings import Flag
from core.rooms.places import Placement, PositionClass
from store.catalogue.produce import produce
from store.journal.latest import LatestValue
from store.people.federation import cooperative_names

# --- what comes in ---------------------------------------------------------------------------------

KgIn = Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False, examples=[1500.0])]
"""A quantity in a request."""
Ident = Annotated[int, Field(ge=1, le=2**31 - 1)]
Text = Annotated[str, Field(max_length=500)]
Spot = Literal["door", "middle", "back", "pile", "outside"]


class OneOf:
    """`Annotated[str, OneOf(names)]`: a `Literal` of names that a table holds, also in OpenAPI."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(names)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return literal_schema(self.names)


def grams(kg: float) -> int:
    """Whole grams; at least one, because a quantity in a request is above zero."""
    return max(1, round(kg * 1000))


# --- what goes out ---------------------------------------------------------------------------------


class RowOut(BaseModel):
    """A model that reads its fields by name from a row of the store or a value of `core`."""

    model_config = ConfigDict(from_attributes=True)


class NamedOut(RowOut):
    id: int
    name: str


def unit_of(metric: str) -> str:
    return METRICS[metric].unit if metric in METRICS else ""


def flag_names(flags: int) -> list[str]:
    return [str(flag.name).lower() for flag in Flag if flags & flag]


def _named(noun: str) -> BeforeValidator:
    """An id becomes id and name; the validation context holds the names of each noun by id."""

    def named(ident: int | None, info: ValidationInfo) -> NamedOut | None:
        names: dict[int, str] = (info.context or {})[noun]
        return None if ident is None else NamedOut(id=ident, name=names.get(ident, ""))

    return BeforeValidator(named)


def _produce_name(produce: str, info: ValidationInfo) -> str:
    names: dict[str, str] = (info.context or {})["produce"]
    return names.get(produce, produce)


Kg = Annotated[float, BeforeValidator(lambda grams: grams / 1000), Field(validation_alias="grams")]
"""Kilograms, from the row's `grams`."""
Unit = Annotated[str, BeforeValidator(unit_of), Field(validation_alias="metric")]
"""The unit of the row's `metric`."""
Flags = Annotated[
    list[str],
    BeforeValidator(flag_names),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": flag_names(-1)}}),
]
"""Names of the flags that are set."""
ProbeName = Annotated[str | None, BeforeValidator(lambda position: position or None)]
"""A probe's name on its device; null where the device has one probe."""
PersonRef = Annotated[NamedOut, _named("people")]
CooperativeRef = Annotated[NamedOut, _named("cooperatives")]
ProduceName = Annotated[str, BeforeValidator(_produce_name), Field(validation_alias="produce")]
"""The name of the row's `produce`, from the validation context."""
Class = Annotated[PositionClass, Field(serialization_alias="class")]


def stock_names(tx: Connection) -> dict[str, object]:
    """The validation context for lots and stock: names of produce and cooperatives by id."""
    return {
        "produce": {ident: goods.name for ident, goods in produce(tx).items()},
        "cooperatives": cooperative_names(tx),
    }


class ReadingOut(RowOut):
    """`value`: corrected by the probe's calibration; `raw`: as measured. `position`: the probe's name on its
    device, null if the device has one probe. `room`, `spot` and `class` are null without a placement."""

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
    position: ProbeName
    metric: str
    value: float
    raw: float
    unit: Unit
    at: Time
    received_at: Time
    room: int | None
    flags: Flags
    spot: Spot | None
    position_class: PositionClass | None = Field(serialization_alias="class")


def reading_out(latest: LatestValue, placement: Placement | None) -> ReadingOut:
    where = {name: getattr(placement, name, None) for name in ("room", "spot", "position_class")}
    return ReadingOut.model_validate({**latest._asdict(), **where})


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


class LimitOut(RowOut):
    """A limit of a room. `origin`: who set it: the goods (`contents`), the declared use, or a person
    (`hand`)."""

    room: int
    version: int
    metric: str
    position_class: Class
    unit: Unit
    safe_low: float | None
    safe_high: float | None
    hard_low: float | None
    hard_high: float | None
    safe_delay_s: int
    hard_delay_s: int
    hysteresis: float
    origin: Literal["contents", "use", "hand"]
    produce: list[str]
    reason: str
    valid_from: Time
