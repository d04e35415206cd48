"""The form that adds a cold room or a mushroom shed."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy import Connection

from core.errors import Refused
from core.rooms.places import NewRoom, RoomKind
from core.stock.weights import parse_tonnes
from i18n.language import either
from store.catalogue.produce import phases, produce
from store.rooms.places import add_room, declare_empty, rooms, sites
from web.base.forms import KEY, Filled, SubmittedForm, new_key, refusal_text, submit_once
from web.base.localizer import N_, short_name
from web.base.request_context import PageRequest, signed_in
from web.setup.setup_form import HOLDS

router = APIRouter(prefix="/rooms/new")
Manager = Annotated[PageRequest, Depends(signed_in("see_people"))]
NAME_MOST = 20
EMPTY = "empty"
UNDECIDED = "none"
KINDS: dict[str, str] = {RoomKind.COLD_ROOM: N_("冷库"), RoomKind.MUSHROOM_SHED: N_("菇棚")}


@router.get("")
def show_room_form(page: Manager, kind: str = RoomKind.COLD_ROOM) -> Response:
    with page.context.dbs.records.read() as tx:
        every = sites(tx)
    fields = {"kind": [kind]} | ({"site": [str(every[0].id)]} if len(every) == 1 else {})
    return _form(page, SubmittedForm(fields))


@router.post("")
def create_room(page: Manager, form: Filled) -> Response:
    grams = _capacity(page, form)
    site, holds = form.whole("site"), form["other"] or form["holds"]
    if site is None:
        form.wrong("site", page.words("请选库区"))
    if not form["name"]:
        form.wrong("name", page.words("名字没填"))
    elif len(form["name"]) > NAME_MOST:
        form.wrong("name", page.words("名字太长了，最多%(n)s个字", n=NAME_MOST))
    if form["kind"] not in KINDS:
        form.wrong("form", page.words("请选是冷库还是菇棚"))
    other_kind = ("/" in holds) != (form["kind"] == RoomKind.MUSHROOM_SHED)
    if not holds or (other_kind and holds not in (EMPTY, UNDECIDED)):
        form.wrong("holds", page.words("请选现在装的，没定就选“还没定”"))
    if form.errors or site is None:
        return _form(page, form, 422)

    def change(tx: Connection, now: int) -> str:
        use = None if holds in (EMPTY, UNDECIDED) else holds
        sort = max((place.sort for place in rooms(tx) if place.site == site), default=-1) + 1
        made = add_room(
            tx,
            now,
            NewRoom(
                site=site, name=form["name"], kind=form["kind"], capacity_grams=grams, use=use, sort=sort
            ),
        )
        if holds == EMPTY:
            declare_empty(tx, now, made, page.who.id)
        return f"/rooms/{made}"

    try:
        return submit_once(page, form, change)
    except Refused as refused:
        form.wrong(
            "holds" if refused.field == "use" else refused.field or "form", refusal_text(page, refused)
        )
        return _form(page, form, 409)


def _capacity(page: PageRequest, form: SubmittedForm) -> int | None:
    """In grams. The field is in tonnes, whatever the federation's unit of weight."""
    typed = form["capacity"]
    if not typed:
        return None
    try:
        return parse_tonnes(typed)
    except Refused as refused:
        form.wrong("capacity", refusal_text(page, refused))
        return None


def _form(page: PageRequest, form: SubmittedForm, status: int = 200) -> Response:
    kind = form["kind"] if form["kind"] in KINDS else RoomKind.COLD_ROOM
    shed = kind == RoomKind.MUSHROOM_SHED
    usual = [(value or UNDECIDED, page.words(word), "") for value, word in HOLDS[kind]]
    shown = {value for value, _, _ in usual}
    with page.context.dbs.records.read() as tx:
        every = sites(tx)
        goods = phases(tx).values() if shed else produce(tx).values()
        others = [
            (kind_of_goods.id, either(page.lang, kind_of_goods.name, kind_of_goods.name_en))
            for kind_of_goods in goods
            if kind_of_goods.id not in shown
        ]
    return page.show(
        "rooms/room_new.html",
        status,
        form=form,
        key=form[KEY] or new_key(),
        kind=kind,
        kinds=[(value, page.words(word)) for value, word in KINDS.items()],
        sites=[(site.id, short_name(site.name), "") for site in every],
        usual=usual,
        others=others,
        shed=shed,
    )
