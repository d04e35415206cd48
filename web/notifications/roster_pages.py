"""Roster: duties per site and week, duties in rotation, replacing one week."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy import Connection

from api.problems import Problem
from core.errors import Refused
from core.notifications.duty_weeks import Shift, assign_shifts, week_after, week_start
from core.times import DAY_MS
from store.notifications.roster import duties, on_duty
from store.rooms.places import Site, sites
from web.base.forms import KEY, Filled, SubmittedForm, new_key, refusal_text, submit_once
from web.base.localizer import N_, short_name
from web.base.names import short_people_names
from web.base.request_context import PageRequest, signed_in
from web.notifications.roster_view import (
    TURN_MOST,
    WEEKS_MOST,
    day_and_time,
    duty_choices,
    people_fit_for_duty,
    replace_duties,
    weeks,
)

router = APIRouter(prefix="/roster")
Reader = Annotated[PageRequest, Depends(signed_in("see_alerts"))]
Manager = Annotated[PageRequest, Depends(signed_in("see_people"))]
Chosen = Annotated[int, Query(ge=0, lt=2**31)]
Moment = Annotated[int, Query(ge=0, lt=2**53)]
STARTS = WEEKS_MOST + 1
"""Number of weeks offered as the first: the current one and as many as can be planned at once."""
ROWS = 3

_DONE: dict[str, str] = {
    "turns": N_("排好了"),
    "week": N_("这一周换好了"),
    "remove": N_("这一周的值班去掉了"),
}


@router.get("")
def show_roster(page: Reader, done: str = "") -> Response:
    with page.context.dbs.records.read() as tx:
        rosters = [
            (
                site,
                page.words("、").join(short_name(person.name) for person in on_duty(tx, site.id, page.now)),
                weeks(tx, site, page.words, page.now),
            )
            for site in sites(tx)
        ]
    sentence = page.words(_DONE[done]) if done in _DONE else ""
    return page.show(
        "notifications/roster.html", sites=rosters, done=sentence, may_change=page.may("see_people")
    )


# --- duties in rotation -------------------------------------------------------------------------


@router.get("/new")
def show_turn_form(page: Manager, site: Chosen = 0) -> Response:
    """Preselects the first week without anybody on duty."""
    with page.context.dbs.records.read() as tx:
        every = sites(tx)
        place = next((candidate for candidate in every if candidate.id == site), every[0] if every else None)
        last = max((duty.ends_at for duty in duties(tx, place.id, page.now)), default=0) if place else 0
    free = 0
    while place and free < STARTS - 1 and week_start(page.now, place.timezone, free) < last:
        free += 1
    fields = {"first": [str(free)], "weeks": ["3"]} | ({"site": [str(place.id)]} if place else {})
    return _turn_form(page, SubmittedForm(fields))


@router.post("/new")
def create_turns(page: Manager, form: Filled) -> Response:
    site = _site(page, form)
    with page.context.dbs.records.read() as tx:
        fit_for_duty = {person.id for person in people_fit_for_duty(tx)}
    order = [int(value) for value in form.all("person") if value.isascii() and value.isdigit()]
    count, first = form.whole("weeks") or 0, form.whole("first")
    if not order:
        form.wrong("person", page.words("至少选一个人"))
    elif not set(order) <= fit_for_duty:
        form.wrong("person", page.words("这个人不能值班：要在岗，有手机号，能接报警"))
    if not 1 <= count <= WEEKS_MOST:
        form.wrong("weeks", page.words("排1到%(n)s周", n=WEEKS_MOST))
    if first is None or first >= STARTS:
        form.wrong("first", page.words("请选从哪周开始"))
    if form.errors or site is None or first is None:
        return _turn_form(page, form, 422)
    shifts = assign_shifts(week_start(page.now, site.timezone, first), site.timezone, order, count)
    start, end = shifts[0].start, shifts[-1].end

    def change(tx: Connection, now: int) -> str:
        if form["sure"] != _duty_ids(tx, site, max(start, now), end):
            raise Refused("already_on_duty", "这几周已经排了人")
        replace_duties(tx, now, site.id, start, end, shifts)
        return "/roster?done=turns"

    try:
        return submit_once(page, form, change)
    except Refused as refused:
        if refused.reason != "already_on_duty":
            form.wrong("form", refusal_text(page, refused))
            return _turn_form(page, form, 409)
        return _turn_form(page, form, 409, site, (max(start, page.now), end))


def _duty_ids(tx: Connection, site: Site, start: int, end: int) -> str:
    """The ids of the duties in the span. Compared on submit, so that only the duties that were shown are
    replaced."""
    return " ".join(str(duty.id) for duty in duties(tx, site.id, start, end))


def _turn_form(
    page: PageRequest,
    form: SubmittedForm,
    status: int = 200,
    site: Site | None = None,
    span: tuple[int, int] = (0, 0),
) -> Response:
    with page.context.dbs.records.read() as tx:
        every = sites(tx)
        choices = duty_choices(tx, page)
        duty_ids = _duty_ids(tx, site, *span) if site else ""
        before = _duty_lines(tx, page, site, *span) if site else []
    zone = (site or every[0]).timezone if every else "UTC"
    starts = [
        (ahead, _start_text(page, week_start(page.now, zone, ahead), ahead, zone)) for ahead in range(STARTS)
    ]
    typed = [value for value in form.all("person") if value]
    rows = typed + [""] * max(1, min(ROWS, len(choices)) - len(typed))
    return page.show(
        "notifications/roster_new.html",
        status,
        form=form,
        key=form[KEY] or new_key(),
        sites=[(place.id, short_name(place.name), "") for place in every],
        people=choices,
        rows=rows[:TURN_MOST],
        starts=starts,
        known=duty_ids,
        before=before,
    )


def _start_text(page: PageRequest, start: int, ahead: int, zone: str) -> str:
    if ahead == 0:
        return page.words("这周，从现在起")
    monday = day_and_time(page.words, start, zone)
    return page.words("下周，%(at)s起", at=monday) if ahead == 1 else page.words("%(at)s起", at=monday)


def _duty_lines(tx: Connection, page: PageRequest, site: Site, start: int, end: int) -> list[str]:
    names_by_id = short_people_names(tx)
    return [
        page.words(
            "%(name)s：%(start)s到%(end)s",
            name=names_by_id.get(duty.person, ""),
            start=day_and_time(page.words, max(duty.starts_at, start), site.timezone),
            end=day_and_time(page.words, min(duty.ends_at, end), site.timezone),
        )
        for duty in duties(tx, site.id, start, end)
    ]


# --- one week -----------------------------------------------------------------------------------


@router.get("/week")
def show_week_form(page: Manager, site: Chosen, start: Moment) -> Response:
    return _week_form(page, SubmittedForm({"site": [str(site)], "start": [str(start)]}))


@router.post("/week")
def update_week(page: Manager, form: Filled) -> Response:
    """Replaces the week's duties; in the current week only from now on."""
    site, start = _week(page, form)
    end = week_after(start, site.timezone)
    with page.context.dbs.records.read() as tx:
        fit_for_duty = {person.id for person in people_fit_for_duty(tx)}
    remove = form["do"] == "remove"
    who = (
        []
        if remove
        else [person_id for person_id in (form.whole("person"), form.whole("second")) if person_id]
    )
    if not remove and form.whole("person") is None:
        form.wrong("person", page.words("请选谁来值班"))
    elif not set(who) <= fit_for_duty:
        form.wrong("person", page.words("这个人不能值班：要在岗，有手机号，能接报警"))
    elif len(set(who)) < len(who):
        form.wrong("second", page.words("两个人不能是同一个"))
    if form.errors:
        return _week_form(page, form, 422)

    def change(tx: Connection, now: int) -> str:
        if form["known"] != _duty_ids(tx, site, max(start, now), end):
            raise Refused("changed_meanwhile", "刚才有人改过这一周，请再看一遍")
        replace_duties(tx, now, site.id, start, end, [Shift(person_id, start, end) for person_id in who])
        return f"/roster?done={'remove' if remove else 'week'}"

    try:
        return submit_once(page, form, change)
    except Refused as refused:
        form.wrong("form", refusal_text(page, refused))
        return _week_form(page, form, 409)


def _week_form(page: PageRequest, form: SubmittedForm, status: int = 200) -> Response:
    site, start = _week(page, form)
    end = week_after(start, site.timezone)
    begin = max(start, page.now)
    with page.context.dbs.records.read() as tx:
        choices = duty_choices(tx, page)
        duty_ids = _duty_ids(tx, site, begin, end)
        before = _duty_lines(tx, page, site, begin, end)
    return page.show(
        "notifications/roster_week.html",
        status,
        form=form,
        key=form[KEY] or new_key(),
        site=site,
        start=start,
        title=page.words(
            "%(start)s到%(end)s",
            start=day_and_time(page.words, start, site.timezone),
            end=day_and_time(page.words, end, site.timezone),
        ),
        running=start <= page.now,
        people=choices,
        known=duty_ids,
        before=before,
    )


def _week(page: PageRequest, form: SubmittedForm) -> tuple[Site, int]:
    """The site and the start of the week. Raises Problem 404 if the week does not exist or is over."""
    site, start = _site(page, form), form.whole("start")
    if site is None or start is None or start > page.now + 3 * 365 * DAY_MS:
        raise Problem(404, "no-such-week", "没有这一周")
    if start != week_start(start, site.timezone) or week_after(start, site.timezone) <= page.now:
        raise Problem(404, "no-such-week", "没有这一周")
    return site, start


def _site(page: PageRequest, form: SubmittedForm) -> Site | None:
    with page.context.dbs.records.read() as tx:
        site = next((candidate for candidate in sites(tx) if candidate.id == form.whole("site")), None)
    if site is None:
        form.wrong("site", page.words("请选库区"))
    return site
