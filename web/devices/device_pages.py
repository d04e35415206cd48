"""One device: its page, its curve, its label, and what is done with it: 换探头, 拿走, 改名."""

import json
from typing import Annotated, Literal
from urllib.parse import quote, unquote, urlencode

import segno
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from api.context import ApiContext
from api.problems import Problem
from core.errors import Refused
from store.devices.device_names import rename
from store.devices.probe_removals import replace, take_away
from web.base.forms import Filled, go, said
from web.base.live import LiveFragment
from web.base.localizer import Localizer
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.devices.device_list_pages import concerns
from web.devices.device_list_view import DeviceRow, lines, probe_of
from web.devices.device_view import NOT_THERE, DeviceView, device_chart, device_view
from web.overview.board_pages import streamed

router = APIRouter()
Reader = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
Placer = Annotated[PageRequest, Depends(signed_in("place_devices"))]
Text = Annotated[str, Query(max_length=500)]
SCANNED = "scanned"
SCANNED_FOR_S = 600
"""So long after the old probe's code was scanned the new one's offers to take its place."""


def page_of(device: str, **more: str) -> str:
    return f"/devices/one?{urlencode({'device': device, **more})}"


@router.get("/devices/one")
def show(seen: Reader, device: Text, scan: Text = "") -> Response:
    return _page(seen, device, scan=bool(scan))


@router.get("/devices/curve")
def curve(
    seen: Reader,
    device: Text,
    position: Text = "",
    span: Literal["day", "week", "month", "year"] = "day",
    metric: Literal["temperature", "humidity", "co2"] = "temperature",
) -> Response:
    about = seen.about
    found = device_chart(about.dbs, about.history, device, position, metric, span, seen.now)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@router.get("/devices/label")
def label(seen: Reader, device: Text) -> Response:
    """To print and stick on it: scanning it opens its page."""
    found = _must(seen, device)
    address = str(seen.request.base_url).rstrip("/") + page_of(device, scan="1")
    code = segno.make(address, error="m", micro=False).svg_inline(scale=6, border=2, omitsize=True)
    return seen.show("devices/label.html", found=found, code=code)


@router.post("/devices/name")
def call(seen: Placer, form: Filled) -> Response:
    _must(seen, form["device"])
    try:
        with seen.about.dbs.records.write() as tx:
            rename(tx, seen.now, form["device"], form["name"], seen.who.id)
    except Refused as refused:
        return _page(seen, form["device"], said(seen, refused), 409)
    return go(page_of(form["device"]))


@router.post("/devices/away")
def away(seen: Placer, form: Filled) -> Response:
    device, position = the_probe(form["probe"])
    with seen.about.dbs.records.write() as tx:
        take_away(tx, seen.now, device, position, seen.who.id)
    return go(page_of(device))


@router.get("/devices/replace")
def choose(seen: Placer, probe: Text, part: str = "") -> Response:
    old, new = _candidates(seen.about, seen.words, seen.now, probe)
    if part:
        return HTMLResponse(_piece(seen.about, seen.words, probe), headers=HEADERS)
    return seen.show("devices/replace.html", old=old, new=new, probe=probe, sentence="")


@router.get("/live/replace")
async def live(request: Request, seen: Placer, probe: Text) -> StreamingResponse:
    about, words = seen.about, seen.words

    def make() -> LiveFragment:
        return LiveFragment(about.hub, lambda: _piece(about, words, probe), concerns)

    return streamed(request, ("replace", words.lang, probe), make)


@router.post("/devices/replace")
def swap(seen: Placer, form: Filled) -> Response:
    old, new = the_probe(form["probe"]), the_probe(form["new"])
    _must(seen, new[0])
    try:
        with seen.about.dbs.records.write() as tx:
            before = replace(tx, seen.now, *old, *new, seen.who.id)
    except Refused as refused:
        line, others = _candidates(seen.about, seen.words, seen.now, form["probe"])
        facts = {"old": line, "new": others, "probe": form["probe"], "sentence": said(seen, refused)}
        return seen.show("devices/replace.html", 409, **facts)
    done = go(f"/rooms/{before.room}")
    done.delete_cookie(SCANNED)
    return done


def the_probe(key: str) -> tuple[str, str]:
    found = probe_of(key)
    if found is None:
        raise Problem(400, "bad-request", "请求的内容读不懂")
    return found


def _candidates(
    about: ApiContext, words: Localizer, now: int, probe: str
) -> tuple[DeviceRow, list[DeviceRow]]:
    """The old one, and those that could take its place: the one in the hand first."""
    wanted = the_probe(probe)
    found = lines(about, words, now)
    old = next((one for one in found if (one.device, one.position) == wanted), None)
    if old is None:
        raise Problem(404, "no-such-device", NOT_THERE)
    new = [one for one in found if not (one.room_id or one.replaced or one.in_ice) and one.says]
    return old, sorted(new, key=lambda one: (one.rises is None, -(one.rises or 0.0), one.quiet))


def _piece(about: ApiContext, words: Localizer, probe: str) -> str:
    old, new = _candidates(about, words, about.now(), probe)
    return render("devices/replace_piece.html", words, old=old, new=new, probe=probe)


def _must(seen: PageRequest, device: str) -> DeviceView:
    found = device_view(seen.about, seen.words, device, seen.now)
    if found is None:
        raise Problem(404, "no-such-device", NOT_THERE)
    return found


def _page(
    seen: PageRequest, device: str, sentence: str = "", status: int = 200, *, scan: bool = False
) -> Response:
    found = _must(seen, device)
    loose = [probe.key for probe in found.probes if not probe.place and probe.says]
    offered = _scanned(seen, device) if loose else None
    shown = seen.show(
        "devices/device.html",
        status,
        found=found,
        sentence=sentence,
        may_place=seen.may("place_devices"),
        offered=offered,
        loose=loose,
    )
    placed = [probe for probe in found.probes if probe.place]
    if scan and len(placed) == 1:
        value = json.dumps([placed[0].key, f"{placed[0].place} ({found.device.name})"])
        shown.set_cookie(SCANNED, quote(value), max_age=SCANNED_FOR_S, httponly=True, samesite="lax")
    return shown


def _scanned(seen: PageRequest, device: str) -> tuple[str, str] | None:
    """The probe whose code was scanned just before: its key, and what it is called."""
    if not seen.may("place_devices"):
        return None
    found = probe_of(unquote(seen.request.cookies.get(SCANNED, "")))
    old = probe_of(found[0]) if found else None
    return found if found and old and old[0] != device else None
