"""A room: `/rooms/{room}`, its live fragment, its curve and its use."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from api.context import ApiContext
from api.problems import Problem
from core.errors import Refused
from core.metrics import ON_BOARD
from i18n.language import either
from store.catalogue.produce import phases, produce
from store.live import READING, LiveEvent
from store.rooms.places import declare_empty, set_use
from web.base.forms import Filled, SubmittedForm, redirect_to, refusal_text
from web.base.live import LiveFragment
from web.base.live_response import live_response
from web.base.localizer import Localizer
from web.base.months import months
from web.base.names import short_people_names
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.overview.board_pages import TILE_NOUNS
from web.readings.chart_buttons import ChartMetric
from web.readings.curve_view import room_chart
from web.readings.manual_reading_view import manual_readings_view, recorded_reading_text
from web.rooms.room_view import RoomView, room_view
from web.stock.stock_view import stock_rows

router = APIRouter()
Viewer = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
Stockman = Annotated[PageRequest, Depends(signed_in("write_stock"))]
Ident = Annotated[int, Path(ge=1, lt=2**31)]
Span = Literal["day", "week", "month", "year"]
Read = Annotated[int, Query(ge=0, lt=2**53)]
EMPTY = "empty"


@router.get("/rooms/{room}")
def show_room(page: Viewer, room: Ident, part: str = "", read: Read = 0) -> Response:
    may_go = page.may("acknowledge")
    if part:
        html = room_piece(page.context, page.words, room, may_go, page.who.id)
        return HTMLResponse(html, headers=HEADERS)
    return room_response(page, room, SubmittedForm({}), read=read)


@router.get("/live/rooms/{room}")
async def stream_room(request: Request, page: Viewer, room: Ident) -> StreamingResponse:
    context, words = page.context, page.words
    reader = page.who.id if page.may("acknowledge") else None

    def make() -> LiveFragment:
        return LiveFragment(
            context.hub,
            lambda: room_piece(context, words, room, reader is not None, reader),
            lambda event: changes_room(event, room),
        )

    return live_response(request, ("room", room, words.lang, words.weight_unit, reader), make)


@router.get("/rooms/{room}/curve")
def show_room_curve(
    page: Viewer,
    room: Ident,
    span: Span = "day",
    metric: ChartMetric = ON_BOARD[0],
    place: Literal["air", "core", "outside"] = "air",
) -> Response:
    context = page.context
    drawn = room_chart(context.dbs, context.history, room, metric, span, place, page.now)
    return JSONResponse(drawn, headers={"Cache-Control": "no-store"})


@router.post("/rooms/{room}/use")
def update_use(page: Stockman, room: Ident, form: Filled) -> Response:
    """Sets the room's use, or declares the room empty."""
    wanted = form["use"]
    try:
        with page.context.dbs.records.write() as tx:
            if wanted == EMPTY:
                declare_empty(tx, page.now, room, page.who.id)
            else:
                set_use(tx, page.now, room, wanted or None, page.who.id)
    except Refused as refused:
        form.wrong("use", refusal_text(page, refused))
        return room_response(page, room, form, 409)
    return redirect_to(f"/rooms/{room}")


def room_piece(context: ApiContext, words: Localizer, room: int, may_go: bool, reader: int | None) -> str:
    view = _view(context, words, room, context.now(), reader)
    return render("rooms/room_piece.html", words, view=view, may_go=may_go)


def changes_room(event: LiveEvent, room: int) -> bool:
    if event.kind == READING:
        return event.facts["room"] == room
    room_of_event = event.facts.get("room", room)
    return event.kind in TILE_NOUNS and room_of_event in (room, None)


def _view(context: ApiContext, words: Localizer, room: int, now: int, reader: int | None) -> RoomView:
    view = room_view(context.dbs, context.history, words, room, now, reader)
    if view is None:
        raise Problem(404, "no-such-room", "没有这个库")
    return view


def room_response(
    page: PageRequest, room: int, form: SubmittedForm, status: int = 200, read: int = 0
) -> Response:
    """`read`: id of the manual reading that was just stored (`store.readings.manual_readings`)."""
    context = page.context
    view = _view(context, page.words, room, page.now, page.who.id)
    with context.dbs.records.read() as tx:
        names = short_people_names(tx)
        held = stock_rows(tx, page, room=room)
        shed = view.room.kind == "mushroom_shed"
        kinds = phases(tx).values() if shed else produce(tx).values()
        uses = [(kind.id, either(page.lang, kind.name, kind.name_en)) for kind in kinds]
    return page.show(
        "rooms/room.html",
        status,
        view=view,
        may_go=page.may("acknowledge"),
        lines=held,
        uses=uses,
        months=months(page.now, page.words, zone=view.site.timezone),
        looks=manual_readings_view(
            context.dbs, context.history, page.words, room, view.site, names, page.now
        ),
        just=recorded_reading_text(context.dbs, context.history, page.words, room, read) if read else "",
        form=form,
    )
