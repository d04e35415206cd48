"""设备: what speaks, where it stands; a new one is placed with two taps, the room and the spot."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from api.context import ApiContext
from core.errors import Refused
from core.rooms.places import SPOTS
from store.live import READING, LiveEvent
from store.rooms.places import place, rooms
from web.base.forms import Filled, go, said
from web.base.live import LiveFragment
from web.base.localizer import Localizer
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.devices.device_list_view import page
from web.overview.board_pages import streamed
from web.overview.system_issue_view import may_mend, own_problems

router = APIRouter()
Reader = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
Placer = Annotated[PageRequest, Depends(signed_in("place_devices"))]
Text = Annotated[str, Query(max_length=200)]
NOUNS = (READING, "placement", "room", "calibration", "removal", "device")


@router.get("/devices")
def show(seen: Reader, part: str = "") -> Response:
    if part:
        return HTMLResponse(_piece(seen.about, seen.words, seen.now, seen.may("place_devices")), 200, HEADERS)
    return _page(seen)


@router.get("/live/devices")
async def live(request: Request, seen: Reader) -> StreamingResponse:
    about, words, may_place = seen.about, seen.words, seen.may("place_devices")

    def make() -> LiveFragment:
        return LiveFragment(about.hub, lambda: _piece(about, words, about.now(), may_place), concerns)

    return streamed(request, ("devices", words.lang, may_place), make)


@router.get("/devices/place")
def ask(
    seen: Placer, device: Text, position: Text = "", room: Annotated[int, Query(ge=0, lt=2**31)] = 0
) -> Response:
    with seen.about.dbs.records.read() as tx:
        places = rooms(tx)
    chosen = next((one for one in places if one.id == room), None)
    return seen.show(
        "devices/place.html",
        device=device,
        position=position,
        rooms=places,
        chosen=chosen,
        spots=[(spot, seen.words.spot(spot)) for spot in SPOTS],
    )


@router.post("/devices/place")
def put(seen: Placer, form: Filled) -> Response:
    """Pressed twice it stands where it stands."""
    try:
        with seen.about.dbs.records.write() as tx:
            place(
                tx,
                seen.now,
                form["device"],
                form["position"],
                form.whole("room") or 0,
                form["spot"],
                by=seen.who.id,
            )
    except Refused as refused:
        return _page(seen, said(seen, refused), 409)
    return go(f"/rooms/{form.whole('room')}")


def concerns(event: LiveEvent) -> bool:
    return event.kind in NOUNS


def _page(seen: PageRequest, sentence: str = "", status: int = 200) -> Response:
    problems = own_problems(seen.about, seen.words, seen.now) if may_mend(seen) else ()
    return seen.show(
        "devices/device_list.html",
        status,
        sentence=sentence,
        problems=problems,
        list=page(seen.about, seen.words, seen.now),
        may_place=seen.may("place_devices"),
    )


def _piece(about: ApiContext, words: Localizer, now: int, may_place: bool) -> str:
    return render("devices/device_list_piece.html", words, list=page(about, words, now), may_place=may_place)
