"""Alert pages: list, acknowledge, pass on, close."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from sqlalchemy import Connection

from api.problems import Problem
from core.alerts.alerts import Alert, may_close
from core.alerts.conditions import CONDITIONS
from core.alerts.judging import UNKNOWN_WHETHER_OVER
from core.errors import Refused
from store.alerts.alerts import alert, alerts, blind_rooms
from store.alerts.lifecycle import acknowledge, close, hand_back
from store.notifications.roster import on_duty
from store.people.people import people
from store.rooms.places import rooms, sites
from web.alerts.alert_timeline import alert_timeline, state_key, what
from web.alerts.phone_call import PhoneCall, phone_call
from web.base.forms import Filled, SubmittedForm, redirect_to, refusal_text, submit_once
from web.base.names import short_people_names
from web.base.request_context import PageRequest, safe_next, signed_in

router = APIRouter()
Viewer = Annotated[PageRequest, Depends(signed_in("see_alerts"))]
Goer = Annotated[PageRequest, Depends(signed_in("acknowledge"))]
Ident = Annotated[int, Path(ge=1, lt=2**31)]
PAGE = 30


@dataclass(frozen=True, slots=True)
class AlertRow:
    """`state`: "danger" or "attention" while the alert is open, else empty. `key`: one-time key of the
    row's buttons. `call`: the person to phone while the alert is open."""

    alert: Alert
    room: str
    state: str
    what: str
    worst: str
    when: str
    long: str
    status: str
    goer: str
    calls: bool
    reader_goes: bool
    closes: bool
    story: tuple[str, ...]
    key: str
    call: PhoneCall | None


@router.get("/alerts")
def list_alerts(page: Viewer, before: Annotated[int | None, Query(ge=1, lt=2**31)] = None) -> Response:
    return _page(page, before)


@router.post("/alerts/{ident}/go")
def acknowledge_alert(page: Goer, ident: Ident, form: Filled) -> Response:
    """Idempotent: a second click changes nothing."""

    def change(tx: Connection, now: int) -> str:
        acknowledge(tx, now, ident, page.who.id, "page")
        return safe_next(form["next"] or "/alerts")

    return _apply_once(page, form, change)


@router.post("/alerts/{ident}/pass")
def pass_alert_on(page: Goer, ident: Ident, form: Filled) -> Response:
    """换下一个人: notifies the next person on duty at once. Idempotent: a second click changes nothing."""
    ask_next = page.settings.pass_on
    if ask_next is None:
        raise Problem(503, "no-alerts-service", "现在换不了人，请打电话")

    def change(tx: Connection, now: int) -> str:
        current = alert(tx, ident)
        if current is None or not current.open:
            raise Refused("not_open", "这件事已经过去了。")
        if current.acknowledged_by is not None:
            current = hand_back(tx, now, ident, page.who.id, "page")
        if ask_next(tx, now, current, page.who) is None:
            raise Refused("nobody_else", "没有别人可转了。请你去，或者打电话找人")
        return safe_next(form["next"] or "/alerts")

    return _apply_once(page, form, change)


@router.post("/alerts/{ident}/close")
def close_alert(page: Goer, ident: Ident, form: Filled) -> Response:
    def change(tx: Connection, now: int) -> str:
        close(tx, now, ident, page.who.id, form["cause"][:200], form["action"][:200])
        return "/alerts"

    try:
        return submit_once(page, form, change)
    except Refused as refused:
        if refused.reason == "already_closed":
            return redirect_to("/alerts")
        form.wrong("cause", refusal_text(page, refused))
        return _page(page, form=form, wrong=ident, status=409)


def _apply_once(page: PageRequest, form: SubmittedForm, change: Callable[[Connection, int], str]) -> Response:
    """Runs a button's action once, however often it is clicked on one page."""
    try:
        return submit_once(page, form, change)
    except Refused as refused:
        return _page(page, sentence=refusal_text(page, refused), status=409)


def _page(
    page: PageRequest,
    before: int | None = None,
    sentence: str = "",
    form: SubmittedForm | None = None,
    wrong: int = 0,
    status: int = 200,
) -> Response:
    with page.context.dbs.records.read() as tx:
        names = short_people_names(tx)
        rooms_by_id = {room.id: room for room in rooms(tx)}
        zones = {site.id: site.timezone for site in sites(tx)}
        people_by_id = {person.id: person for person in people(tx)}
        on_duty_by_site = {site: next(iter(on_duty(tx, site, page.now)), None) for site in zones}
        now_open = [] if before else alerts(tx, status=("active", "acknowledged"), limit=200)
        past = alerts(tx, status=("resolved", "closed"), limit=PAGE, before_id=before)
        blind = blind_rooms(tx)
        rows = []
        for alert in [*now_open, *past]:
            room = rooms_by_id[alert.room]
            zone = zones[room.site]
            moment = partial(page.words.moment, now=page.now, zone=zone)
            timeline = alert_timeline(tx, page.words, alert, room.name, names, moment)
            key = state_key(tx, alert.id, "list")
            goer = people_by_id.get(alert.acknowledged_by or 0)
            call = phone_call(goer or on_duty_by_site.get(room.site)) if alert.open else None
            title = what(tx, alert, page.words)
            context = AlertContext(title, tuple(timeline), key, call, alert.room in blind)
            rows.append(_row(page, alert, room.name, moment, names, context))
    return page.show(
        "alerts/alerts.html",
        status,
        lines=rows,
        sentence=sentence,
        form=form or SubmittedForm({}),
        wrong=wrong,
        older=past[-1].id if len(past) == PAGE else None,
    )


class AlertContext(NamedTuple):
    """What the alert's row shows beside the alert itself. `key`: the one-time key of its buttons. `blind`:
    no probe shows its room."""

    title: str
    timeline: tuple[str, ...]
    key: str
    call: PhoneCall | None
    blind: bool


def _row(
    page: PageRequest,
    alert: Alert,
    room: str,
    moment: Callable[[int], str],
    names: dict[int, str],
    context: AlertContext,
) -> AlertRow:
    words = page.words
    ended = alert.resolved_at or alert.closed_at
    severity = "danger" if alert.severity == "critical" else "attention"
    figures = alert.evidence.figures
    spot, value = words.spot(figures.spot), words.measured(alert.metric, figures.worst)
    template = CONDITIONS[alert.condition].words.worst_on_page
    worst = words(template, spot=spot, value=value) if template else ""
    status = {
        "active": words("等人去"),
        "acknowledged": words("有人去了"),
        "resolved": words("好了，等写原因"),
        "closed": words("了结"),
    }[alert.status]
    if alert.status == "resolved" and alert.resolved_reason in UNKNOWN_WHETHER_OVER:
        status = words("不知道好没好，等写原因")
    return AlertRow(
        alert=alert,
        room=room,
        state=severity if alert.open else "",
        what=context.title,
        worst=worst,
        when=moment(alert.since),
        long=words.long((ended or page.now) - alert.since),
        status=status,
        goer=names.get(alert.acknowledged_by or 0, ""),
        calls=alert.status == "active",
        reader_goes=alert.acknowledged_by == page.who.id,
        closes=alert.status in ("resolved", "acknowledged") and may_close(alert, blind=context.blind),
        story=context.timeline,
        key=context.key,
        call=context.call,
    )
