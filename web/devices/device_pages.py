"""Device page: values, curve, label; replace, remove or rename a probe."""

import json
from typing import Annotated, Literal
from urllib.parse import quote, unquote, urlencode

import segno
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from api.context import ApiContext
from api.problems import Problem
from core.devices.probe_replacement import SpareProbe, candidates
from core.errors import Refused
from core.metrics import ON_BOARD
from store.devices.device_names import rename
from store.devices.probe_removals import replace, take_away
from web.base.forms import Filled, redirect_to, refusal_text
from web.base.live import LiveFragment
from web.base.live_response import live_response
from web.base.localizer import Localizer
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.devices.device_list_pages import changes_devices
from web.devices.device_list_view import DeviceRow, device_rows, probe_of_key
from web.devices.device_view import NO_SUCH_DEVICE, DeviceView, device_chart, device_view
from web.readings.chart_buttons import ChartMetric

router = APIRouter()
Reader = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
Placer = Annotated[PageRequest, Depends(signed_in("place_devices"))]
Text = Annotated[str, Query(max_length=500)]
SCANNED = "scanned"
SCANNED_FOR_S = 600
"""Seconds after scanning the old probe's code in which the new device's page offers to replace it."""


def device_url(device: str, **more: str) -> str:
    return f"/devices/one?{urlencode({'device': device, **more})}"


@router.get("/devices/one")
def show_device(page: Reader, device: Text, scan: Text = "") -> Response:
    return _page(page, device, scan=bool(scan))


@router.get("/devices/curve")
def show_device_curve(
    page: Reader,
    device: Text,
    position: Text = "",
    span: Literal["day", "week", "month", "year"] = "day",
    metric: ChartMetric = ON_BOARD[0],
) -> Response:
    context = page.context
    chart = device_chart(context.dbs, context.history, device, position, metric, span, page.now)
    return JSONResponse(chart, headers={"Cache-Control": "no-store"})


@router.get("/devices/label")
def show_label(page: Reader, device: Text) -> Response:
    """A QR code to print and stick on the device; it opens the device's page."""
    view = _view_or_404(page, device)
    address = str(page.request.base_url).rstrip("/") + device_url(device, scan="1")
    code = segno.make(address, error="m", micro=False).svg_inline(scale=6, border=2, omitsize=True)
    return page.show("devices/label.html", view=view, code=code)


@router.post("/devices/name")
def rename_device(page: Placer, form: Filled) -> Response:
    _view_or_404(page, form["device"])
    try:
        with page.context.dbs.records.write() as tx:
            rename(tx, page.now, form["device"], form["name"], page.who.id)
    except Refused as refused:
        return _page(page, form["device"], refusal_text(page, refused), 409)
    return redirect_to(device_url(form["device"]))


@router.post("/devices/away")
def take_device_away(page: Placer, form: Filled) -> Response:
    device, position = parse_probe(form["probe"])
    with page.context.dbs.records.write() as tx:
        take_away(tx, page.now, device, position, page.who.id)
    return redirect_to(device_url(device))


@router.get("/devices/replace")
def show_replacement(page: Placer, probe: Text, part: str = "") -> Response:
    old, new = _candidates(page.context, page.words, page.now, probe)
    if part:
        return HTMLResponse(_piece(page.context, page.words, probe), headers=HEADERS)
    return page.show("devices/replace.html", old=old, new=new, probe=probe, sentence="")


@router.get("/live/replace")
async def stream_replacement(request: Request, page: Placer, probe: Text) -> StreamingResponse:
    context, words = page.context, page.words

    def make() -> LiveFragment:
        return LiveFragment(context.hub, lambda: _piece(context, words, probe), changes_devices)

    return live_response(request, ("replace", words.lang, probe), make)


@router.post("/devices/replace")
def replace_probe(page: Placer, form: Filled) -> Response:
    old, new = parse_probe(form["probe"]), parse_probe(form["new"])
    _view_or_404(page, new[0])
    try:
        with page.context.dbs.records.write() as tx:
            before = replace(tx, page.now, *old, *new, page.who.id)
    except Refused as refused:
        line, others = _candidates(page.context, page.words, page.now, form["probe"])
        facts = {"old": line, "new": others, "probe": form["probe"], "sentence": refusal_text(page, refused)}
        return page.show("devices/replace.html", 409, **facts)
    done = redirect_to(f"/rooms/{before.room}")
    done.delete_cookie(SCANNED)
    return done


def parse_probe(key: str) -> tuple[str, str]:
    probe = probe_of_key(key)
    if probe is None:
        raise Problem(400, "bad-request", "请求的内容读不懂")
    return probe


def _candidates(
    context: ApiContext, words: Localizer, now: int, probe: str
) -> tuple[DeviceRow, list[DeviceRow]]:
    """The old probe and the candidates to replace it, most likely first. Raises Problem 404."""
    wanted = parse_probe(probe)
    rows = device_rows(context, words, now)
    old = next((row for row in rows if (row.device, row.position) == wanted), None)
    if old is None:
        raise Problem(404, "no-such-device", NO_SUCH_DEVICE)
    by_key = {row.key: row for row in rows}
    return old, [by_key[key] for key in candidates(_spare(row) for row in rows)]


def _spare(row: DeviceRow) -> SpareProbe:
    return SpareProbe(
        key=row.key,
        placed=bool(row.room_id),
        replaced=bool(row.replaced),
        in_ice=row.in_ice,
        speaks=bool(row.says),
        rise=row.rises,
        quiet=row.quiet,
    )


def _piece(context: ApiContext, words: Localizer, probe: str) -> str:
    old, new = _candidates(context, words, context.now(), probe)
    return render("devices/replace_piece.html", words, old=old, new=new, probe=probe)


def _view_or_404(page: PageRequest, device: str) -> DeviceView:
    view = device_view(page.context, page.words, device, page.now)
    if view is None:
        raise Problem(404, "no-such-device", NO_SUCH_DEVICE)
    return view


def _page(
    page: PageRequest, device: str, sentence: str = "", status: int = 200, *, scan: bool = False
) -> Response:
    view = _view_or_404(page, device)
    loose = [probe.key for probe in view.probes if not probe.place and probe.says]
    offered = _scanned(page, device) if loose else None
    shown = page.show(
        "devices/device.html",
        status,
        view=view,
        sentence=sentence,
        may_place=page.may("place_devices"),
        offered=offered,
        loose=loose,
    )
    placed = [probe for probe in view.probes if probe.place]
    if scan and len(placed) == 1:
        value = json.dumps([placed[0].key, f"{placed[0].place} ({view.device.name})"])
        shown.set_cookie(SCANNED, quote(value), max_age=SCANNED_FOR_S, httponly=True, samesite="lax")
    return shown


def _scanned(page: PageRequest, device: str) -> tuple[str, str] | None:
    """The key and the label of the probe whose code this browser scanned just before; None if there is
    none."""
    if not page.may("place_devices"):
        return None
    scanned = probe_of_key(unquote(page.request.cookies.get(SCANNED, "")))
    old = probe_of_key(scanned[0]) if scanned else None
    return scanned if scanned and old and old[0] != device else None
