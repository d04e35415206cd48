"""First start: the demo or a real federation. Available only until a federation exists."""

import secrets

from fastapi import APIRouter
from fastapi.responses import Response

from api.problems import Problem
from api.security import PAGE_LIFETIME, hash_password, set_cookie
from core.errors import Refused
from core.people.people import Role
from store.people.federation import federation
from store.people.people import issue_token, people
from web.base.forms import Filled, SubmittedForm, new_key, redirect_to, refusal_text
from web.base.request_context import Anybody, PageRequest, login_needed
from web.setup.setup_form import (
    HOLDS,
    VILLAGES,
    SetupForm,
    check_first_step,
    check_second_step,
    create_federation,
    read_setup,
)

router = APIRouter(prefix="/begin")
ASKED = "asked"
"""The cookie of the browser that requested the demo."""


@router.get("")
def show_choice(page: Anybody, demo: str = "") -> Response:
    if page.federation is not None:
        return _log_in_to_demo(page)
    _administrator(page)
    if demo:
        return page.show("setup/wait.html")
    return page.show("setup/choose.html")


@router.post("/demo")
def start_demo(page: Anybody) -> Response:
    if page.federation is not None:
        return redirect_to("/")
    _administrator(page)
    if page.settings.start_demo is None:
        raise Problem(503, "no-demo", "这里不能开演示。请用 coldshed up --demo 启动")
    page.settings.start_demo()
    waiting = redirect_to("/begin?demo=1")
    if page.person is None:
        key = page.request.app.state.demo_key = secrets.token_urlsafe(32)
        waiting.set_cookie(
            ASKED, key, httponly=True, samesite="lax", secure=page.context.settings.secure_cookies
        )
    return waiting


def _log_in_to_demo(page: PageRequest) -> Response:
    """Signs in the browser that requested the demo as its administrator, because only `up` prints
    passwords."""
    shown = redirect_to("/")
    key, cookie = getattr(page.request.app.state, "demo_key", ""), page.request.cookies.get(ASKED, "")
    if not key or not secrets.compare_digest(key.encode(), cookie.encode()):
        return shown
    if page.federation is None or not page.federation.demo:
        return shown
    page.request.app.state.demo_key = ""
    with page.context.dbs.records.write() as tx:
        admin = next(person for person in people(tx) if person.role == Role.ADMIN and person.active)
        token = issue_token(tx, admin.id, "page", page.now, PAGE_LIFETIME)
    set_cookie(shown, token, secure=page.context.settings.secure_cookies)
    shown.delete_cookie(ASKED)
    return shown


@router.get("/real")
def show_setup_form(page: Anybody) -> Response:
    if page.federation is not None:
        return redirect_to("/")
    return _form(page, SubmittedForm({"unit": ["jin"], "cold": ["6"], "sheds": ["0"]}), whole=False)


@router.post("/real")
def create_setup(page: Anybody, form: Filled) -> Response:
    """Stores everything in one transaction; a second submit redirects to the login."""
    if page.federation is not None:
        return redirect_to("/login")
    by = _administrator(page)
    words = page.words
    setup = read_setup(form, words)
    check_first_step(form, setup, words)
    if form.errors or form["step"] != "all":
        return _form(page, form, whole=not form.errors, status=422 if form.errors else 200)
    check_second_step(form, setup, words, with_admin=by is None)
    if form.errors:
        return _form(page, form, whole=True, status=422)
    password_hash = "" if by is not None else hash_password(form["password"])
    try:
        with page.context.dbs.records.write() as tx:
            if federation(tx) is not None:
                return redirect_to("/login")
            who = create_federation(tx, page.now, form, setup, by, password_hash)
            token = issue_token(tx, who, "page", page.now, PAGE_LIFETIME) if by is None else ""
    except Refused as refused:
        form.wrong("form", refusal_text(page, refused))
        return _form(page, form, whole=True, status=409)
    begun = redirect_to("/")
    if token:
        set_cookie(begun, token, secure=page.context.settings.secure_cookies)
    return begun


def _administrator(page: PageRequest) -> int | None:
    """The signed-in administrator's id; None if no administrator exists. Raises Problem 401 otherwise."""
    with page.context.dbs.records.read() as tx:
        has_admin = any(person.role == Role.ADMIN and person.active for person in people(tx))
    if not has_admin:
        return None
    if not page.may("administer"):
        raise login_needed()
    return page.who.id


def _form(page: PageRequest, form: SubmittedForm, *, whole: bool, status: int = 200) -> Response:
    setup: SetupForm = read_setup(form, page.words)
    typed = list(zip(form.all("village"), form.all("code"), form.all("coop"), strict=False))
    filled = [row for row in typed if any(row)]
    rows = filled + [("", "", "")] * max(1, VILLAGES - len(filled))
    return page.show(
        "setup/form.html",
        status,
        form=form,
        key=form["key"] or new_key(),
        setup=setup,
        rows=rows,
        whole=whole,
        holds={
            kind: [(value, page.words(word)) for value, word in choices] for kind, choices in HOLDS.items()
        },
        with_admin=_administrator(page) is None,
    )
