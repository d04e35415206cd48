"""The catalogue of produce: storage ranges, and how certain each value is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BeforeValidator, ConfigDict, ValidationInfo

from api.context import context_of
from api.paging import Cursor, Limit, PageOut, page_of_rows
from api.security import require
from api.shapes import RowOut
from core.catalogue.produce import Confidence
from core.people.people import Person
from store.catalogue import produce as store

router = APIRouter(prefix="/produce", tags=["stock"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]


class RangeOut(RowOut):
    low: float
    high: float


class SourceOut(RowOut):
    key: str
    text: str


def _sources(keys: tuple[str, ...], info: ValidationInfo) -> list[store.Source]:
    """The sources themselves, from their keys; the validation context holds all of them."""
    sources: dict[str, store.Source] = (info.context or {})["sources"]
    return [sources[key] for key in keys if key in sources]


class ProduceOut(RowOut):
    """Temperatures in °C, humidity in %; `life_days`: shelf life at `life_at` °C. `confidence`: S found in a
    source, M from memory, D derived, X sources differ; `confidences` gives it per value."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "potato_table",
                    "name": "土豆",
                    "name_en": "potato_table",
                    "form_name": "马铃薯",
                    "category": "root",
                    "temp_target": {"low": 3, "high": 5},
                    "temp_safe": {"low": 2.5, "high": 7},
                    "temp_hard": {"low": 0.5, "high": 12},
                    "rh_target": {"low": 90, "high": 95},
                    "rh_safe": {"low": 85, "high": 98},
                    "freezing": -0.6,
                    "ethylene_production": "VL",
                    "ethylene_sensitivity": "M",
                    "life_days": [150, 240],
                    "life_at": 4,
                    "confidence": "S",
                    "confidences": {"freezing": "M"},
                    "doubts": "",
                    "sources": [{"key": "u1", "text": "a handbook"}],
                }
            ]
        }
    )

    id: str
    name: str
    name_en: str
    form_name: str
    category: str
    temp_target: RangeOut
    temp_safe: RangeOut
    temp_hard: RangeOut
    rh_target: RangeOut
    rh_safe: RangeOut
    freezing: float | None
    ethylene_production: str
    ethylene_sensitivity: str
    life_days: tuple[int, int] | None
    life_at: float | None
    confidence: Confidence
    confidences: dict[str, Confidence]
    doubts: str
    sources: Annotated[list[SourceOut], BeforeValidator(_sources)]


@router.get("", summary="The catalogue of produce")
def list_produce(
    request: Request, person: Viewer, limit: Limit = 500, cursor: Cursor = None
) -> PageOut[ProduceOut]:
    with context_of(request).dbs.records.read() as tx:
        rows = list(store.produce(tx).values())
    page, next_cursor = page_of_rows(rows, limit, cursor)
    context = {"sources": store.sources()}
    items = [ProduceOut.model_validate(row, context=context) for row in page]
    return PageOut(items=items, next=next_cursor)
