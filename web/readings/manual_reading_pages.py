"""The form for manual readings of a thermometer."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from api.problems import Problem
from core.errors import Refused
from core.readings.manual_readings import NewManualReading
from core.rooms.places import SPOTS
from store.readings.manual_readings import put
from store.rooms.places import Room, Site, room, sites
from web.base.forms import KEY, Filled, SubmittedForm, new_key, redirect_to, refusal_text
from web.base.request_context import PageRequest, signed_in
from web.readings.manual_reading_view import read_time, read_values, submission_digest

router = APIRouter()
Keeper = Annotated[PageRequest, Depends(signed_in("keep_rooms"))]
Ident = Annotated[int, Path(ge=1, lt=2**31)]
"""Reason of a refusal -> the field that shows it; the default is the temperature."""


@router.get("/rooms/{room}/read")
def show_reading_form(
    page: Keeper, room: Ident, spot: Annotated[str, Query(max_length=20)] = "door"
) -> Response:
    place, _ = room_and_site(page, room)
    return _form(page, place, SubmittedForm({"spot": [spot if spot in SPOTS else "door"]}))


@router.post("/rooms/{room}/read")
def create_reading(page: Keeper, room: Ident, form: Filled) -> Response:
    place, site = room_and_site(page, room)
    values = read_values(form, page.words)
    at = read_time(form, page.words, site.timezone, page.now)
    if not values and not form.errors:
        form.wrong("temperature", page.words("请填表上的数"))
    if form.errors:
        return _form(page, place, form, 422)
    try:
        ident = record_reading(page, place.id, form["spot"] or "door", values, at, form)
    except Refused as refused:
        form.wrong(refused.field or "temperature", refusal_text(page, refused))
        return _form(page, place, form, 409, used=refused.reason == "already_done")
    return redirect_to(f"/rooms/{room}?read={ident}")


def record_reading(
    page: PageRequest,
    room: int,
    spot: str,
    values: dict[str, float],
    at: int | None,
    form: SubmittedForm,
    what: str = "read",
) -> int:
    """Stores a reading once per form and returns its id. Refused: impossible values, or the key was used
    for another reading."""
    key = form[KEY]
    if not 8 <= len(key) <= 64:
        raise Problem(400, "bad-request", "请求的内容读不懂")
    try:
        with page.context.dbs.journal.write() as tx:
            return put(
                tx,
                page.now,
                NewManualReading(person=page.who.id, room=room, spot=spot, values=values, at=at),
                key=f"{what}:{key}",
                digest=submission_digest(form),
            ).reading.id
    except Refused as refused:
        if refused.reason != "idempotency_conflict":
            raise
        raise Refused("already_done", "这一笔已经记过了。要再记一笔，请重新打开这一页") from None


def room_and_site(page: PageRequest, ident: int) -> tuple[Room, Site]:
    with page.context.dbs.records.read() as tx:
        place = room(tx, ident)
        sites_by_id = {site.id: site for site in sites(tx)}
    if place is None:
        raise Problem(404, "no-such-room", "没有这个库")
    return place, sites_by_id[place.site]


def _form(
    page: PageRequest, place: Room, form: SubmittedForm, status: int = 200, *, used: bool = False
) -> Response:
    """`used`: the form's key was used for another reading, so the form gets a new one."""
    return page.show(
        "readings/manual_reading.html",
        status,
        room=place,
        form=form,
        key=new_key() if used or not form[KEY] else form[KEY],
        spots=[(spot, page.words.spot(spot), "") for spot in SPOTS],
        shed=place.kind == "mushroom_shed",
    )
