"""Devices: the list, and placing a new probe (room and spot)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from api.context import ApiContext
from core.errors import Refused
from core.rooms.places import SPOTS, NewPlacement
from store.live import READING, LiveEvent
from store.rooms.places import place, rooms
from web.base.forms import Filled, redirect_to, refusal_text
from web.base.live import LiveFragment
from web.base.live_response import live_response
from web.base.localizer import Localizer
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.devices.device_list_view import device_list
from web.overview.system_issue_view import may_fix, system_issue_lines

router = APIRouter()
Reader = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
Placer = Annotated[PageRequest, Depends(signed_in("place_devices"))]
Text = Annotated[str, Query(max_length=200)]
NOUNS = (READING, "placement", "room", "calibration", "removal", "device")


@router.get("/devices")
def list_devices(page: Reader, part: str = "") -> Response:
    if part:
        return HTMLResponse(
            _piece(page.context, page.words, page.now, page.may("place_devices")), 200, HEADERS
        )
    return _page(page)


@router.get("/live/devices")
async def stream_devices(request: Request, page: Reader) -> StreamingResponse:
    context, words, may_place = page.context, page.words, page.may("place_devices")

    def make() -> LiveFragment:
        return LiveFragment(
            context.hub, lambda: _piece(context, words, context.now(), may_place), changes_devices
        )

    return live_response(request, ("devices", words.lang, may_place), make)


@router.get("/devices/place")
def show_placement_form(
    page: Placer, device: Text, position: Text = "", room: Annotated[int, Query(ge=0, lt=2**31)] = 0
) -> Response:
    with page.context.dbs.records.read() as tx:
        places = rooms(tx)
    chosen = next((place for place in places if place.id == room), None)
    return page.show(
        "devices/place.html",
        device=device,
        position=position,
        rooms=places,
        chosen=chosen,
        spots=[(spot, page.words.spot(spot)) for spot in SPOTS],
    )


@router.post("/devices/place")
def create_placement(page: Placer, form: Filled) -> Response:
    """Idempotent: a second click changes nothing."""
    try:
        with page.context.dbs.records.write() as tx:
            place(
                tx,
                page.now,
                NewPlacement(
                    device=form["device"],
                    position=form["position"],
                    room=form.whole("room") or 0,
                    spot=form["spot"],
                    by=page.who.id,
                ),
            )
    except Refused as refused:
        return _page(page, refusal_text(page, refused), 409)
    return redirect_to(f"/rooms/{form.whole('room')}")


def changes_devices(event: LiveEvent) -> bool:
    return event.kind in NOUNS


def _page(page: PageRequest, sentence: str = "", status: int = 200) -> Response:
    problems = system_issue_lines(page.context, page.words, page.now) if may_fix(page) else ()
    return page.show(
        "devices/device_list.html",
        status,
        sentence=sentence,
        problems=problems,
        list=device_list(page.context, page.words, page.now),
        may_place=page.may("place_devices"),
    )


def _piece(context: ApiContext, words: Localizer, now: int, may_place: bool) -> str:
    return render(
        "devices/device_list_piece.html", words, list=device_list(context, words, now), may_place=may_place
    )
