"""Stock: list, receipt, issue, transfer. Weights are in the federation's unit."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy import Connection

from core.catalogue.produce import REFUSE
from core.errors import Refused
from core.people.people import visible_cooperative
from core.stock.new_entries import NewLot, NewMovement
from core.stock.weights import in_unit, parse_bags
from store.people.federation import cooperatives
from store.rooms.places import rooms
from store.rooms.stock_on_hand import contents
from store.stock.ledger import issue, receive, transfer
from store.stock.loading_advice import advice
from store.stock.lots import lot_of
from web.base.forms import Filled, SubmittedForm, new_key, refusal_text, submit_once
from web.base.localizer import N_
from web.base.request_context import PageRequest, signed_in
from web.stock.stock_view import goods_names, stock_rows, stock_totals

router = APIRouter()
Reader = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
Writer = Annotated[PageRequest, Depends(signed_in("write_stock"))]
Lot = Annotated[int, Query(ge=0, lt=2**31)]
USUAL = (
    "potato_table",
    "potato_seed",
    "sweetpotato",
    "mushroom_oyster",
    "mushroom_shiitake",
    "mushroom_button",
)
"""Produce shown first, as large buttons; the rest is in a list below."""

SHOWN = frozenset(("amount", "produce", "cooperative", "room", "to_room"))
"""Fields that show their own refusals; other refusals are shown above the form."""

_DONE: dict[str, str] = {
    "receive": N_("入库记好了"),
    "issue": N_("出库记好了"),
    "transfer": N_("倒库记好了"),
}


@router.get("/stock")
def show_stock(page: Reader, done: str = "", lot: Lot = 0) -> Response:
    with page.context.dbs.records.read() as tx:
        rows = stock_rows(tx, page)
    return page.show(
        "stock/stock.html",
        lines=rows,
        totals=stock_totals(rows, page),
        done=page.words(_DONE[done]) if done in _DONE else "",
        just=[line for line in rows if lot and line.held.lot == lot],
        lot=lot,
        sees=page.may("see_all_lots") or page.may("write_stock"),
    )


# --- 入库 ---------------------------------------------------------------------------------------


@router.get("/stock/receive")
def show_receipt_form(page: Writer, again: Lot = 0, room: Lot = 0) -> Response:
    fields = {"room": [str(room)]} if room else {}
    if again:
        with page.context.dbs.records.read() as tx:
            before = lot_of(tx, again, page.who)
            held = stock_rows(tx, page, lot=again)
        fields = {
            "produce": [before.produce],
            "cooperative": [str(before.cooperative)],
            "variety": [before.variety],
            "room": [str(held[0].held.room)] if held else [],
        }
        fields = {name: value for name, value in fields.items() if value}
    return _receive_form(page, SubmittedForm(fields))


@router.post("/stock/receive")
def create_receipt(page: Writer, form: Filled) -> Response:
    grams = _net_weight(page, form)
    bags = _parsed(page, form, "bags", parse_bags) if form["bags"] else None
    kind = form["other"] or form["produce"]
    room = form.whole("room")
    only = visible_cooperative(page.who)
    owner = only if only is not None else form.whole("cooperative")
    if not kind:
        form.wrong("produce", page.words("请选品种"))
    if owner is None:
        form.wrong("cooperative", page.words("请选是谁家的"))
    if room is None:
        form.wrong("room", page.words("请选放哪个库"))
    if form.errors or grams is None or owner is None or room is None:
        return _receive_form(page, form, 422)

    def change(tx: Connection, now: int) -> str:
        made = receive(
            tx,
            now,
            NewLot(
                produce=kind,
                cooperative=owner,
                room=room,
                grams=grams,
                by=page.who.id,
                variety=form["variety"][:60],
                bags=bags,
                note=_weighing_note(page, form),
            ),
        )
        return f"/stock?done=receive&lot={made}"

    warnings = [] if form["sure"] else _warnings(page, form, room, kind, grams)
    if form.errors or warnings:
        return _receive_form(page, form, 409, warnings)
    return _write_once(page, form, change, lambda status: _receive_form(page, form, status))


def _net_weight(page: PageRequest, form: SubmittedForm) -> int | None:
    """毛重 (gross) minus 皮重 (tare) and 扣杂 (impurities), in grams. None if a field got an error."""
    if not form["gross"]:
        form.wrong("gross", page.words("请填毛重"))
        return None
    gross = _parsed(page, form, "gross", page.words.parse_weight)
    less = sum(
        _parsed(page, form, name, page.words.parse_weight) or 0
        for name in ("tare", "off")
        if _is_filled(form, name)
    )
    if gross is None or form.errors:
        return None
    if gross <= less:
        form.wrong("tare", page.words("皮重和扣杂比毛重还大"))
        return None
    return gross - less


def _is_filled(form: SubmittedForm, name: str) -> bool:
    return form[name].strip("0.,。 ") != ""


def _weighing_note(page: PageRequest, form: SubmittedForm) -> str:
    """The weighbridge's figures as a ledger note (in Chinese, like the ledger)."""
    parts = [
        f"{word}{form[name]}"
        for name, word in (("gross", "毛重"), ("tare", "皮重"), ("off", "扣杂"))
        if form[name]
    ]
    unit = "斤" if page.words.weight_unit == "jin" else "公斤"
    slip = f"{' '.join(parts)}{unit}" if len(parts) > 1 else ""
    return " ".join(part for part in (slip, form["note"][:200]) if part)


def _warnings(page: PageRequest, form: SubmittedForm, room: int, kind: str, grams: int) -> list[str]:
    """Warnings that the user must confirm before the receipt. A refusal is set at its field instead."""
    with page.context.dbs.records.read() as tx:
        try:
            clashes = advice(tx, room, kind, grams)
        except Refused as refused:
            field = refused.field if refused.field in SHOWN else "room"
            form.wrong(field, refusal_text(page, refused))
            return []
    for clash in clashes:
        if clash.severity == REFUSE:
            form.wrong("room", page.words(clash.text, **clash.facts))
    return [] if form.errors else [page.words(clash.text, **clash.facts) for clash in clashes]


def _receive_form(
    page: PageRequest, form: SubmittedForm, status: int = 200, warnings: list[str] | None = None
) -> Response:
    with page.context.dbs.records.read() as tx:
        goods = goods_names(tx, page, lots_only=True)
        only = visible_cooperative(page.who)
        owners = [cooperative for cooperative in cooperatives(tx) if only in (None, cooperative.id)]
        places = _room_choices(tx, page)
    usual = [name for name in USUAL if name in goods]
    return page.show(
        "stock/receive.html",
        status,
        form=form,
        key=form["key"] or new_key(),
        usual=[(name, goods[name], "") for name in usual],
        others=[(name, word) for name, word in goods.items() if name not in usual],
        owners=[(owner.id, owner.name, "") for owner in owners],
        rooms=places,
        warnings=warnings or [],
    )


# --- 出库, 倒库 ----------------------------------------------------------------------------------


@router.get("/stock/issue")
def show_issue_form(page: Writer, lot: Lot = 0, room: Lot = 0) -> Response:
    return _lot_form(page, SubmittedForm({"lot": [str(lot)], "room": [str(room)]} if lot else {}), "issue")


@router.get("/stock/transfer")
def show_transfer_form(page: Writer, lot: Lot = 0, room: Lot = 0) -> Response:
    return _lot_form(page, SubmittedForm({"lot": [str(lot)], "room": [str(room)]} if lot else {}), "transfer")


@router.post("/stock/issue")
def create_issue(page: Writer, form: Filled) -> Response:
    grams = _parsed(page, form, "amount", page.words.parse_weight)
    lot, room = form.whole("lot"), form.whole("room")
    if form.errors or grams is None or lot is None:
        return _lot_form(page, form, "issue", 422)
    reason = " ".join(part for part in (form["buyer"][:80], form["plate"][:20], form["note"][:200]) if part)

    def change(tx: Connection, now: int) -> str:
        issue(
            tx, now, NewMovement(lot=lot, grams=grams, from_room=room or None, by=page.who.id, reason=reason)
        )
        return f"/stock?done=issue&lot={lot}"

    return _write_once(page, form, change, lambda status: _lot_form(page, form, "issue", status))


@router.post("/stock/transfer")
def create_transfer(page: Writer, form: Filled) -> Response:
    grams = _parsed(page, form, "amount", page.words.parse_weight)
    lot, room, to_room = form.whole("lot"), form.whole("room"), form.whole("to_room")
    if to_room is None:
        form.wrong("to_room", page.words("请选倒到哪个库"))
    if form.errors or grams is None or lot is None or to_room is None:
        return _lot_form(page, form, "transfer", 422)

    def change(tx: Connection, now: int) -> str:
        transfer(
            tx,
            now,
            NewMovement(
                lot=lot,
                grams=grams,
                from_room=room or None,
                to_room=to_room,
                by=page.who.id,
                reason=form["note"][:200],
            ),
        )
        return f"/stock?done=transfer&lot={lot}"

    return _write_once(page, form, change, lambda status: _lot_form(page, form, "transfer", status))


def _lot_form(page: PageRequest, form: SubmittedForm, kind: str, status: int = 200) -> Response:
    """The form for one lot; without a lot, a list to choose one."""
    lot, room = form.whole("lot"), form.whole("room")
    with page.context.dbs.records.read() as tx:
        rows = stock_rows(tx, page, lot=lot)
        places = _room_choices(tx, page)
    chosen = next((line for line in rows if line.held.room == room), rows[0] if rows else None)
    if not lot or chosen is None:
        return page.show("stock/choose.html", status, lines=rows, kind=kind)
    return page.show(
        "stock/out.html",
        status,
        form=form,
        key=form["key"] or new_key(),
        kind=kind,
        line=chosen,
        all_of_it=in_unit(chosen.held.grams, page.words.weight_unit),
        rooms=[place for place in places if place[0] != chosen.held.room],
    )


# --- shared ---------------------------------------------------------------------------------------


def _write_once(
    page: PageRequest,
    form: SubmittedForm,
    change: Callable[[Connection, int], str],
    form_again: Callable[[int], Response],
) -> Response:
    try:
        return submit_once(page, form, change)
    except Refused as refused:
        form.wrong(refused.field if refused.field in SHOWN else "form", refusal_text(page, refused))
        return form_again(409)


def _parsed(page: PageRequest, form: SubmittedForm, name: str, parse: Callable[[str], int]) -> int | None:
    try:
        return parse(form[name])
    except Refused as refused:
        form.wrong(name, refusal_text(page, refused))
        return None


def _room_choices(tx: Connection, page: PageRequest) -> list[tuple[int, str, str]]:
    """(id, name, hint) of every room; the hint tells its contents and free capacity."""
    goods, held = goods_names(tx, page), contents(tx)
    choices = []
    for room in rooms(tx):
        stored = held.get(room.id, [])
        text = page.words.contents([(goods.get(kind, kind), grams) for kind, grams in stored])
        free = (room.capacity_grams or 0) - sum(grams for _, grams in stored)
        if room.capacity_grams and free > 0:
            text = page.words(
                "%(held)s，还能放%(free)s", held=text or page.words("空"), free=page.words.weight(free)
            )
        choices.append((room.id, room.name, text or page.words("空")))
    return choices
