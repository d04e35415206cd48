"""歇库, 开库: pressed twice they change nothing more."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from core.errors import Refused
from store.rooms.places import open_up, rest
from web.base.forms import Filled, go, said
from web.base.request_context import PageRequest, signed_in
from web.rooms.room_pages import page

router = APIRouter()
Keeper = Annotated[PageRequest, Depends(signed_in("keep_rooms"))]
Ident = Annotated[int, Path(ge=1, lt=2**31)]


@router.post("/rooms/{room}/rest")
def begin(seen: Keeper, room: Ident, form: Filled) -> Response:
    try:
        with seen.about.dbs.records.write() as tx:
            rest(tx, seen.now, room, seen.who.id)
    except Refused as refused:
        form.wrong("rest", said(seen, refused))
        return page(seen, room, form, 409)
    return go(f"/rooms/{room}")


@router.post("/rooms/{room}/open")
def end(seen: Keeper, room: Ident, form: Filled) -> Response:
    try:
        with seen.about.dbs.records.write() as tx:
            open_up(tx, seen.now, room, seen.who.id, form["use"] or None)
    except Refused as refused:
        form.wrong("rest", said(seen, refused))
        return page(seen, room, form, 409)
    return go(f"/rooms/{room}")
