"""Limits in force for each room, and all earlier ones: every change is a new version."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, Row, insert, select, update

from core.catalogue.produce import Produce
from core.errors import Refused
from core.rooms.limits import HAND, Limit, check_by_hand, from_contents
from store import changes
from store.catalogue import produce as produce_store
from store.columns import columns
from store.rooms import stock_on_hand
from store.rooms.tables import limits as table
from store.rooms.tables import rooms

_LIMIT = columns(table, Limit, position_class="class")


def current(tx: Connection, room: int) -> list[Limit]:
    """The room's limits in force. Empty if its use is unknown or it was declared empty."""
    return _read(tx, room).get(room, [])


def all_current(tx: Connection) -> dict[int, list[Limit]]:
    """Room -> its limits in force; only rooms with limits."""
    return _read(tx, None)


def history(tx: Connection, room: int) -> list[Limit]:
    """All versions of the room's limits, newest first."""
    return _LIMIT.all(
        tx, _LIMIT.select().where(table.c.room == room).order_by(table.c.version.desc(), table.c.id)
    )


def in_force(versions: Iterable[Limit], moment: int) -> list[Limit]:
    """Of a room's `history`, the version in force at `moment` (ms)."""
    begun = [limit for limit in versions if limit.valid_from <= moment]
    return [limit for limit in begun if limit.version == begun[0].version]


def set_by_hand(
    tx: Connection, now: int, room: int, limits: Sequence[Limit], by: int | None, reason: str
) -> int:
    """Sets a person's limits, in force until `back_to_contents`. Returns the new version.

    Refused: limits that contradict each other.
    """
    _existing_room(tx, room)
    check_by_hand(limits)
    tx.execute(update(rooms).where(rooms.c.id == room).values(limits_from="hand"))
    changes.note(tx, "room", room, now)
    reason = reason.strip()
    signed = [replace(limit, origin=HAND, reason=reason, produce=(), by=by) for limit in limits]
    return _put(tx, now, room, signed)


def back_to_contents(tx: Connection, now: int, room: int, by: int | None) -> bool:
    """Derives the limits from the goods again. Returns whether they changed."""
    _existing_room(tx, room)
    tx.execute(update(rooms).where(rooms.c.id == room).values(limits_from="contents"))
    changes.note(tx, "room", room, now)
    return refresh(tx, now, room, by)


def refresh(tx: Connection, now: int, room: int, by: int | None = None) -> bool:
    """Derives the limits from goods and declared use. Writes a version only if they differ, and returns
    whether they did. Limits set by hand stay."""
    row = _existing_room(tx, room)
    if row.limits_from == "hand":
        return False
    held = [name for name, _ in stock_on_hand.contents(tx, room).get(room, [])]
    wanted = derived(tx, room, list(produce_store.produce_of(tx, held).values()))
    if _same(wanted, current(tx, room)):
        return False
    _put(tx, now, room, [replace(limit, by=by) for limit in wanted])
    return True


def derived(tx: Connection, room: int, goods: Sequence[Produce]) -> list[Limit]:
    """The limits that the room would have with these goods. Refused if two of them clash."""
    row = _existing_room(tx, room)
    use = produce_store.use(tx, row.use) if row.use else None
    return from_contents(room, goods, row.kind, use, empty=row.empty_since is not None and not goods)


def _put(tx: Connection, now: int, room: int, limits: Iterable[Limit]) -> int:
    bump = update(rooms).where(rooms.c.id == room).values(limits_version=rooms.c.limits_version + 1)
    version = int(tx.execute(bump.returning(rooms.c.limits_version)).scalar_one())
    for limit in limits:
        tx.execute(
            insert(table).values(
                {
                    "room": room,
                    "version": version,
                    "metric": limit.metric,
                    "class": str(limit.position_class),
                    "safe_low": limit.safe_low,
                    "safe_high": limit.safe_high,
                    "hard_low": limit.hard_low,
                    "hard_high": limit.hard_high,
                    "safe_delay_s": limit.safe_delay_s,
                    "hard_delay_s": limit.hard_delay_s,
                    "hysteresis": limit.hysteresis,
                    "origin": limit.origin,
                    "produce": list(limit.produce),
                    "reason": limit.reason,
                    "by": limit.by,
                    "valid_from": now,
                }
            )
        )
    changes.note(tx, "limits", room, now)
    return version


def _same(wanted: Iterable[Limit], held: Iterable[Limit]) -> bool:
    """Whether both are equal, apart from version, time and person."""
    plain = {"version": 0, "valid_from": 0, "by": None}
    compared = ({replace(limit, **plain) for limit in some} for some in (wanted, held))  # type: ignore[arg-type]
    return next(compared) == next(compared)


def _read(tx: Connection, room: int | None) -> dict[int, list[Limit]]:
    query = _LIMIT.select().join(rooms, rooms.c.id == table.c.room)
    query = query.where(table.c.version == rooms.c.limits_version).order_by(table.c.id)
    if room is not None:
        query = query.where(table.c.room == room)
    by_room: dict[int, list[Limit]] = defaultdict(list)
    for limit in _LIMIT.all(tx, query):
        by_room[limit.room].append(limit)
    return dict(by_room)


def _existing_room(tx: Connection, room: int) -> Row[tuple[object, ...]]:
    columns = rooms.c["id", "kind", "use", "limits_from", "empty_since"]
    row = tx.execute(select(*columns).where(rooms.c.id == room)).first()
    if row is None:
        raise Refused("unknown_room", "没有这个库")
    return row
