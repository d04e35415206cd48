"""Sites, rooms, and placements of probes."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from core.errors import Refused
from core.phrases import N_
from core.rooms.places import NewPlacement, NewRoom, Placement
from core.stock.weights import in_unit
from core.wording import FULL
from core.wording.weights import weight
from store import changes
from store.catalogue.produce import use as known_use
from store.columns import columns
from store.people.federation import weight_unit
from store.rooms import limits, seasonal_closures, stock_on_hand
from store.rooms.tables import placements as placement_table
from store.rooms.tables import rooms as room_table
from store.rooms.tables import sites as site_table


@dataclass(frozen=True, slots=True)
class Site:
    id: int
    name: str
    village: int | None
    timezone: str


@dataclass(frozen=True, slots=True)
class Room:
    """`use`: the declared use, a produce id or a crop's "species/phase". `empty_since` (ms) and `empty_by`
    are set if a person declared it empty."""

    id: int
    site: int
    name: str
    kind: str
    capacity_grams: int | None
    use: str | None
    limits_from: str
    empty_since: int | None
    empty_by: int | None
    sort: int


_SITE = columns(site_table, Site)
_ROOM = columns(room_table, Room)
_PLACEMENT = columns(placement_table, Placement)


def sites(tx: Connection) -> list[Site]:
    return _SITE.all(tx, _SITE.select().order_by(site_table.c.id))


def rooms(tx: Connection) -> list[Room]:
    return _ROOM.all(tx, _ROOM.select().order_by(room_table.c.site, room_table.c.sort, room_table.c.id))


def site_names(tx: Connection) -> dict[int, str]:
    return {site.id: site.name for site in sites(tx)}


def room_names(tx: Connection) -> dict[int, str]:
    return {room.id: room.name for room in rooms(tx)}


def room(tx: Connection, ident: int) -> Room | None:
    return _ROOM.first(tx, _ROOM.select().where(room_table.c.id == ident))


def existing_room(tx: Connection, ident: int) -> Room:
    """Refused: unknown_room."""
    place = room(tx, ident)
    if place is None:
        raise Refused("unknown_room", "没有这个库", field="room")
    return place


def add_room(tx: Connection, now: int, new: NewRoom) -> int:
    """Returns the new room's id; its declared use sets its limits.

    A declared use needs the catalogue (`store.catalogue.produce.seed`). Refused: invalid values, an
    unknown site or use, a name that the site already has.
    """
    new = new.checked()
    if tx.execute(select(site_table.c.id).where(site_table.c.id == new.site)).first() is None:
        raise Refused("unknown_site", "没有这个库区", field="site")
    taken = select(room_table.c.id).where(room_table.c.site == new.site, room_table.c.name == new.name)
    if tx.execute(taken).first() is not None:
        raise Refused("name_taken", "已经有叫%(name)s的了", name=new.name, field="name")
    _check_use(tx, new.use)
    row = insert(room_table).values(asdict(new)).returning(room_table.c.id)
    ident = int(tx.execute(row).scalar_one())
    changes.note(tx, "room", ident, now)
    limits.refresh(tx, now, ident)
    return ident


def set_use(tx: Connection, now: int, ident: int, use: str | None, by: int | None = None) -> None:
    """Declares the use: the room is no longer empty; while it holds no goods, the use sets its limits."""
    existing_room(tx, ident)
    _check_use(tx, use)
    changed: dict[str, object] = {"use": use}
    if use is not None:
        changed |= {"empty_since": None, "empty_by": None}
        seasonal_closures.end(tx, now, ident, by)
    tx.execute(update(room_table).where(room_table.c.id == ident).values(changed))
    changes.note(tx, "room", ident, now)
    limits.refresh(tx, now, ident, by)


def declare_empty(tx: Connection, now: int, ident: int, by: int | None) -> None:
    """空库: declares the room empty, so it has no limits. Refused while it holds goods."""
    place = existing_room(tx, ident)
    _check_no_goods(tx, place, N_("%(room)s里账上还有%(weight)s,先出库或盘库,再报空库"))
    _mark_empty(tx, now, ident, by)


def close_for_season(tx: Connection, now: int, ident: int, by: int | None) -> None:
    """歇库: closes the room for the season. It is empty: no limits, no patrols. Refused while it holds
    goods. A repeated call keeps the first date."""
    place = existing_room(tx, ident)
    _check_no_goods(tx, place, N_("%(room)s里账上还有%(weight)s,先出库或倒库,再歇库"))
    seasonal_closures.begin(tx, now, ident, by)
    if place.empty_since is None:
        _mark_empty(tx, now, ident, by)
    changes.note(tx, "room", ident, now)


def reopen(tx: Connection, now: int, ident: int, by: int | None, use: str | None = None) -> None:
    """开库: ends the closure. With `use` the room has its limits from now on; else it is an empty room that
    waits for goods. If the room is not closed, only the use is set."""
    existing_room(tx, ident)
    if seasonal_closures.end(tx, now, ident, by):
        changes.note(tx, "room", ident, now)
    if use is not None:
        set_use(tx, now, ident, use, by)


def _check_no_goods(tx: Connection, place: Room, refusal: str) -> None:
    """`kg` is not in the sentence: it is a member of the API's problem."""
    grams = sum(held.grams for held in stock_on_hand.holdings(tx, room=place.id))
    if grams:
        shown = weight(grams, weight_unit(tx), FULL)
        raise Refused("not_empty", refusal, room=place.name, weight=shown, kg=in_unit(grams, "kg"))


def _mark_empty(tx: Connection, now: int, ident: int, by: int | None) -> None:
    values = {"empty_since": now, "empty_by": by}
    tx.execute(update(room_table).where(room_table.c.id == ident).values(values))
    changes.note(tx, "room", ident, now)
    limits.refresh(tx, now, ident, by)


def mark_in_use(tx: Connection, now: int, ident: int) -> None:
    """Call when goods came in: ends a declaration as empty and a seasonal closure."""
    done = tx.execute(
        update(room_table)
        .where(room_table.c.id == ident, room_table.c.empty_since.is_not(None))
        .values(empty_since=None, empty_by=None)
    )
    rested = seasonal_closures.end(tx, now, ident, None)
    if done.rowcount or rested:
        changes.note(tx, "room", ident, now)


def placements(tx: Connection, at: int | None = None, room: int | None = None) -> list[Placement]:
    """Placements now, or at `at` (ms); in one room or in all."""
    table = placement_table
    query = _PLACEMENT.select()
    if at is None:
        query = query.where(table.c.valid_to.is_(None))
    else:
        ends_later = or_(table.c.valid_to.is_(None), table.c.valid_to > at)
        query = query.where(table.c.valid_from <= at, ends_later)
    if room is not None:
        query = query.where(table.c.room == room)
    return _PLACEMENT.all(tx, query.order_by(table.c.room, table.c.id))


def placements_between(tx: Connection, room: int, start: int, end: int) -> list[Placement]:
    """Placements in the room that overlap [start, end) (ms)."""
    table = placement_table
    query = _PLACEMENT.select().where(
        table.c.room == room,
        table.c.valid_from < end,
        or_(table.c.valid_to.is_(None), table.c.valid_to > start),
    )
    return _PLACEMENT.all(tx, query.order_by(table.c.valid_from, table.c.id))


def next_placement_change(tx: Connection, at: int) -> int | None:
    """The next time (ms) after `at` at which a placement begins or ends. None if there is none."""
    moments = placement_table.c["valid_from", "valid_to"]
    earliest = [tx.execute(select(func.min(moment)).where(moment > at)).scalar() for moment in moments]
    return min((moment for moment in earliest if moment is not None), default=None)


def placements_of_device(tx: Connection, device: str) -> list[Placement]:
    """All placements of a device's probes, latest first."""
    table = placement_table
    query = _PLACEMENT.select().where(table.c.device == device)
    return _PLACEMENT.all(tx, query.order_by(table.c.valid_from.desc(), table.c.id.desc()))


def place(tx: Connection, now: int, new: NewPlacement) -> None:
    """Places a probe from `new.valid_from` (else now) on; ends its previous placement at that time."""
    existing_room(tx, new.room)
    start = new.start(now)
    before = placement_of_probe(tx, new.device, new.position)
    if (
        before is not None
        and (before.room, before.spot) == (new.room, new.spot)
        and before.valid_from <= start
    ):
        return
    end_placement(tx, now, new.device, new.position, start)
    values = asdict(new) | {"valid_from": start}
    row = insert(placement_table).values(values).returning(placement_table.c.id)
    changes.note(tx, "placement", tx.execute(row).scalar_one(), now)
    changes.note(tx, "room", new.room, now)


def pause_placement(
    tx: Connection, now: int, device: str, position: str, place: Placement, at: int, by: int | None
) -> None:
    """Removes the placement until `at` (ms, in the future), then restores `place`: the probe is being
    calibrated."""
    end_placement(tx, now, device, position, now)
    values = {"device": device, "position": position, "room": place.room, "spot": place.spot, "by": by}
    row = insert(placement_table).values(**values, valid_from=at).returning(placement_table.c.id)
    changes.note(tx, "placement", tx.execute(row).scalar_one(), now)
    changes.note(tx, "room", place.room, now)


def placement_of_probe(tx: Connection, device: str, position: str) -> Placement | None:
    """The probe's placement, present or about to begin. None if there is none."""
    table = placement_table
    of_probe = (table.c.device == device, table.c.position == position)
    return _PLACEMENT.first(tx, _PLACEMENT.select().where(*of_probe, table.c.valid_to.is_(None)))


def end_placement(tx: Connection, now: int, device: str, position: str, at: int) -> None:
    """Ends the placement at `at` (ms). Deletes one that would begin later."""
    before = placement_of_probe(tx, device, position)
    if before is None:
        return
    table = placement_table
    of_probe = (table.c.device == device, table.c.position == position, table.c.valid_to.is_(None))
    ident = tx.execute(select(table.c.id).where(*of_probe)).scalar_one()
    if before.valid_from > now:
        tx.execute(delete(table).where(*of_probe))
    elif at < before.valid_from:
        raise Refused("placed_later", "这个探头后来才放到现在的位置,不能改到那之前")
    else:
        tx.execute(update(table).where(*of_probe).values(valid_to=at))
    changes.note(tx, "placement", ident, now)
    changes.note(tx, "room", before.room, now)


def _check_use(tx: Connection, use: str | None) -> None:
    if use is not None and known_use(tx, use) is None:
        raise Refused("unknown_use", "品类表里没有这个:%(use)s", use=use, field="use")
