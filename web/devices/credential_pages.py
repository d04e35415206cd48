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
def show(seen: Giver, done: str = "") -> Response:
    with seen.about.dbs.records.read() as tx:
        found = view.lines(tx, seen.words, seen.now)
    return seen.show(
        "devices/credential_list.html", lines=found, ours=seen.settings.logins is not None, done=done
    )


@router.get("/new")
def ask(seen: Giver, name: Name = "", family: Annotated[str, Query(max_length=20)] = "coldshed") -> Response:
    _ours(seen)
    return _form(seen, SubmittedForm({"name": [name], "family": [family]}))


@router.post("/new")
def give(seen: Giver, form: Filled) -> Response:
    """Pressed twice it is refused: the password is shown once, and a second one would end the first."""
    ours = _ours(seen)
    topics = [line.strip() for line in form["topics"].splitlines() if line.strip()]
    try:
        with seen.about.dbs.records.write() as tx:
            password = credentials.issue(
                tx,
                seen.now,
                form["name"],
                form["family"],
                form["at"],
                topics,
                seen.who.id,
                taken=ours.taken,
            )
    except Refused as refused:
        form.wrong(FIELDS.get(refused.reason, "name"), said(seen, refused))
        return _form(seen, form, 409)
    return _given(seen, ours, IssuedCredential(form["name"], password, form["family"], form["at"]))


@router.get("/one")
def one(seen: Giver, name: Name) -> Response:
    with seen.about.dbs.records.read() as tx:
        found = next((line for line in view.lines(tx, seen.words, seen.now) if line.name == name), None)
    if found is None:
        raise Problem(404, "no-such-login", "没有这个登录")
    return seen.show("devices/credential.html", line=found)


@router.post("/renew")
def renew(seen: Giver, form: Filled) -> Response:
    ours, name = _ours(seen), form["name"]
    with seen.about.dbs.records.write() as tx:
        before = next((one for one in credentials.active(tx) if one.name == name), None)
        if before is None:
            raise Problem(404, "no-such-login", "没有这个登录")
        password = credentials.issue(
            tx, seen.now, name, before.family, before.at, before.topics, seen.who.id, renew=True
        )
    return _given(seen, ours, IssuedCredential(name, password, before.family, before.at))


@router.post("/revoke")
def revoke(seen: Giver, form: Filled) -> Response:
    """Pressed twice it is gone once."""
    _ours(seen)
    try:
        with seen.about.dbs.records.write() as tx:
            credentials.revoke(tx, seen.now, form["name"], seen.who.id)
    except Refused:
        pass
    return go("/devices/logins?done=revoke")


def _ours(seen: PageRequest) -> CredentialSettings:
    if seen.settings.logins is None:
        raise Problem(409, "broker-elsewhere", "消息服务器不归这里管，登录要在它那里加")
    return seen.settings.logins


def _form(seen: PageRequest, form: SubmittedForm, status: int = 200) -> Response:
    return seen.show("devices/credential_new.html", status, form=form, kinds=view.kinds(seen.words))


def _given(seen: PageRequest, ours: CredentialSettings, given: IssuedCredential) -> Response:
    """Shown here and never again; no cache may keep it (the headers of every page)."""
    server = ours.server(seen.request.url.hostname or "")
    text = lines(server, given)
    code = segno.make(text, error="m", micro=False).svg_inline(scale=5, border=2, omitsize=True)
    return seen.show(
        "devices/credential_issued.html",
        given=given,
        server=server,
        kind=view.kind(given.family, seen.words),
        lines=text,
        code=code,
        only_here=server.host in ("127.0.0.1", "localhost", "::1"),
    )
