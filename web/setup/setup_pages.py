"""The first start: look at the demo, or begin for real. Open only until there is a federation."""

import secrets

from fastapi import APIRouter
from fastapi.responses import Response

from api.problems import Problem
from api.security import PAGE_LIFETIME, hash_password, set_cookie
from core.errors import Refused
from core.people.people import Role
from store.people.federation import federation
from store.people.people import issue_token, people
from web.base.forms import Filled, SubmittedForm, go, new_key, said
from web.base.request_context import Anybody, PageRequest, login_needed
from web.setup.setup_form import HOLDS, VILLAGES, SetupForm, begin, check_house, check_rest, read

router = APIRouter(prefix="/begin")
ASKED = "asked"
"""The cookie of the browser that asked for the demo."""


@router.get("")
def choose(page: Anybody, demo: str = "") -> Response:
    if page.federation is not None:
        return _let_in(page)
    _who_may(page)
    if demo:
        return page.show("setup/wait.html")
    return page.show("setup/choose.html")


@router.post("/demo")
def look(page: Anybody) -> Response:
    if page.federation is not None:
        return go("/")
    _who_may(page)
    if page.settings.start_demo is None:
        raise Problem(503, "no-demo", "这里不能开演示。请用 coldshed up --demo 启动")
    page.settings.start_demo()
    waiting = go("/begin?demo=1")
    if page.person is None:
        key = page.request.app.state.demo_key = secrets.token_urlsafe(32)
        waiting.set_cookie(
            ASKED, key, httponly=True, samesite="lax", secure=page.about.settings.secure_cookies
        )
    return waiting


def _let_in(page: PageRequest) -> Response:
    """Whoever asked for the demo looks at it as its administrator: the passwords stand where `up` runs."""
    shown = go("/")
    key, given = getattr(page.request.app.state, "demo_key", ""), page.request.cookies.get(ASKED, "")
    if not key or not secrets.compare_digest(key, given) or not (page.federation and page.federation.demo):
        return shown
    page.request.app.state.demo_key = ""
    with page.about.dbs.records.write() as tx:
        admin = next(each for each in people(tx) if each.role == Role.ADMIN and each.active)
        token = issue_token(tx, admin.id, "page", page.now, PAGE_LIFETIME)
    set_cookie(shown, token, secure=page.about.settings.secure_cookies)
    shown.delete_cookie(ASKED)
    return shown


@router.get("/real")
def ask(page: Anybody) -> Response:
    if page.federation is not None:
        return go("/")
    return _form(page, SubmittedForm({"unit": ["jin"], "cold": ["6"], "sheds": ["0"]}), whole=False)


@router.post("/real")
def write(page: Anybody, form: Filled) -> Response:
    """Everything in one transaction; pressed twice, the second finds it done."""
    if page.federation is not None:
        return go("/login")
    by = _who_may(page)
    words = page.words
    found = read(form, words)
    check_house(form, found, words)
    if form.errors or form["step"] != "all":
        return _form(page, form, whole=not form.errors, status=422 if form.errors else 200)
    check_rest(form, found, words, with_admin=by is None)
    if form.errors:
        return _form(page, form, whole=True, status=422)
    password_hash = "" if by is not None else hash_password(form["password"])
    try:
        with page.about.dbs.records.write() as tx:
            if federation(tx) is not None:
                return go("/login")
            who = begin(tx, page.now, form, found, by, password_hash)
            token = issue_token(tx, who, "page", page.now, PAGE_LIFETIME) if by is None else ""
    except Refused as refused:
        form.wrong("form", said(page, refused))
        return _form(page, form, whole=True, status=409)
    begun = go("/")
    if token:
        set_cookie(begun, token, secure=page.about.settings.secure_cookies)
    return begun


def _who_may(page: PageRequest) -> int | None:
    """Nobody has an account yet: whoever came first. Else an administrator, signed in."""
    with page.about.dbs.records.read() as tx:
        known = any(person.role == Role.ADMIN and person.active for person in people(tx))
    if not known:
        return None
    if not page.may("administer"):
        raise login_needed()
    return page.who.id


def _form(page: PageRequest, form: SubmittedForm, *, whole: bool, status: int = 200) -> Response:
    found: SetupForm = read(form, page.words)
    typed = list(zip(form.all("village"), form.all("code"), form.all("coop"), strict=False))
    filled = [row for row in typed if any(row)]
    rows = filled + [("", "", "")] * max(1, VILLAGES - len(filled))
    return page.show(
        "setup/form.html",
        status,
        form=form,
        key=form["key"] or new_key(),
        found=found,
        rows=rows,
        whole=whole,
        holds={kind: [(value, page.words(word)) for value, word in each] for kind, each in HOLDS.items()},
        with_admin=_who_may(page) is None,
    )
