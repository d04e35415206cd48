"""Lists: `limit` and `cursor` in, `{"items", "next"}` out."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

Item = TypeVar("Item")
MOST = 500

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Cursor = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,15}$", description="`next` of the answer before; it says nothing else."),
]


class PageOut(BaseModel, Generic[Item]):
    items: list[Item]
    next: str | None = None


def slice_of(rows: Sequence[Any], limit: int, cursor: str | None) -> tuple[Sequence[Any], str | None]:
    """A piece of a whole list; the cursor is how many came before."""
    start = int(cursor or 0)
    end = start + limit
    return rows[start:end], str(end) if end < len(rows) else None


def before(cursor: str | None) -> int | None:
    """The id before which to go on, where the newest comes first."""
    return int(cursor) if cursor is not None else None


def next_of(rows: Sequence[Any], limit: int) -> str | None:
    """Of rows with `id`, newest first, of which `limit` were asked."""
    return str(rows[-1].id) if len(rows) == limit else None
