"""The roster: who is on duty where, and when."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from api.context import context_of
from api.curves import End, Start
from api.paging import Cursor, Limit, PageOut, page_of_rows
from api.security import require
from api.shapes import Ident
from api.times import Time
from core.people.people import Person, has_permission
from core.times import DAY_MS
from store.notifications.roster import duties
from store.people.people import people

router = APIRouter(prefix="/roster", tags=["people"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]


class OnDutyOut(BaseModel):
    """`phone` is null unless the caller may see people."""

    id: int
    name: str
    phone: str | None


class DutyOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 9,
                    "site": 1,
                    "person": {"id": 4, "name": "任师傅", "phone": "13800005678"},
                    "starts_at": "2026-01-12T00:00:00Z",
                    "ends_at": "2026-01-19T00:00:00Z",
                    "now": True,
                }
            ]
        }
    )

    id: int
    site: int
    person: OnDutyOut
    starts_at: Time
    ends_at: Time
    now: bool


@router.get("", summary="Duties by start time")
def list_duties(
    request: Request,
    person: Viewer,
    site: Ident | None = None,
    start: Start = None,
    end: End = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> PageOut[DutyOut]:
    """Duties that overlap the window; default: from yesterday on."""
    context = context_of(request)
    now = context.now()
    with context.dbs.records.read() as tx:
        rows = duties(tx, site, now - DAY_MS if start is None else start, end)
        people_by_id = {person.id: person for person in people(tx)}
    page, next_cursor = page_of_rows([duty for duty in rows if duty.person in people_by_id], limit, cursor)
    sees_people = has_permission(person, "see_people")
    items = [
        DutyOut(
            id=duty.id,
            site=duty.site,
            person=OnDutyOut(
                id=duty.person,
                name=people_by_id[duty.person].name,
                phone=people_by_id[duty.person].phone if sees_people else None,
            ),
            starts_at=duty.starts_at,
            ends_at=duty.ends_at,
            now=duty.starts_at <= now < duty.ends_at,
        )
        for duty in page
    ]
    return PageOut(items=items, next=next_cursor)
