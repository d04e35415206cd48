"""People: list, add, deactivate, set a new password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response
from sqlalchemy import Connection

from api.problems import Problem
from api.security import hash_password
from core.errors import Refused
from core.people.accounts import may_assign, may_change
from core.people.people import NewPerson, Person
from store.people.federation import cooperatives, villages
from store.people.people import add_person, person, set_active, set_password, set_username
from web.base.forms import KEY, Filled, SubmittedForm, new_key, refusal_text, submit_once
from web.base.localizer import N_
from web.base.password_fields import check_password_fields
from web.base.request_context import LANG_NAMES, PageRequest, signed_in
from web.people.people_view import (
    check_account,
    check_person,
    duties_left,
    person_row,
    person_rows,
    role_choices,
    with_hashed_secrets,
)

router = APIRouter(prefix="/people")
Reader = Annotated[PageRequest, Depends(signed_in("see_alerts"))]
Manager = Annotated[PageRequest, Depends(signed_in("see_people"))]
Ident = Annotated[int, Path(ge=1, lt=2**31)]
ADDED = (KEY, "name", "phone", "role", "language", "cooperative", "village", "username")

_DONE: dict[str, str] = {
    "add": N_("人加好了"),
    "password": N_("新密码设好了，他要用新密码重新登录"),
    "off": N_("已设为离岗，不再能登录，也不再通知"),
    "on": N_("已重新上岗"),
}


@router.get("")
def list_people(page: Reader, done: str = "") -> Response:
    with page.context.dbs.records.read() as tx:
        rows = person_rows(tx, page)
    return page.show("people/people_list.html", lines=rows, done=_done_text(page, done))


@router.get("/new")
def show_person_form(page: Manager) -> Response:
    return _form(page, SubmittedForm({"language": ["zh"]}))


@router.post("/new")
def create_person(page: Manager, form: Filled) -> Response:
    check_person(form, page.words)
    if not may_assign(page.person, form["role"]):
        form.wrong("role", page.words("只有管理员能加管理员"))
    if form.errors:
        return _form(page, form, 422)
    password_hash = hash_password(form["password"]) if form["password"] else None

    def change(tx: Connection, now: int) -> str:
        add_person(
            tx,
            now,
            NewPerson(
                name=form["name"],
                role=form["role"],
                phone=form["phone"] or None,
                language=form["language"],
                cooperative=form.whole("cooperative"),
                village=form.whole("village"),
                username=form["username"] or None,
                password_hash=password_hash,
            ),
        )
        return "/people?done=add"

    try:
        return submit_once(page, with_hashed_secrets(form, ADDED), change)
    except Refused as refused:
        form.wrong(refused.field or "form", refusal_text(page, refused))
        return _form(page, form, 409)


@router.get("/{ident}")
def show_person(page: Manager, ident: Ident, done: str = "") -> Response:
    return _page(page, _changeable_person(page, ident), SubmittedForm({}), done=done)


@router.post("/{ident}/password")
def update_password(page: Manager, ident: Ident, form: Filled) -> Response:
    """Ends all sessions of the person. A person without a user name gets one."""
    who = _changeable_person(page, ident)
    named = bool(who.username) and not form["username"]
    (check_password_fields if named else check_account)(form, page.words)
    if form.errors:
        return _page(page, who, form, 422)
    password_hash = hash_password(form["password"])

    def change(tx: Connection, now: int) -> str:
        if form["username"]:
            set_username(tx, now, ident, form["username"])
        set_password(tx, now, ident, password_hash)
        return f"/people/{ident}?done=password"

    try:
        return submit_once(page, with_hashed_secrets(form, (KEY, "username")), change)
    except Refused as refused:
        form.wrong(refused.field or "password", refusal_text(page, refused))
        return _page(page, who, form, 409)


@router.post("/{ident}/active")
def update_active(page: Manager, ident: Ident, form: Filled) -> Response:
    """Deactivates or reactivates a person. Nobody can deactivate themselves."""
    who = _changeable_person(page, ident)
    wanted = form["active"] == "yes"
    if not wanted and ident == page.who.id:
        form.wrong("active", page.words("不能把自己设为离岗，请别的管理员来做"))
        return _page(page, who, form, 409)

    def change(tx: Connection, now: int) -> str:
        asking = person(tx, page.who.id)
        if asking is None or not asking.active:
            raise Refused("not_allowed", "您的账号不能做这件事")
        left = 0 if wanted or form["sure"] else duties_left(tx, ident, now)
        if left:
            raise Refused("still_on_duty", "他还排着%(n)s次班。离岗后那几周没人值班，要去排班里换人", n=left)
        set_active(tx, now, ident, wanted)
        return f"/people/{ident}?done={'on' if wanted else 'off'}"

    try:
        return submit_once(page, form, change)
    except Refused as refused:
        form.wrong("active", refusal_text(page, refused))
        return _page(page, who, form, 409, sure=refused.reason == "still_on_duty")


def _changeable_person(page: PageRequest, ident: int) -> Person:
    with page.context.dbs.records.read() as tx:
        chosen = person(tx, ident)
    if chosen is None:
        raise Problem(404, "no-such-person", "没有这个人")
    if not may_change(page.person, chosen):
        raise Problem(403, "not-allowed", "您的账号不能做这件事")
    return chosen


def _page(
    page: PageRequest, who: Person, form: SubmittedForm, status: int = 200, done: str = "", sure: bool = False
) -> Response:
    with page.context.dbs.records.read() as tx:
        shown = person_row(tx, page, who)
    facts = {"who": who, "line": shown, "done": _done_text(page, done), "sure": sure}
    return page.show("people/person.html", status, form=form, key=form[KEY] or new_key(), **facts)


def _form(page: PageRequest, form: SubmittedForm, status: int = 200) -> Response:
    with page.context.dbs.records.read() as tx:
        owners = [(cooperative.id, cooperative.name) for cooperative in cooperatives(tx)]
        homes = [(village.id, village.name) for village in villages(tx)]
    return page.show(
        "people/person_new.html",
        status,
        form=form,
        key=form[KEY] or new_key(),
        roles=role_choices(page),
        owners=owners,
        villages=homes,
        languages=[(lang, name, "") for lang, name in LANG_NAMES.items()],
    )


def _done_text(page: PageRequest, done: str) -> str:
    return page.words(_DONE[done]) if done in _DONE else ""
