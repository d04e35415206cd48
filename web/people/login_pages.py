"""Login and logout."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.problems import Problem
from api.security import address_of, set_cookie, sign_in, sign_out
from core.people.people import Role
from store.people.people import people
from web.base.forms import Filled, SubmittedForm, redirect_to
from web.base.request_context import Anybody, PageRequest, safe_next

router = APIRouter()


@router.get("/login")
def show_login(page: Anybody, next: Annotated[str, Query(max_length=500)] = "/") -> Response:
    if page.federation is None and page.person is None and not _has_accounts(page):
        return redirect_to("/begin")
    return page.show("people/login.html", form=SubmittedForm({}), next=safe_next(next))


def _has_accounts(page: PageRequest) -> bool:
    """Whether anybody has a user name. An administrator may exist before the first start."""
    with page.context.dbs.records.read() as tx:
        return any(person.username for person in people(tx))


@router.post("/login")
def log_in(page: Anybody, form: Filled) -> Response:
    following = safe_next(form["next"])
    try:
        address = address_of(page.request)
        token, person = sign_in(page.context, form["username"], form["password"], address, "page")
    except Problem as problem:
        if problem.status not in (401, 429):
            raise
        form.wrong("password", page.words(problem.text, **problem.facts))
        answer = page.show("people/login.html", problem.status, form=form, next=following)
        answer.headers.update(problem.headers)
        return answer
    if following == "/" and person.role == Role.TECHNICIAN:
        following = "/devices"  # the page that lists silent devices first
    entered = redirect_to(following)
    set_cookie(entered, token, secure=page.context.settings.secure_cookies)
    return entered


@router.post("/logout")
def log_out(page: Anybody) -> Response:
    left = redirect_to("/login")
    sign_out(page.context, page.request, left)
    return left
