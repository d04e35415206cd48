"""Pre-opening check: run one, list and show stored ones."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from sqlalchemy import Connection

from api.problems import Problem
from store.patrols.pre_opening_checks import (
    contact_check_results,
    on_duty_soon,
    run_check,
    store_check,
    stored_check,
    stored_checks,
)
from store.rooms.places import room as one_room
from web.base.forms import Filled, new_key, submit_once
from web.base.request_context import PageRequest, signed_in
from web.patrols.pre_opening_check_view import check_lines, check_view, contact_check_lines

router = APIRouter(prefix="/checks")
Reader = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
Keeper = Annotated[PageRequest, Depends(signed_in("keep_rooms"))]
Ident = Annotated[int, Path(ge=1, lt=2**31)]
Room = Annotated[int, Query(ge=0, lt=2**31)]
MOST = 30


@router.get("")
def list_checks(page: Reader) -> Response:
    with page.context.dbs.records.read() as tx:
        past = stored_checks(tx, MOST)
        return page.show(
            "patrols/check_list.html", lines=check_lines(tx, page.words, past, page.now), key=new_key()
        )


@router.get("/new")
def show_check_form(page: Keeper, room: Room = 0) -> Response:
    with page.context.dbs.records.read() as tx:
        place = one_room(tx, room) if room else None
    return page.show("patrols/check_new.html", room=place, key=new_key())


@router.post("")
def create_check(page: Keeper, form: Filled) -> Response:
    """Checks before the transaction, because asking the SMS provider for its credit may be slow."""
    context, room = page.context, form.whole("room")
    with context.dbs.records.read() as tx:
        if room is not None and one_room(tx, room) is None:
            raise Problem(404, "no-such-room", "没有这个库")
    missing = context.settings.heartbeat_missing_s * 1000
    results = run_check(context.dbs, page.now, room=room, ask=context.credit, missing=missing)

    def change(tx: Connection, now: int) -> str:
        return f"/checks/{store_check(tx, now, page.who.id, room, results)}"

    return submit_once(page, form, change)


@router.get("/ring")
def show_contact_check(page: Reader) -> Response:
    """试响 (contact check): who answered the test message and who did not."""
    with page.context.dbs.records.read() as tx:
        contacts = contact_check_results(tx, page.now)
        rows = contact_check_lines(tx, page.words, contacts, page.now)
    may_ring = page.may("keep_rooms") and page.context.ring is not None
    return page.show("patrols/check_ring.html", lines=rows, may_ring=may_ring, key=new_key())


@router.post("/ring")
def create_contact_check(page: Keeper, form: Filled) -> Response:
    send = page.context.ring
    if send is None:
        raise Problem(503, "channel-unavailable", "这里还不能发短信")

    def change(tx: Connection, now: int) -> str:
        send(tx, now, on_duty_soon(tx, now), f"{page.who.id}:{form['key']}")
        return "/checks/ring"

    return submit_once(page, form, change)


@router.get("/{ident}")
def show_check(page: Reader, ident: Ident) -> Response:
    with page.context.dbs.records.read() as tx:
        stored = stored_check(tx, ident)
        if stored is None:
            raise Problem(404, "no-such-check", "没有这次体检")
        view = check_view(tx, page.words, stored)
    return page.show("patrols/check.html", view=view, key=new_key())
