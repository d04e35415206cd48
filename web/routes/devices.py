"""设备: what speaks, where it stands; a new one is placed with two taps, the room and the spot."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from core.errors import Refused
from core.places import SPOTS
from store.places import place, placements, rooms
from web.forms import Filled, go, said
from web.views.devices import probes
from web.visit import Visit, signed_in

router = APIRouter()
Reader = Annotated[Visit, Depends(signed_in("see_rooms"))]
Placer = Annotated[Visit, Depends(signed_in("place_devices"))]
Text = Annotated[str, Query(max_length=200)]


@router.get("/devices")
def show(seen: Reader) -> Response:
    return _page(seen)


@router.get("/devices/place")
def ask(
    seen: Placer, device: Text, position: Text = "", room: Annotated[int, Query(ge=0, lt=2**31)] = 0
) -> Response:
    with seen.about.dbs.records.read() as tx:
        places = rooms(tx)
    chosen = next((one for one in places if one.id == room), None)
    return seen.show(
        "place.html",
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


def _page(seen: Visit, sentence: str = "", status: int = 200) -> Response:
    with seen.about.dbs.records.read() as tx:
        places = {room.id: room for room in rooms(tx)}
        standing = placements(tx)
    with seen.about.dbs.journal.read() as tx:
        loose, placed = probes(tx, seen.words, seen.now, standing, places)
    return seen.show("devices.html", status, loose=loose, placed=placed, sentence=sentence)
