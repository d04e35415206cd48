"""The program's own troubles (system issues)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.context import context_of
from api.security import require
from api.times import Time
from api.writes import IdempotencyKey, write_once
from core.overview.past_issues import is_past
from core.people.people import Person
from store.overview import system_issues

router = APIRouter(prefix="/issues", tags=["health"])
Technician = Annotated[Person, Depends(require("give_logins"))]


class IssueOut(BaseModel):
    """`text`: facts, such as a share or an error. `past`: it can be acknowledged; others end when they are
    mended."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "history_missed",
                    "text": "63",
                    "first_at": "2026-01-14T03:00:00Z",
                    "last_at": "2026-01-14T03:19:40Z",
                    "times": 1,
                    "past": True,
                }
            ]
        }
    )

    name: str
    text: str
    first_at: Time
    last_at: Time
    times: int
    past: bool


class IssuesOut(BaseModel):
    items: list[IssueOut]
    next: None = None


class AcknowledgeIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "history_missed"}]})

    name: Annotated[str, Field(min_length=1, max_length=200)]


@router.get("", summary="Open system issues")
def list_issues(request: Request, person: Technician) -> IssuesOut:
    with context_of(request).dbs.records.read() as tx:
        issues = system_issues.open_issues(tx)
    return IssuesOut(items=[IssueOut(**issue._asdict(), past=is_past(issue.name)) for issue in issues])


@router.post("/acknowledge", summary="End a system issue about something past", response_model=AcknowledgeIn)
def acknowledge_issue(
    request: Request, person: Technician, body: AcknowledgeIn, key: IdempotencyKey = None
) -> Response:
    """For what nothing can mend: readings that are missing, a file that was lost. 409 (`not-past`) for an
    issue that ends when it is mended; 404 without such an issue."""

    def change(tx: Connection, now: int) -> AcknowledgeIn:
        system_issues.acknowledge(tx, body.name, now, person.id)
        return body

    return write_once(request, person, key, body, change)
