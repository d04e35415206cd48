"""The ledger of goods: receipts, issues, transfers. Movements are appended, never changed.

Every check runs before the first write. Call inside a write transaction (BEGIN IMMEDIATE), so nothing
changes between check and insert.
"""

from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from core.catalogue.produce import Produce
from core.errors import Refused
from core.people.people import visible_cooperative
from core.rooms.limits import refuse_clash
from core.stock.new_entries import AMOUNT, NewLot, NewMovement, time_of_entry
from core.stock.stock import BalanceStep, Lot, Movement, MovementKind, Shortage, balance_steps, shortage
from core.wording import FULL
from core.wording.weights import weight
from store import changes
from store.catalogue import produce as produce_store
from store.people.federation import weight_unit
from store.people.people import person
from store.people.tables import cooperatives
from store.rooms import limits, places
from store.rooms.stock_on_hand import holdings
from store.stock import lots as lot_store
from store.stock.loading_advice import clashes_with
from store.stock.movements import is_corrected, movement, movements_of_lot
from store.stock.tables import lots, movements


def receive(tx: Connection, now: int, new: NewLot) -> int:
    """入库 (receipt): creates a lot and returns its id. Refused, for example, if it clashes with the goods
    in the room (`store.stock.loading_advice.advice` also lists warnings beforehand)."""
    at = time_of_entry(new.at, now)
    new.check()
    goods = _goods(tx, new.produce)
    if tx.execute(select(cooperatives.c.id).where(cooperatives.c.id == new.cooperative)).first() is None:
        raise Refused("unknown_cooperative", "没有这个合作社", field="cooperative")
    _check_may_write(tx, new.by, new.cooperative)
    _check_goes_in(tx, new.room, goods)
    note = new.note.strip()
    values = {"produce": new.produce, "cooperative": new.cooperative, "variety": new.variety.strip()}
    values |= {"bags": new.bags, "harvested_on": new.harvested_on, "note": note}
    row = insert(lots).values({**values, "created_at": now, "by": new.by}).returning(lots.c.id)
    lot = int(tx.execute(row).scalar_one())
    entry = NewMovement(lot=lot, grams=new.grams, by=new.by, to_room=new.room, at=at, reason=note)
    _write(tx, now, MovementKind.RECEIVE, entry)
    return lot


def issue(tx: Connection, now: int, new: NewMovement) -> int:
    """出库 (issue): returns the movement's id. Refused if it exceeds the balance, at `new.at` or at any
    later movement."""
    at = time_of_entry(new.at, now)
    _lot_to_write(tx, new.lot, new.by)
    new.check()
    source = _source(tx, new.lot, new.from_room)
    _check_enough(tx, new.lot, source, new.grams, at)
    return _write(tx, now, MovementKind.ISSUE, replace(new, from_room=source, to_room=None, at=at))


def transfer(tx: Connection, now: int, new: NewMovement) -> int:
    """倒库 (transfer): returns the movement's id. Refused like `issue`, and like `receive` for the target
    room."""
    at = time_of_entry(new.at, now)
    lot = _lot_to_write(tx, new.lot, new.by)
    new.check()
    if new.to_room is None:
        raise Refused("room_needed", "倒到哪个库没写", field="to_room")
    source = _source(tx, new.lot, new.from_room)
    if source == new.to_room:
        raise Refused("same_room", "已经在这个库里了", field="to_room")
    _check_enough(tx, new.lot, source, new.grams, at)
    _check_goes_in(tx, new.to_room, _goods(tx, lot.produce))
    return _write(tx, now, MovementKind.TRANSFER, replace(new, from_room=source, at=at))


def correct(tx: Connection, now: int, *, movement: int, by: int | None, reason: str) -> int:
    """冲红 (reversal): reverses an earlier movement as of its own time. Returns the new movement's id.

    The wrong movement stays. Refused if its goods have moved on, if it was reversed already, or if it is
    itself a reversal.
    """
    wrong = _movement_to_correct(tx, movement)
    lot = _lot_to_write(tx, wrong.lot, by)
    if not reason.strip():
        raise Refused("no_reason", "冲红要写原因", field="reason")
    if wrong.kind == MovementKind.CORRECT:
        raise Refused("is_correction", "这笔本身就是冲红,不能再冲,请重新记一笔")
    if is_corrected(tx, movement):
        raise Refused("already_corrected", "这笔已经冲过红了")
    if wrong.to_room is not None:
        _check_enough(tx, wrong.lot, wrong.to_room, wrong.grams, wrong.at)
    if wrong.from_room is not None:
        _check_goes_in(tx, wrong.from_room, _goods(tx, lot.produce))
    entry = NewMovement(
        lot=wrong.lot,
        grams=wrong.grams,
        by=by,
        from_room=wrong.to_room,
        to_room=wrong.from_room,
        at=wrong.at,
        reason=reason,
    )
    return _write(tx, now, MovementKind.CORRECT, entry, reverses=movement)


def _movement_to_correct(tx: Connection, ident: int) -> Movement:
    wrong = movement(tx, ident)
    if wrong is None:
        raise Refused("unknown_movement", "没有这笔账")
    return wrong


def _goods(tx: Connection, ident: str) -> Produce:
    goods = produce_store.produce_of(tx, [ident]).get(ident)
    if goods is None:
        raise Refused("unknown_produce", "品类表里没有这个:%(produce)s", produce=ident, field="produce")
    if goods.category == "phase":
        text = "%(produce)s是存放的一段,不是货,请选货的品类"
        names = {"produce": goods.name, "produce_en": goods.name_en}
        raise Refused("phase_not_produce", text, field="produce", **names)
    return goods


def _lot_to_write(tx: Connection, ident: int, by: int | None) -> Lot:
    lot = lot_store.lot(tx, ident)
    if lot is None:
        raise Refused("unknown_lot", "没有这批货", field="lot")
    _check_may_write(tx, by, lot.cooperative)
    return lot


def _check_may_write(tx: Connection, by: int | None, cooperative: int) -> None:
    """A clerk may write only their own cooperative's lots. `by` None: the system itself."""
    if by is None:
        return
    writer = person(tx, by)
    if writer is None:
        raise Refused("unknown_person", "没有这个人")
    if visible_cooperative(writer) not in (None, cooperative):
        raise Refused("not_yours", "这是别的合作社的货,您不能记")


def _check_goes_in(tx: Connection, room: int, goods: Produce) -> None:
    places.existing_room(tx, room)
    refuse_clash(clashes_with(tx, room, goods))


def _source(tx: Connection, lot: int, room: int | None) -> int:
    """The room that the goods leave; if none is given, the only one with this lot."""
    if room is not None:
        places.existing_room(tx, room)
        return room
    held = holdings(tx, lot=lot)
    if not held:
        raise Refused("nothing_left", "这批已经出完了", field=AMOUNT)
    if len(held) > 1:
        names = "、".join(places.existing_room(tx, holding.room).name for holding in held)
        raise Refused("which_room", "这批分放在%(rooms)s,请选从哪个库出", rooms=names, field="from_room")
    return held[0].room


def _check_enough(tx: Connection, lot: int, room: int, grams: int, at: int) -> None:
    balance = balance_steps(movements_of_lot(tx, lot), room)
    lacking = shortage(balance, BalanceStep(at, -grams))
    if lacking is not None:
        later = any(step.at > lacking.at for step in balance)
        raise _not_enough(tx, places.existing_room(tx, room), lacking, grams, later=later)


def _not_enough(tx: Connection, room: places.Room, lacking: Shortage, grams: int, *, later: bool) -> Refused:
    """`later`: a later movement would lack goods, so the text names its day."""
    unit = weight_unit(tx)
    left_text, asked_text = (weight(amount, unit, FULL) for amount in (lacking.left, grams))
    if not later:
        text = "%(room)s里这批只有%(left)s,不够%(asked)s"
        return Refused("not_enough", text, field=AMOUNT, room=room.name, left=left_text, asked=asked_text)
    site = next(site for site in places.sites(tx) if site.id == room.site)
    local = datetime.fromtimestamp(lacking.at / 1000, ZoneInfo(site.timezone))
    text = "%(room)s里这批在%(day)s只有%(left)s,再减%(asked)s账就对不上了"
    facts = {"room": room.name, "left": left_text, "asked": asked_text, "day": f"{local:%Y-%m-%d %H:%M}"}
    return Refused("not_enough_then", text, field=AMOUNT, **facts)


def _write(
    tx: Connection, now: int, kind: MovementKind, entry: NewMovement, *, reverses: int | None = None
) -> int:
    """Inserts the movement, then updates the limits of its rooms."""
    values = asdict(entry) | {"kind": str(kind), "recorded_at": now, "reverses": reverses}
    values["reason"] = entry.reason.strip()
    ident = int(tx.execute(insert(movements).values(values).returning(movements.c.id)).scalar_one())
    changes.note(tx, "movement", ident, now)
    changes.note(tx, "lot", entry.lot, now)
    for room in (entry.from_room, entry.to_room):
        if room is not None:
            changes.note(tx, "room", room, now)
    if entry.to_room is not None:
        places.mark_in_use(tx, now, entry.to_room)
        limits.refresh(tx, now, entry.to_room)
    if entry.from_room is not None:
        with suppress(Refused):  # goods that clash after a change of the catalogue can still be issued
            limits.refresh(tx, now, entry.from_room)
    return ident
