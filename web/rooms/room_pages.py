"""A room: `/rooms/{room}`, its live piece, its curve, and what it is for."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from api.context import ApiContext
from api.problems import Problem
from core.errors import Refused
from store.catalogue.produce import phases, produce
from store.live import READING, LiveEvent
from store.rooms.places import declare_empty, set_use
from web.alerts.alert_timeline import people_names
from web.base.forms import Filled, SubmittedForm, go, said
from web.base.live import LiveFragment
from web.base.localizer import Localizer
from web.base.months import months
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.overview.board_pages import NOUNS, streamed
from web.readings.curve_view import chart
from web.readings.manual_reading_view import just_read, looks
from web.rooms.room_view import RoomView, room_view
from web.stock.stock_view import lines

router = APIRouter()
Viewer = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
Stockman = Annotated[PageRequest, Depends(signed_in("write_stock"))]
Ident = Annotated[int, Path(ge=1, lt=2**31)]
Span = Literal["day", "week", "month", "year"]
ChartMetric = Literal["temperature", "humidity", "co2"]
Read = Annotated[int, Query(ge=0, lt=2**53)]
EMPTY = "empty"


@router.get("/rooms/{room}")
def show(seen: Viewer, room: Ident, part: str = "", read: Read = 0) -> Response:
    may_go = seen.may("acknowledge")
    if part:
        html = piece(seen.about, seen.words, room, may_go, seen.who.id)
        return HTMLResponse(html, headers=HEADERS)
    return page(seen, room, SubmittedForm({}), read=read)


@router.get("/live/rooms/{room}")
async def live(request: Request, seen: Viewer, room: Ident) -> StreamingResponse:
    about, words = seen.about, seen.words
    reader = seen.who.id if seen.may("acknowledge") else None

    def make() -> LiveFragment:
        return LiveFragment(
            about.hub,
            lambda: piece(about, words, room, reader is not None, reader),
            lambda event: concerns(event, room),
        )

    return streamed(request, ("room", room, words.lang, words.weight_unit, reader), make)


@router.get("/rooms/{room}/curve")
def curve(
    seen: Viewer,
    room: Ident,
    span: Span = "day",
    metric: ChartMetric = "temperature",
    place: Literal["air", "core", "outside"] = "air",
) -> Response:
    about = seen.about
    found = chart(about.dbs, about.history, room, metric, span, place, seen.now)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@router.post("/rooms/{room}/use")
def use(seen: Stockman, room: Ident, form: Filled) -> Response:
    """What it is for, or that it stands empty."""
    wanted = form["use"]
    try:
        with seen.about.dbs.records.write() as tx:
            if wanted == EMPTY:
                declare_empty(tx, seen.now, room, seen.who.id)
            else:
                set_use(tx, seen.now, room, wanted or None, seen.who.id)
    except Refused as refused:
        form.wrong("use", said(seen, refused))
        return page(seen, room, form, 409)
    return go(f"/rooms/{room}")


def piece(about: ApiContext, words: Localizer, room: int, may_go: bool, reader: int | None) -> str:
    found = _view(about, words, room, about.now(), reader)
    return render("rooms/room_piece.html", words, view=found, may_go=may_go)


def concerns(event: LiveEvent, room: int) -> bool:
    if event.kind == READING:
        return event.facts["room"] == room
    about = event.facts.get("room", room)
    return event.kind in NOUNS and about in (room, None)


def _view(about: ApiContext, words: Localizer, room: int, now: int, reader: int | None) -> RoomView:
    found = room_view(about.dbs, about.history, words, room, now, reader)
    if found is None:
        raise Problem(404, "no-such-room", "没有这个库")
    return found


def page(seen: PageRequest, room: int, form: SubmittedForm, status: int = 200, read: int = 0) -> Response:
    """`read`: what was just typed (`store.readings.manual_readings`)."""
    about = seen.about
    found = _view(about, seen.words, room, seen.now, seen.who.id)
    with about.dbs.records.read() as tx:
        names = people_names(tx)
        held = lines(tx, seen, room=room)
        goods = [(one.id, one.name, one.name_en) for one in produce(tx).values()]
        crops = [(one.id, one.name, one.name_en) for one in phases(tx).values()]
    return seen.show(
        "rooms/room.html",
        status,
        view=found,
        may_go=seen.may("acknowledge"),
        lines=held,
        uses=crops if found.room.kind == "mushroom_shed" else goods,
        months=months(seen.now, seen.words, zone=found.site.timezone),
        looks=looks(about.dbs, about.history, seen.words, room, found.site, names, seen.now),
        just=just_read(about.dbs, about.history, seen.words, room, read) if read else "",
        form=form,
    )
