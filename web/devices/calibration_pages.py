"""校准: ice water in two taps, a calibration typed in, and the record for the inspector."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlalchemy import Connection

from api.context import ApiContext
from api.problems import Problem
from core.errors import Refused
from core.readings.calibrations import LASTS, METHODS, MOST_OFFSET
from core.readings.manual_readings import parse
from store.devices.ice_baths import in_ice, put_in, take_out, write_zero
from store.journal.series import all_series
from store.readings.calibrations import calibrate
from store.rooms.places import sites
from web.base.forms import Filled, SubmittedForm, go, new_key, once, said
from web.base.live import LiveFragment
from web.base.localizer import Localizer, local
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.devices.calibration_view import pot, record, settled, to_put_in
from web.devices.device_list_pages import concerns
from web.devices.device_pages import page_of, the_probe
from web.devices.device_view import NOT_THERE
from web.overview.board_pages import streamed

router = APIRouter()
Reader = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
Placer = Annotated[PageRequest, Depends(signed_in("place_devices"))]
Text = Annotated[str, Query(max_length=500)]
ICE = "/devices/ice"
FIELDS = {
    "offset_too_large": "measured",
    "not_calibrated": "metric",
    "unknown_method": "method",
    "in_the_future": "day",
    "due_before_done": "due",
    "too_long": "certificate",
}
"""Why it is refused -> the field at which it is said."""


@router.get("/devices/ice")
def ice(seen: Placer, part: str = "") -> Response:
    if part:
        return HTMLResponse(_piece(seen.about, seen.words, seen.now), headers=HEADERS)
    return _ice(seen)


@router.get("/live/ice")
async def live(request: Request, seen: Placer) -> StreamingResponse:
    about, words = seen.about, seen.words

    def make() -> LiveFragment:
        return LiveFragment(about.hub, lambda: _piece(about, words, about.now()), concerns)

    return streamed(request, ("ice", words.lang), make)


@router.post("/devices/ice/put")
def put(seen: Placer, form: Filled) -> Response:
    """One or many, into one pot."""
    probes = [the_probe(key) for key in form.all("probe")]
    if not probes:
        return _ice(seen, seen.words("请先选探头"), 422)
    with seen.about.dbs.records.write() as tx:
        for probe in probes:
            put_in(tx, seen.now, *probe, seen.who.id)
    return go(ICE)


@router.post("/devices/ice/zero")
def zero(seen: Placer, form: Filled) -> Response:
    """记为0度: all that are named, or none of them and a sentence about the first that cannot be."""
    probes = [the_probe(key) for key in form.all("probe")]
    with seen.about.dbs.records.read() as tx:
        baths = {(bath.device, bath.position): bath for bath in in_ice(tx, seen.now)}
    found = {probe: settled(seen.about, baths[probe], seen.now) for probe in probes if probe in baths}
    try:
        with seen.about.dbs.records.write() as tx:
            for probe, came_to in found.items():
                write_zero(tx, seen.now, *probe, came_to, seen.who.id)
    except Refused as refused:
        return _ice(seen, said(seen, refused), 409)
    return go(ICE)


@router.post("/devices/ice/out")
def out(seen: Placer, form: Filled) -> Response:
    with seen.about.dbs.records.write() as tx:
        take_out(tx, seen.now, *the_probe(form["probe"]), seen.who.id)
    return go(ICE)


@router.get("/devices/calibrate")
def ask(seen: Placer, probe: Text) -> Response:
    today = f"{local(seen.now, _zone(seen)):%Y-%m-%d}"
    due = f"{local(seen.now + LASTS, _zone(seen)):%Y-%m-%d}"
    return _form(seen, probe, SubmittedForm({"day": [today], "due": [due], "method": ["compared"]}))


@router.post("/devices/calibrate")
def write(seen: Placer, form: Filled) -> Response:
    device, position = the_probe(form["probe"])
    measured, reference = _number(seen, form, "measured"), _number(seen, form, "reference")
    done, due = _day(seen, form, "day"), _day(seen, form, "due")
    metric = form["metric"]
    if metric not in _metrics(seen, device, position):
        form.wrong("metric", seen.words("请选校的是什么"))
    if done is None:
        form.wrong("day", seen.words("请填校验的日子"))
    if form.errors or measured is None or reference is None:
        return _form(seen, form["probe"], form, 422)

    def change(tx: Connection, now: int) -> str:
        calibrate(
            tx,
            now,
            device,
            position,
            metric,
            round(reference - measured, 3),
            form["method"],
            seen.who.id,
            done_at=done,
            due_at=due,
            reference=reference,
            measured=measured,
            certificate=form["certificate"],
        )
        return page_of(device)

    try:
        return once(seen, form, change)
    except Refused as refused:
        form.wrong(FIELDS.get(refused.reason, "measured"), said(seen, refused))
        return _form(seen, form["probe"], form, 409)


@router.get("/devices/calibrations")
def papers(seen: Reader) -> Response:
    return seen.show("devices/calibration_record.html", entries=record(seen.about, seen.words, seen.now))


def _ice(seen: PageRequest, sentence: str = "", status: int = 200) -> Response:
    about, words, now = seen.about, seen.words, seen.now
    facts = {"pot": pot(about, words, now), "others": to_put_in(about, words, now)}
    return seen.show("devices/ice_bath.html", status, sentence=sentence, **facts)


def _piece(about: ApiContext, words: Localizer, now: int) -> str:
    return render("devices/ice_bath_piece.html", words, pot=pot(about, words, now))


def _form(seen: PageRequest, probe: str, form: SubmittedForm, status: int = 200) -> Response:
    device, position = the_probe(probe)
    metrics = _metrics(seen, device, position)
    if not metrics:
        raise Problem(404, "no-such-device", NOT_THERE)
    return seen.show(
        "devices/calibration_form.html",
        status,
        probe=probe,
        device=device,
        position=position,
        form=form,
        key=form["key"] or new_key(),
        metrics=[(metric, seen.words.metric(metric), "") for metric in metrics],
        methods=[(method, seen.words(word), "") for method, word in METHODS.items()],
    )


def _metrics(seen: PageRequest, device: str, position: str) -> list[str]:
    """What of this probe can be calibrated."""
    with seen.about.dbs.journal.read() as tx:
        known = [one for one in all_series(tx).values() if one.device == device]
    mine = {one.metric for one in known if one.position == position}
    return [metric for metric in MOST_OFFSET if metric in mine]


def _number(seen: PageRequest, form: SubmittedForm, name: str) -> float | None:
    try:
        return parse(form[name])
    except Refused as refused:
        form.wrong(name, said(seen, refused))
        return None


def _day(seen: PageRequest, form: SubmittedForm, name: str) -> int | None:
    """Noon of that day at the site (today: now at the latest), or nothing."""
    if not form[name]:
        return None
    try:
        day = datetime.strptime(form[name], "%Y-%m-%d").replace(hour=12, tzinfo=ZoneInfo(_zone(seen)))
    except ValueError:
        form.wrong(name, seen.words("日子不对，像2026-01-14这样填"))
        return None
    at = round(day.timestamp() * 1000)
    today = local(seen.now, _zone(seen)).date() == day.date()
    return seen.now if today else at


def _zone(seen: PageRequest) -> str:
    with seen.about.dbs.records.read() as tx:
        return next((site.timezone for site in sites(tx)), "Asia/Shanghai")
