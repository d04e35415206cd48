"""Lists: `limit` and `cursor` in, `{"items", "next"}` out."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

Item = TypeVar("Item")
MOST = 500

Limit = Annotated[int, Query(ge=1, le=MOST, description="Maximum number of items.")]
Cursor = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,15}$", description="`next` of the previous page."),
]


class PageOut(BaseModel, Generic[Item]):
    items: list[Item]
    next: str | None = None


def page_of_rows(rows: Sequence[Any], limit: int, cursor: str | None) -> tuple[Sequence[Any], str | None]:
    """One page of a complete list; the cursor is the number of rows before it."""
    start = int(cursor or 0)
    end = start + limit
    return rows[start:end], str(end) if end < len(rows) else None


def id_of_cursor(cursor: str | None) -> int | None:
    """The id to continue before, newest first."""
    return int(cursor) if cursor is not None else None


def cursor_after(rows: Sequence[Any], limit: int) -> str | None:
    """The cursor after rows with `id`, newest first; `None` if fewer than `limit` came."""
    return str(rows[-1].id) if len(rows) == limit else None
