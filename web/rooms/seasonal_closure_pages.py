"""歇库 (seasonal closure): begin and end. Both are idempotent."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from core.errors import Refused
from store.rooms.places import close_for_season, reopen
from web.base.forms import Filled, redirect_to, refusal_text
from web.base.request_context import PageRequest, signed_in
from web.rooms.room_pages import room_response

router = APIRouter()
Keeper = Annotated[PageRequest, Depends(signed_in("keep_rooms"))]
Ident = Annotated[int, Path(ge=1, lt=2**31)]


@router.post("/rooms/{room}/rest")
def create_closure(page: Keeper, room: Ident, form: Filled) -> Response:
    try:
        with page.context.dbs.records.write() as tx:
            close_for_season(tx, page.now, room, page.who.id)
    except Refused as refused:
        form.wrong("rest", refusal_text(page, refused))
        return room_response(page, room, form, 409)
    return redirect_to(f"/rooms/{room}")


@router.post("/rooms/{room}/open")
def end_closure(page: Keeper, room: Ident, form: Filled) -> Response:
    try:
        with page.context.dbs.records.write() as tx:
            reopen(tx, page.now, room, page.who.id, form["use"] or None)
    except Refused as refused:
        form.wrong("rest", refusal_text(page, refused))
        return room_response(page, room, form, 409)
    return redirect_to(f"/rooms/{room}")
