"""设备登录: a technician gives a device its login at the broker, renews it, takes it back."""

from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from api.problems import Problem
from core.devices.device_settings import IssuedCredential, lines
from core.errors import Refused
from store.devices import credentials
from web.base.forms import Filled, SubmittedForm, go, said
from web.base.request_context import CredentialSettings, PageRequest, signed_in
from web.devices import credential_view as view

router = APIRouter(prefix="/devices/logins")
Giver = Annotated[PageRequest, Depends(signed_in("give_logins"))]
Name = Annotated[str, Query(max_length=64)]
FIELDS = {
    "bad_login_name": "name",
    "has_login": "name",
    "login_is_ours": "name",
    "no_topics": "topics",
    "bad_topic": "topics",
    "no_group": "at",
    "place_of_many": "at",
    "unknown_family": "family",
}


@router.get("")
def show(page: Giver, done: str = "") -> Response:
    with page.about.dbs.records.read() as tx:
        found = view.lines(tx, page.words, page.now)
    return page.show(
        "devices/credential_list.html", lines=found, ours=page.settings.logins is not None, done=done
    )


@router.get("/new")
def ask(page: Giver, name: Name = "", family: Annotated[str, Query(max_length=20)] = "coldshed") -> Response:
    _ours(page)
    return _form(page, SubmittedForm({"name": [name], "family": [family]}))


@router.post("/new")
def give(page: Giver, form: Filled) -> Response:
    """Pressed twice it is refused: the password is shown once, and a second one would end the first."""
    ours = _ours(page)
    topics = [line.strip() for line in form["topics"].splitlines() if line.strip()]
    try:
        with page.about.dbs.records.write() as tx:
            password = credentials.issue(
                tx,
                page.now,
                form["name"],
                form["family"],
                form["at"],
                topics,
                page.who.id,
                taken=ours.taken,
            )
    except Refused as refused:
        form.wrong(FIELDS.get(refused.reason, "name"), said(page, refused))
        return _form(page, form, 409)
    return _given(page, ours, IssuedCredential(form["name"], password, form["family"], form["at"]))


@router.get("/one")
def one(page: Giver, name: Name) -> Response:
    with page.about.dbs.records.read() as tx:
        found = next((line for line in view.lines(tx, page.words, page.now) if line.name == name), None)
    if found is None:
        raise Problem(404, "no-such-login", "没有这个登录")
    return page.show("devices/credential.html", line=found)


@router.post("/renew")
def renew(page: Giver, form: Filled) -> Response:
    ours, name = _ours(page), form["name"]
    with page.about.dbs.records.write() as tx:
        before = next((one for one in credentials.active(tx) if one.name == name), None)
        if before is None:
            raise Problem(404, "no-such-login", "没有这个登录")
        password = credentials.issue(
            tx, page.now, name, before.family, before.at, before.topics, page.who.id, renew=True
        )
    return _given(page, ours, IssuedCredential(name, password, before.family, before.at))


@router.post("/revoke")
def revoke(page: Giver, form: Filled) -> Response:
    """Pressed twice it is gone once."""
    _ours(page)
    try:
        with page.about.dbs.records.write() as tx:
            credentials.revoke(tx, page.now, form["name"], page.who.id)
    except Refused:
        pass
    return go("/devices/logins?done=revoke")


def _ours(page: PageRequest) -> CredentialSettings:
    if page.settings.logins is None:
        raise Problem(409, "broker-elsewhere", "消息服务器不归这里管，登录要在它那里加")
    return page.settings.logins


def _form(page: PageRequest, form: SubmittedForm, status: int = 200) -> Response:
    return page.show("devices/credential_new.html", status, form=form, kinds=view.kinds(page.words))


def _given(page: PageRequest, ours: CredentialSettings, given: IssuedCredential) -> Response:
    """Shown here and never again; no cache may keep it (the headers of every page)."""
    server = ours.server(page.request.url.hostname or "")
    text = lines(server, given)
    code = segno.make(text, error="m", micro=False).svg_inline(scale=5, border=2, omitsize=True)
    return page.show(
        "devices/credential_issued.html",
        given=given,
        server=server,
        kind=view.kind(given.family, page.words),
        lines=text,
        code=code,
        only_here=server.host in ("127.0.0.1", "localhost", "::1"),
    )
