"""报警: who goes, who is asked next, and what it was in the end."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from api.problems import Problem
from core.alerts import Alert
from core.errors import Refused
from store.alerts import acknowledge, alert, alerts, close, hand_back
from store.places import rooms, sites
from web.forms import Filled, Form, go, said
from web.views.happenings import people_names, story, what
from web.visit import Visit, safe_next, signed_in

router = APIRouter()
Viewer = Annotated[Visit, Depends(signed_in("see_alerts"))]
Goer = Annotated[Visit, Depends(signed_in("acknowledge"))]
Ident = Annotated[int, Path(ge=1, lt=2**31)]
PAGE = 30


@dataclass(frozen=True, slots=True)
class Line:
    """`state`: danger or attention while it is open, else nothing."""

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
    mine: bool
    story: tuple[str, ...]


@router.get("/alerts")
def show(seen: Viewer, before: Annotated[int | None, Query(ge=1, lt=2**31)] = None) -> Response:
    return _page(seen, before)


@router.post("/alerts/{ident}/go")
def i_go(seen: Goer, ident: Ident, form: Filled) -> Response:
    """Pressed twice it is said once."""
    try:
        with seen.about.dbs.records.write() as tx:
            acknowledge(tx, seen.now, ident, seen.who.id, "page")
    except Refused as refused:
        return _page(seen, sentence=said(seen, refused), status=409)
    return go(safe_next(form["next"] or "/alerts"))


@router.post("/alerts/{ident}/pass")
def not_me(seen: Goer, ident: Ident, form: Filled) -> Response:
    """换下一个人: the next on duty is asked now."""
    ask_next = seen.settings.pass_on
    if ask_next is None:
        raise Problem(503, "no-alerts-service", "现在换不了人，请打电话")
    try:
        with seen.about.dbs.records.write() as tx:
            found = alert(tx, ident)
            if found is None or not found.open:
                raise Refused("not_open", "这件事已经过去了。")
            if found.acknowledged_by is not None:
                found = hand_back(tx, seen.now, ident, seen.who.id, "page")
            following = ask_next(tx, seen.now, found, seen.who)
            if following is None:
                raise Refused("nobody_else", "没有别人可转了。请你去，或者打电话找人")
    except Refused as refused:
        return _page(seen, sentence=said(seen, refused), status=409)
    return go(safe_next(form["next"] or "/alerts"))


@router.post("/alerts/{ident}/close")
def it_is_over(seen: Goer, ident: Ident, form: Filled) -> Response:
    try:
        with seen.about.dbs.records.write() as tx:
            close(tx, seen.now, ident, seen.who.id, form["cause"][:200], form["action"][:200])
    except Refused as refused:
        if refused.reason == "already_closed":
            return go("/alerts")
        form.wrong("cause", said(seen, refused))
        return _page(seen, form=form, wrong=ident, status=409)
    return go("/alerts")


def _page(
    seen: Visit,
    before: int | None = None,
    sentence: str = "",
    form: Form | None = None,
    wrong: int = 0,
    status: int = 200,
) -> Response:
    with seen.about.dbs.records.read() as tx:
        names = people_names(tx)
        places = {room.id: room for room in rooms(tx)}
        zones = {site.id: site.timezone for site in sites(tx)}
        first = [] if before else alerts(tx, status=("active", "acknowledged"), limit=200)
        rest = alerts(tx, status=("resolved", "closed"), limit=PAGE, before_id=before)
        found = []
        for one in [*first, *rest]:
            room = places[one.room]
            zone = zones[room.site]
            told = story(tx, seen.words, one, room.name, names, seen.now, zone)
            found.append(_line(seen, one, what(tx, one, seen.words), room.name, zone, names, tuple(told)))
    return seen.show(
        "alerts.html",
        status,
        lines=found,
        sentence=sentence,
        form=form or Form({}),
        wrong=wrong,
        older=rest[-1].id if len(rest) == PAGE else None,
    )


def _line(
    seen: Visit, one: Alert, about: str, room: str, zone: str, names: dict[int, str], told: tuple[str, ...]
) -> Line:
    words = seen.words
    ended = one.resolved_at or one.closed_at
    severity = "danger" if one.severity == "critical" else "attention"
    if one.condition == "silent":
        worst = ""
    elif one.condition == "high":
        worst = words("最高%(value)s", value=words.measured(one.metric, one.worst))
    else:
        worst = words("最低%(value)s", value=words.measured(one.metric, one.worst))
    status = {
        "active": words("等人去"),
        "acknowledged": words("有人去了"),
        "resolved": words("好了，等写原因"),
        "closed": words("了结"),
    }[one.status]
    return Line(
        alert=one,
        room=room,
        state=severity if one.open else "",
        what=about,
        worst=worst,
        when=words.moment(one.since, seen.now, zone),
        long=words.long((ended or seen.now) - one.since),
        status=status,
        goer=names.get(one.acknowledged_by or 0, ""),
        calls=one.status == "active",
        mine=one.acknowledged_by == seen.who.id,
        story=told,
    )
