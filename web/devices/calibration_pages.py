"""Calibration pages: ice bath, a typed calibration, the printable record."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlalchemy import Connection

from api.context import ApiContext
from api.problems import Problem
from core.errors import Refused
from core.metrics import MOST_OFFSET
from core.readings.calibrations import LASTS, METHODS, NewCalibration
from core.readings.manual_readings import parse
from store.devices.ice_baths import in_ice, put_in, take_out, write_zero
from store.journal.series import all_series
from store.readings.calibrations import calibrate
from store.rooms.timezones import timezones
from web.base.forms import Filled, SubmittedForm, new_key, redirect_to, refusal_text, submit_once
from web.base.live import LiveFragment
from web.base.live_response import live_response
from web.base.localizer import Localizer, local
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.devices.calibration_view import bath_settling, calibration_record, ice_pot, probes_to_put_in
from web.devices.device_list_pages import changes_devices
from web.devices.device_pages import device_url, parse_probe
from web.devices.device_view import NO_SUCH_DEVICE

router = APIRouter()
Reader = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
Placer = Annotated[PageRequest, Depends(signed_in("place_devices"))]
Text = Annotated[str, Query(max_length=500)]
ICE = "/devices/ice"


@router.get("/devices/ice")
def show_ice_bath(page: Placer, part: str = "") -> Response:
    if part:
        return HTMLResponse(_piece(page.context, page.words, page.now), headers=HEADERS)
    return _ice_response(page)


@router.get("/live/ice")
async def stream_ice_bath(request: Request, page: Placer) -> StreamingResponse:
    context, words = page.context, page.words

    def make() -> LiveFragment:
        return LiveFragment(context.hub, lambda: _piece(context, words, context.now()), changes_devices)

    return live_response(request, ("ice", words.lang), make)


@router.post("/devices/ice/put")
def put_in_ice(page: Placer, form: Filled) -> Response:
    """Starts an ice bath of one or more probes."""
    probes = [parse_probe(key) for key in form.all("probe")]
    if not probes:
        return _ice_response(page, page.words("请先选探头"), 422)
    with page.context.dbs.records.write() as tx:
        for probe in probes:
            put_in(tx, page.now, *probe, page.who.id)
    return redirect_to(ICE)


@router.post("/devices/ice/zero")
def record_zero(page: Placer, form: Filled) -> Response:
    """记为0度: records 0 °C for all named probes, or for none and shows why the first was refused."""
    probes = [parse_probe(key) for key in form.all("probe")]
    with page.context.dbs.records.read() as tx:
        baths = {(bath.device, bath.position): bath for bath in in_ice(tx, page.now)}
    settled_by_probe = {
        probe: bath_settling(page.context, baths[probe], page.now) for probe in probes if probe in baths
    }
    try:
        with page.context.dbs.records.write() as tx:
            for probe, settling in settled_by_probe.items():
                write_zero(tx, page.now, *probe, settling, page.who.id)
    except Refused as refused:
        return _ice_response(page, refusal_text(page, refused), 409)
    return redirect_to(ICE)


@router.post("/devices/ice/out")
def take_out_of_ice(page: Placer, form: Filled) -> Response:
    with page.context.dbs.records.write() as tx:
        take_out(tx, page.now, *parse_probe(form["probe"]), page.who.id)
    return redirect_to(ICE)


@router.get("/devices/calibrate")
def show_calibration_form(page: Placer, probe: Text) -> Response:
    zone = _zone(page, parse_probe(probe)[0])
    today = f"{local(page.now, zone):%Y-%m-%d}"
    due = f"{local(page.now + LASTS, zone):%Y-%m-%d}"
    return _form(page, probe, SubmittedForm({"done_at": [today], "due_at": [due], "method": ["compared"]}))


@router.post("/devices/calibrate")
def create_calibration(page: Placer, form: Filled) -> Response:
    device, position = parse_probe(form["probe"])
    measured, reference = _number(page, form, "measured"), _number(page, form, "reference")
    done, due = (_day(page, form, name, _zone(page, device)) for name in ("done_at", "due_at"))
    metric = form["metric"]
    if metric not in _metrics(page, device, position):
        form.wrong("metric", page.words("请选校的是什么"))
    if done is None:
        form.wrong("done_at", page.words("请填校验的日子"))
    if form.errors or measured is None or reference is None:
        return _form(page, form["probe"], form, 422)

    def change(tx: Connection, now: int) -> str:
        calibrate(
            tx,
            now,
            NewCalibration(
                device=device,
                position=position,
                metric=metric,
                offset=round(reference - measured, 3),
                method=form["method"],
                by=page.who.id,
                done_at=done,
                due_at=due,
                reference=reference,
                measured=measured,
                certificate=form["certificate"],
            ),
        )
        return device_url(device)

    try:
        return submit_once(page, form, change)
    except Refused as refused:
        form.wrong(refused.field or "measured", refusal_text(page, refused))
        return _form(page, form["probe"], form, 409)


@router.get("/devices/calibrations")
def show_calibration_record(page: Reader) -> Response:
    return page.show(
        "devices/calibration_record.html", entries=calibration_record(page.context, page.words, page.now)
    )


def _ice_response(page: PageRequest, sentence: str = "", status: int = 200) -> Response:
    context, words, now = page.context, page.words, page.now
    facts = {"pot": ice_pot(context, words, now), "others": probes_to_put_in(context, words, now)}
    return page.show("devices/ice_bath.html", status, sentence=sentence, **facts)


def _piece(context: ApiContext, words: Localizer, now: int) -> str:
    return render("devices/ice_bath_piece.html", words, pot=ice_pot(context, words, now))


def _form(page: PageRequest, probe: str, form: SubmittedForm, status: int = 200) -> Response:
    device, position = parse_probe(probe)
    metrics = _metrics(page, device, position)
    if not metrics:
        raise Problem(404, "no-such-device", NO_SUCH_DEVICE)
    return page.show(
        "devices/calibration_form.html",
        status,
        probe=probe,
        device=device,
        position=position,
        form=form,
        key=form["key"] or new_key(),
        metrics=[(metric, page.words.metric(metric), "") for metric in metrics],
        methods=[(method, page.words(word), "") for method, word in METHODS.items()],
    )


def _metrics(page: PageRequest, device: str, position: str) -> list[str]:
    """The metrics of the probe that can be calibrated."""
    with page.context.dbs.journal.read() as tx:
        of_device = [series for series in all_series(tx).values() if series.device == device]
    measured = {series.metric for series in of_device if series.position == position}
    return [metric for metric in MOST_OFFSET if metric in measured]


def _number(page: PageRequest, form: SubmittedForm, name: str) -> float | None:
    try:
        return parse(form[name])
    except Refused as refused:
        form.wrong(name, refusal_text(page, refused))
        return None


def _day(page: PageRequest, form: SubmittedForm, name: str, zone: str) -> int | None:
    """Noon of that day at the site (ms), or now if it is today. None if no valid day was given."""
    if not form[name]:
        return None
    try:
        day = datetime.strptime(form[name], "%Y-%m-%d").replace(hour=12, tzinfo=ZoneInfo(zone))
    except ValueError:
        form.wrong(name, page.words("日子不对，像2026-01-14这样填"))
        return None
    at = round(day.timestamp() * 1000)
    today = local(page.now, zone).date() == day.date()
    return page.now if today else at


def _zone(page: PageRequest, device: str) -> str:
    with page.context.dbs.records.read() as tx:
        return timezones(tx).of_device(device)
