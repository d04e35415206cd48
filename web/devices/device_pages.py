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
from web.base.live_response import live_response
from web.base.localizer import Localizer
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.devices.device_list_pages import concerns
from web.devices.device_list_view import DeviceRow, lines, probe_of
from web.devices.device_view import NOT_THERE, DeviceView, device_chart, device_view

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
def show(page: Reader, device: Text, scan: Text = "") -> Response:
    return _page(page, device, scan=bool(scan))


@router.get("/devices/curve")
def curve(
    page: Reader,
    device: Text,
    position: Text = "",
    span: Literal["day", "week", "month", "year"] = "day",
    metric: Literal["temperature", "humidity", "co2"] = "temperature",
) -> Response:
    about = page.about
    found = device_chart(about.dbs, about.history, device, position, metric, span, page.now)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@router.get("/devices/label")
def label(page: Reader, device: Text) -> Response:
    """To print and stick on it: scanning it opens its page."""
    found = _must(page, device)
    address = str(page.request.base_url).rstrip("/") + page_of(device, scan="1")
    code = segno.make(address, error="m", micro=False).svg_inline(scale=6, border=2, omitsize=True)
    return page.show("devices/label.html", found=found, code=code)


@router.post("/devices/name")
def call(page: Placer, form: Filled) -> Response:
    _must(page, form["device"])
    try:
        with page.about.dbs.records.write() as tx:
            rename(tx, page.now, form["device"], form["name"], page.who.id)
    except Refused as refused:
        return _page(page, form["device"], said(page, refused), 409)
    return go(page_of(form["device"]))


@router.post("/devices/away")
def away(page: Placer, form: Filled) -> Response:
    device, position = the_probe(form["probe"])
    with page.about.dbs.records.write() as tx:
        take_away(tx, page.now, device, position, page.who.id)
    return go(page_of(device))


@router.get("/devices/replace")
def choose(page: Placer, probe: Text, part: str = "") -> Response:
    old, new = _candidates(page.about, page.words, page.now, probe)
    if part:
        return HTMLResponse(_piece(page.about, page.words, probe), headers=HEADERS)
    return page.show("devices/replace.html", old=old, new=new, probe=probe, sentence="")


@router.get("/live/replace")
async def live(request: Request, page: Placer, probe: Text) -> StreamingResponse:
    about, words = page.about, page.words

    def make() -> LiveFragment:
        return LiveFragment(about.hub, lambda: _piece(about, words, probe), concerns)

    return live_response(request, ("replace", words.lang, probe), make)


@router.post("/devices/replace")
def swap(page: Placer, form: Filled) -> Response:
    old, new = the_probe(form["probe"]), the_probe(form["new"])
    _must(page, new[0])
    try:
        with page.about.dbs.records.write() as tx:
            before = replace(tx, page.now, *old, *new, page.who.id)
    except Refused as refused:
        line, others = _candidates(page.about, page.words, page.now, form["probe"])
        facts = {"old": line, "new": others, "probe": form["probe"], "sentence": said(page, refused)}
        return page.show("devices/replace.html", 409, **facts)
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


def _must(page: PageRequest, device: str) -> DeviceView:
    found = device_view(page.about, page.words, device, page.now)
    if found is None:
        raise Problem(404, "no-such-device", NOT_THERE)
    return found


def _page(
    page: PageRequest, device: str, sentence: str = "", status: int = 200, *, scan: bool = False
) -> Response:
    found = _must(page, device)
    loose = [probe.key for probe in found.probes if not probe.place and probe.says]
    offered = _scanned(page, device) if loose else None
    shown = page.show(
        "devices/device.html",
        status,
        found=found,
        sentence=sentence,
        may_place=page.may("place_devices"),
        offered=offered,
        loose=loose,
    )
    placed = [probe for probe in found.probes if probe.place]
    if scan and len(placed) == 1:
        value = json.dumps([placed[0].key, f"{placed[0].place} ({found.device.name})"])
        shown.set_cookie(SCANNED, quote(value), max_age=SCANNED_FOR_S, httponly=True, samesite="lax")
    return shown


def _scanned(page: PageRequest, device: str) -> tuple[str, str] | None:
    """The probe whose code was scanned just before: its key, and what it is called."""
    if not page.may("place_devices"):
        return None
    found = probe_of(unquote(page.request.cookies.get(SCANNED, "")))
    old = probe_of(found[0]) if found else None
    return found if found and old and old[0] != device else None
