"""Device credentials at the broker: issue, renew, revoke."""

from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from api.problems import Problem
from core.devices.device_settings import IssuedCredential, settings_text
from core.errors import Refused
from store.devices import credentials
from store.devices.credentials import NewCredential
from web.base.forms import Filled, SubmittedForm, redirect_to, refusal_text
from web.base.request_context import CredentialSettings, PageRequest, signed_in
from web.devices import credential_view as view

router = APIRouter(prefix="/devices/logins")
Giver = Annotated[PageRequest, Depends(signed_in("give_logins"))]
Name = Annotated[str, Query(max_length=64)]
FIELDS = {
    "bad_login_name": "name",
    "bad_village_name": "name",
    "has_login": "name",
    "login_is_ours": "name",
    "no_topics": "topics",
    "bad_topic": "topics",
    "no_group": "at",
    "place_of_many": "at",
    "unknown_family": "family",
}


@router.get("")
def list_credentials(page: Giver, done: str = "") -> Response:
    with page.context.dbs.records.read() as tx:
        rows = view.credential_rows(tx, page.words, page.now)
    return page.show(
        "devices/credential_list.html", lines=rows, manages_logins=page.settings.logins is not None, done=done
    )


@router.get("/new")
def show_credential_form(
    page: Giver, name: Name = "", family: Annotated[str, Query(max_length=20)] = "coldshed"
) -> Response:
    _broker_settings(page)
    return _form(page, SubmittedForm({"name": [name], "family": [family]}))


@router.post("/new")
def create_credential(page: Giver, form: Filled) -> Response:
    """Refuses a second submit: the password is shown once, and a new one would replace it."""
    broker = _broker_settings(page)
    topics = [line.strip() for line in form["topics"].splitlines() if line.strip()]
    try:
        with page.context.dbs.records.write() as tx:
            password = credentials.issue(
                tx,
                page.now,
                NewCredential(
                    name=form["name"], family=form["family"], at=form["at"], topics=topics, by=page.who.id
                ),
                taken=broker.taken,
            )
    except Refused as refused:
        form.wrong(FIELDS.get(refused.reason, "name"), refusal_text(page, refused))
        return _form(page, form, 409)
    return _issued_response(
        page, broker, IssuedCredential(form["name"], password, form["family"], form["at"])
    )


@router.get("/one")
def show_credential(page: Giver, name: Name) -> Response:
    with page.context.dbs.records.read() as tx:
        row = next(
            (line for line in view.credential_rows(tx, page.words, page.now) if line.name == name), None
        )
    if row is None:
        raise Problem(404, "no-such-login", "没有这个登录")
    return page.show("devices/credential.html", line=row)


@router.post("/renew")
def renew_credential(page: Giver, form: Filled) -> Response:
    broker, name = _broker_settings(page), form["name"]
    with page.context.dbs.records.write() as tx:
        before = next((credential for credential in credentials.active(tx) if credential.name == name), None)
        if before is None:
            raise Problem(404, "no-such-login", "没有这个登录")
        password = credentials.issue(
            tx,
            page.now,
            NewCredential(
                name=name, family=before.family, at=before.at, topics=before.topics, by=page.who.id
            ),
            renew=True,
        )
    return _issued_response(page, broker, IssuedCredential(name, password, before.family, before.at))


@router.post("/revoke")
def revoke_credential(page: Giver, form: Filled) -> Response:
    """Idempotent: revoking twice is not an error."""
    _broker_settings(page)
    try:
        with page.context.dbs.records.write() as tx:
            credentials.revoke(tx, page.now, form["name"], page.who.id)
    except Refused:
        pass
    return redirect_to("/devices/logins?done=revoke")


def _broker_settings(page: PageRequest) -> CredentialSettings:
    if page.settings.logins is None:
        raise Problem(409, "broker-elsewhere", "消息服务器不归这里管，登录要在它那里加")
    return page.settings.logins


def _form(page: PageRequest, form: SubmittedForm, status: int = 200) -> Response:
    return page.show("devices/credential_new.html", status, form=form, kinds=view.family_choices(page.words))


def _issued_response(page: PageRequest, broker: CredentialSettings, credential: IssuedCredential) -> Response:
    """Shows the password once. The response must not be cached (`HEADERS` of every page)."""
    server = broker.server(page.request.url.hostname or "")
    text = settings_text(server, credential)
    code = segno.make(text, error="m", micro=False).svg_inline(scale=5, border=2, omitsize=True)
    return page.show(
        "devices/credential_issued.html",
        given=credential,
        server=server,
        kind=view.family_name(credential.family, page.words),
        lines=text,
        code=code,
        only_here=server.host in ("127.0.0.1", "localhost", "::1"),
    )
