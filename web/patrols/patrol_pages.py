"""Patrols: the form behind a door's QR code, the day's patrols, QR codes to print."""

from datetime import date
from io import BytesIO
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from markupsafe import Markup
from sqlalchemy import Connection

from core.errors import Refused
from core.patrols.patrols import TICKS, NewPatrol, check_day, check_ticks
from core.readings.manual_readings import ManualReading
from core.rooms.places import SPOTS
from store.patrols.patrols import add
from store.readings.manual_readings import manual_reading as one_typed
from store.rooms.places import Room, rooms
from web.base.forms import KEY, Filled, SubmittedForm, new_key, refusal_text, refuse_used, submit_once
from web.base.names import short_site_names
from web.base.request_context import PageRequest, signed_in
from web.patrols.patrol_view import TICK_WORDS, day_view, recorded_patrol_text
from web.readings.manual_reading_pages import record_reading, room_and_site
from web.readings.manual_reading_view import read_time, read_values, submission_digest

router = APIRouter()
Reader = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
Keeper = Annotated[PageRequest, Depends(signed_in("keep_rooms"))]
Ident = Annotated[int, Path(ge=1, lt=2**31)]
Done = Annotated[int, Query(ge=0, lt=2**31)]
THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


@router.get("/patrol")
def show_patrols(page: Reader, day: str = "", done: Done = 0) -> Response:
    context = page.context
    try:
        wanted = check_day(date.fromisoformat(day)) if day else None
    except ValueError:
        wanted = None
    view = day_view(context.dbs, context.history, page.words, wanted, page.now)
    just = recorded_patrol_text(context.dbs, context.history, page.words, done) if done else ""
    return page.show("patrols/day.html", view=view, just=just)


@router.get("/rooms/{room}/patrol")
def show_patrol_form(page: Keeper, room: Ident) -> Response:
    place, _ = room_and_site(page, room)
    return _form(page, place, SubmittedForm({"spot": ["door"]}))


@router.post("/rooms/{room}/patrol")
def create_patrol(page: Keeper, room: Ident, form: Filled) -> Response:
    """Stores the manual reading, then the patrol; each once, however often the form is submitted."""
    place, site = room_and_site(page, room)
    values = read_values(form, page.words)
    at = read_time(form, page.words, site.timezone, page.now)
    wrong = [tick for tick in TICKS if form[tick] == "wrong"]
    if not values and not form["no_dial"] and not form.errors:
        form.wrong("temperature", page.words("请填门上表的数。没有表就点下面的“没表，只记打勾的”"))
    if form.errors:
        return _form(page, place, form, 422)
    try:
        check_ticks(wrong, form["note"])
        refuse_used(page, form, submission_digest(form))
        typed = _record_reading(page, place, values, at, form) if values else None

        def change(tx: Connection, now: int) -> str:
            made = add(
                tx,
                now,
                NewPatrol(
                    room=place.id,
                    by=page.who.id,
                    spot=_spot(form),
                    typed=typed,
                    wrong=wrong,
                    note=form["note"],
                    at=at,
                ),
            )
            return f"/patrol?done={made.id}"

        return submit_once(page, form, change, digest=submission_digest(form))
    except Refused as refused:
        form.wrong(refused.field or "temperature", refusal_text(page, refused))
        return _form(page, place, form, 409, used=refused.reason == "already_done")


def _record_reading(
    page: PageRequest, place: Room, values: dict[str, float], at: int | None, form: SubmittedForm
) -> ManualReading | None:
    ident = record_reading(page, place.id, _spot(form), values, at, form, "patrol")
    with page.context.dbs.journal.read() as tx:
        return one_typed(tx, ident)


def _spot(form: SubmittedForm) -> str:
    return form["spot"] if form["spot"] in SPOTS else "door"


@router.get("/doors")
def list_doors(page: Reader) -> Response:
    """One sheet per room with its QR code, whose URL has the host of this request."""
    base = page.request.base_url
    with page.context.dbs.records.read() as tx:
        names = short_site_names(tx)
        places = [
            (
                room.name,
                names[room.site],
                _qr(f"{base}rooms/{room.id}/patrol"),
                f"{base}rooms/{room.id}/patrol",
            )
            for room in rooms(tx)
        ]
    here_only = base.hostname in THIS_MACHINE
    return page.show("patrols/doors.html", doors=places, here_only=here_only, base=str(base))


def _qr(address: str) -> Markup:
    """Inline SVG, so that it prints sharp and needs no second request."""
    drawn = BytesIO()
    segno.make(address, error="q").save(drawn, kind="svg", xmldecl=False, svgns=True, border=2, omitsize=True)
    return Markup(drawn.getvalue().decode())


def _form(
    page: PageRequest, place: Room, form: SubmittedForm, status: int = 200, *, used: bool = False
) -> Response:
    return page.show(
        "patrols/patrol.html",
        status,
        room=place,
        form=form,
        key=new_key() if used or not form[KEY] else form[KEY],
        ticks=[(tick, page.words(word)) for tick, word in TICK_WORDS.items()],
    )
