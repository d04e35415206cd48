"""The ledger of goods: what came in, went out, moved. Lines are added, never changed.

All that is refused is refused before anything is written. Run inside a writing transaction: it begins
immediately, so what was read is still so when the line is written.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from core.catalogue.produce import Produce
from core.errors import Refused
from core.people.people import Person, scope
from core.readings.readings import AHEAD_AT_MOST, DAY_MS, EARLIEST
from core.rooms.limits import refuse_clash
from core.stock.stock import BalanceStep, Lot, Movement, MovementKind, shortage, steps
from core.stock.weights import check_bags, check_grams, in_unit
from store import changes
from store.catalogue.produce import produce as known_produce
from store.columns import columns
from store.people.federation import federation
from store.people.people import person
from store.people.tables import cooperatives
from store.rooms import limits, places
from store.rooms.stock_on_hand import contents, holdings
from store.stock.loading_advice import clashes_with
from store.stock.tables import lots as lot_table
from store.stock.tables import movements as movement_table

__all__ = [
    "StockLine",
    "contents",
    "correct",
    "holdings",
    "issue",
    "lot",
    "lot_of",
    "lots",
    "movement",
    "movement_of",
    "movements",
    "receive",
    "stock",
    "transfer",
]

_LOT = columns(lot_table, Lot)
_MOVEMENT = columns(movement_table, Movement)


# --- reading ---------------------------------------------------------------------------------------


def lots(
    tx: Connection, cooperative: int | None = None, limit: int | None = None, before_id: int | None = None
) -> list[Lot]:
    """Every lot there ever was, newest first; of one cooperative or of all. `before_id` pages on."""
    query = _LOT.select().order_by(lot_table.c.id.desc()).limit(limit)
    if cooperative is not None:
        query = query.where(lot_table.c.cooperative == cooperative)
    if before_id is not None:
        query = query.where(lot_table.c.id < before_id)
    return _LOT.all(tx, query)


def lot(tx: Connection, ident: int) -> Lot | None:
    return _LOT.first(tx, _LOT.select().where(lot_table.c.id == ident))


def lot_of(tx: Connection, ident: int, asker: Person) -> Lot:
    """The lot, if the person may see it. To a clerk somebody else's lot is not there at all."""
    found = lot(tx, ident)
    only = scope(asker)
    if found is None or only not in (None, found.cooperative):
        raise Refused("unknown_lot", "没有这批货")
    return found


def movements(
    tx: Connection,
    lot: int | None = None,
    limit: int = 100,
    before_id: int | None = None,
    cooperative: int | None = None,
    room: int | None = None,
) -> list[Movement]:
    """Lines of the ledger, newest first; `before_id` pages on."""
    table = movement_table
    query = _MOVEMENT.select().order_by(table.c.id.desc()).limit(limit)
    if lot is not None:
        query = query.where(table.c.lot == lot)
    if before_id is not None:
        query = query.where(table.c.id < before_id)
    if room is not None:
        query = query.where((table.c.from_room == room) | (table.c.to_room == room))
    if cooperative is not None:
        query = query.join(lot_table, lot_table.c.id == table.c.lot)
        query = query.where(lot_table.c.cooperative == cooperative)
    return _MOVEMENT.all(tx, query)


def movement(tx: Connection, ident: int) -> Movement | None:
    return _MOVEMENT.first(tx, _MOVEMENT.select().where(movement_table.c.id == ident))


def movement_of(tx: Connection, ident: int, asker: Person) -> Movement:
    """The line, if the person may see its lot. To a clerk somebody else's is not there at all."""
    found = movement(tx, ident)
    owner = lot(tx, found.lot) if found else None
    if found is None or owner is None or scope(asker) not in (None, owner.cooperative):
        raise Refused("unknown_movement", "没有这笔账")
    return found


@dataclass(frozen=True, slots=True)
class StockLine:
    """A line of the stock list. `bags` is the lot's share that should still be there, `since` (ms)
    when the lot first came in."""

    produce: str
    cooperative: int
    room: int
    lot: int
    variety: str
    bags: int | None
    grams: int
    since: int

    def days(self, now: int) -> int:
        return max(0, (now - self.since) // DAY_MS)

    @property
    def kg(self) -> float:
        return self.grams / 1000


def stock(tx: Connection, cooperative: int | None = None, room: int | None = None) -> list[StockLine]:
    """All that lies somewhere: by produce, owner and room, the oldest first."""
    known = {found.id: found for found in lots(tx, cooperative)}
    received: dict[int, int] = {}
    since: dict[int, int] = {}
    cancelled = select(movement_table.c.reverses).where(movement_table.c.reverses.is_not(None))
    asked = select(*movement_table.c["lot", "grams", "at"]).where(
        movement_table.c.kind == MovementKind.RECEIVE, movement_table.c.id.not_in(cancelled)
    )
    for ident, grams, at in tx.execute(asked):
        received[ident] = received.get(ident, 0) + grams
        since[ident] = min(since.get(ident, at), at)
    found = [
        StockLine(
            produce=known[held.lot].produce,
            cooperative=known[held.lot].cooperative,
            room=held.room,
            lot=held.lot,
            variety=known[held.lot].variety,
            bags=_share(known[held.lot].bags, held.grams, received.get(held.lot, 0)),
            grams=held.grams,
            since=since.get(held.lot, known[held.lot].created_at),
        )
        for held in holdings(tx, room=room, cooperative=cooperative)
    ]
    return sorted(found, key=lambda line: (line.produce, line.cooperative, line.room, line.since, line.lot))


def _share(bags: int | None, grams: int, received: int) -> int | None:
    if bags is None or received <= 0:
        return bags
    return max(1, round(bags * grams / received))


# --- writing ---------------------------------------------------------------------------------------


def receive(
    tx: Connection,
    now: int,
    *,
    produce: str,
    cooperative: int,
    room: int,
    grams: int,
    by: int | None,
    at: int | None = None,
    variety: str = "",
    bags: int | None = None,
    note: str = "",
    harvested_on: str | None = None,
) -> int:
    """入库: a new lot, its id. Refused with a sentence, among others where what lies there cannot bear it
    (`store.stock.loading_advice.advice` says beforehand what would only be warned of)."""
    when = _when(now, at)
    goods = _goods(tx, produce)
    if tx.execute(select(cooperatives.c.id).where(cooperatives.c.id == cooperative)).first() is None:
        raise Refused("unknown_cooperative", "没有这个合作社")
    _may_write(tx, by, cooperative)
    check_grams(grams)
    if bags is not None:
        check_bags(bags)
    _check_date(harvested_on)
    _check_goes_in(tx, room, goods)
    values = {"produce": produce, "cooperative": cooperative, "variety": variety.strip(), "bags": bags}
    values |= {"harvested_on": harvested_on, "note": note.strip(), "created_at": now, "by": by}
    made = int(tx.execute(insert(lot_table).values(values).returning(lot_table.c.id)).scalar_one())
    _write(tx, now, made, MovementKind.RECEIVE, grams, None, room, when, by, note.strip())
    return made


def issue(
    tx: Connection,
    now: int,
    *,
    lot: int,
    grams: int,
    room: int | None = None,
    by: int | None,
    at: int | None = None,
    reason: str = "",
) -> int:
    """出库: the movement's id. Without `room` it is the one room in which the lot lies.

    Never more than lies there: at `at`, and at every later line of the books.
    """
    when = _when(now, at)
    _lot_to_write(tx, lot, by)
    check_grams(grams)
    source = _source(tx, lot, room)
    _check_enough(tx, lot, source, grams, when)
    return _write(tx, now, lot, MovementKind.ISSUE, grams, source, None, when, by, reason)


def transfer(
    tx: Connection,
    now: int,
    *,
    lot: int,
    grams: int,
    to_room: int,
    from_room: int | None = None,
    by: int | None,
    at: int | None = None,
    reason: str = "",
) -> int:
    """倒库: the movement's id. Refused as `issue` is, and as `receive` for the room it goes to."""
    when = _when(now, at)
    found = _lot_to_write(tx, lot, by)
    check_grams(grams)
    source = _source(tx, lot, from_room)
    if source == to_room:
        raise Refused("same_room", "已经在这个库里了")
    _check_enough(tx, lot, source, grams, when)
    _check_goes_in(tx, to_room, _goods(tx, found.produce))
    return _write(tx, now, lot, MovementKind.TRANSFER, grams, source, to_room, when, by, reason)


def correct(tx: Connection, now: int, *, movement: int, by: int | None, reason: str) -> int:
    """冲红: a line that takes back an earlier one as of its own time; the new line's id.

    The wrong line stays in the books. Refused where the goods it brought have gone on since, and
    for a line that was taken back already or takes one back itself.
    """
    wrong = _MOVEMENT.first(tx, _MOVEMENT.select().where(movement_table.c.id == movement))
    if wrong is None:
        raise Refused("unknown_movement", "没有这笔账")
    found = _lot_to_write(tx, wrong.lot, by)
    if not reason.strip():
        raise Refused("no_reason", "冲红要写原因")
    if wrong.kind == MovementKind.CORRECT:
        raise Refused("is_correction", "这笔本身就是冲红,不能再冲,请重新记一笔")
    again = select(movement_table.c.id).where(movement_table.c.reverses == movement)
    if tx.execute(again).first() is not None:
        raise Refused("already_corrected", "这笔已经冲过红了")
    if wrong.to_room is not None:
        _check_enough(tx, wrong.lot, wrong.to_room, wrong.grams, wrong.at)
    if wrong.from_room is not None:
        _check_goes_in(tx, wrong.from_room, _goods(tx, found.produce))
    rooms = (wrong.to_room, wrong.from_room)
    kind = MovementKind.CORRECT
    return _write(tx, now, wrong.lot, kind, wrong.grams, *rooms, wrong.at, by, reason, movement)


# --- what is asked before ----------------------------------------------------------------------------


def _when(now: int, at: int | None) -> int:
    """When it happened: a phone's clock may run ahead a little, then it is now."""
    if at is None or now < at <= now + AHEAD_AT_MOST:
        return now
    if at > now:
        raise Refused("in_the_future", "时间还没到,不能先记")
    if at < EARLIEST:
        raise Refused("too_long_ago", "时间太早了,请看看年份")
    return at


def _goods(tx: Connection, ident: str) -> Produce:
    found = known_produce(tx).get(ident)
    if found is None:
        raise Refused("unknown_produce", "品类表里没有这个:%(produce)s", produce=ident)
    if found.category == "phase":
        text = "%(produce)s是存放的一段,不是货,请选货的品类"
        raise Refused("phase_not_produce", text, produce=found.name, produce_en=found.name_en)
    return found


def _lot_to_write(tx: Connection, ident: int, by: int | None) -> Lot:
    found = lot(tx, ident)
    if found is None:
        raise Refused("unknown_lot", "没有这批货")
    _may_write(tx, by, found.cooperative)
    return found


def _may_write(tx: Connection, by: int | None, cooperative: int) -> None:
    """A clerk writes only what is of the own cooperative, whoever calls. `None`: the system itself."""
    if by is None:
        return
    writer = person(tx, by)
    if writer is None:
        raise Refused("unknown_person", "没有这个人")
    if scope(writer) not in (None, cooperative):
        raise Refused("not_yours", "这是别的合作社的货,您不能记")


def _check_goes_in(tx: Connection, room: int, goods: Produce) -> None:
    places.the_room(tx, room)
    refuse_clash(clashes_with(tx, room, goods))


def _source(tx: Connection, lot: int, room: int | None) -> int:
    if room is not None:
        places.the_room(tx, room)
        return room
    found = holdings(tx, lot=lot)
    if not found:
        raise Refused("nothing_left", "这批已经出完了")
    if len(found) > 1:
        names = "、".join(places.the_room(tx, held.room).name for held in found)
        raise Refused("which_room", "这批分放在%(rooms)s,请选从哪个库出", rooms=names)
    return found[0].room


_NOT_NOW = {
    "jin": "%(room)s里这批只有%(left)s斤,不够%(asked)s斤",
    "kg": "%(room)s里这批只有%(left)s公斤,不够%(asked)s公斤",
}
_NOT_THEN = {
    "jin": "%(room)s里这批在%(day)s只有%(left)s斤,再减%(asked)s斤账就对不上了",
    "kg": "%(room)s里这批在%(day)s只有%(left)s公斤,再减%(asked)s公斤账就对不上了",
}


def _check_enough(tx: Connection, lot: int, room: int, grams: int, at: int) -> None:
    known = steps(_all_of(tx, lot), room)
    lacking = shortage(known, BalanceStep(at, -grams))
    if lacking is None:
        return
    found = places.the_room(tx, room)
    house = federation(tx)
    unit = house.weight_unit if house else "jin"
    facts = {"room": found.name, "left": in_unit(lacking.left, unit), "asked": in_unit(grams, unit)}
    if all(step.at <= lacking.at for step in known):
        raise Refused("not_enough", _NOT_NOW[unit], **facts)
    site = next(site for site in places.sites(tx) if site.id == found.site)
    local = datetime.fromtimestamp(lacking.at / 1000, ZoneInfo(site.timezone))
    raise Refused("not_enough_then", _NOT_THEN[unit], **facts, day=f"{local:%Y-%m-%d %H:%M}")


def _all_of(tx: Connection, lot: int) -> Iterable[Movement]:
    return _MOVEMENT.all(tx, _MOVEMENT.select().where(movement_table.c.lot == lot))


def _check_date(text: str | None) -> None:
    if text is None:
        return
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Refused("bad_date", "日期不对:%(given)s", given=text) from None


def _write(
    tx: Connection,
    now: int,
    lot: int,
    kind: MovementKind,
    grams: int,
    from_room: int | None,
    to_room: int | None,
    at: int,
    by: int | None,
    reason: str,
    reverses: int | None = None,
) -> int:
    """The line itself, then the limits of the rooms it touches."""
    values = {"lot": lot, "kind": str(kind), "grams": grams, "from_room": from_room, "to_room": to_room}
    values |= {"at": at, "recorded_at": now, "by": by, "reason": reason.strip(), "reverses": reverses}
    row = insert(movement_table).values(values).returning(movement_table.c.id)
    made = int(tx.execute(row).scalar_one())
    changes.note(tx, "movement", made, now)
    changes.note(tx, "lot", lot, now)
    for room in (from_room, to_room):
        if room is not None:
            changes.note(tx, "room", room, now)
    if to_room is not None:
        places.not_empty_any_more(tx, now, to_room)
        limits.refresh(tx, now, to_room)
    if from_room is not None:
        with suppress(Refused):  # goods that clash after the catalogue was changed must still get out
            limits.refresh(tx, now, from_room)
    return made
