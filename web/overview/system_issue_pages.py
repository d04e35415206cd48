"""A person who has seen a system issue about something past ends it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from core.errors import Refused
from store.overview import system_issues
from web.base.forms import Filled, redirect_to
from web.base.request_context import PageRequest, signed_in

router = APIRouter()
Giver = Annotated[PageRequest, Depends(signed_in("give_logins"))]


@router.post("/issues/acknowledge")
def acknowledge_issue(page: Giver, form: Filled) -> Response:
    """Idempotent: it may have ended meanwhile."""
    try:
        with page.context.dbs.records.write() as tx:
            system_issues.acknowledge(tx, form["name"], page.now, page.who.id)
    except Refused:
        pass
    return redirect_to("/devices")
