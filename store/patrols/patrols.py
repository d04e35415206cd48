"""巡库 (patrols) as people recorded them."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert

from core.patrols.patrols import (
    NewPatrol,
    Patrol,
    Rounds,
    check_ticks,
    day_of,
    missed_halves,
    patrols_by_half,
)
from store import changes
from store.columns import columns
from store.filters import between
from store.patrols.tables import patrols as table
from store.rooms.places import Room, rooms, sites
from store.rooms.seasonal_closures import current
from store.rooms.timezones import federation_timezone

_PATROL = columns(table, Patrol)


def add(tx: Connection, now: int, new: NewPatrol) -> Patrol:
    """Stores a patrol and returns it. The caller has checked that the room exists. Refused: unknown ticks."""
    values: dict[str, object] = {"room": new.room, "at": new.time(now), "recorded_at": now, "by": new.by}
    values |= {"wrong": list(check_ticks(new.wrong, new.note)), "note": new.note.strip(), "spot": new.spot}
    typed = new.typed
    values |= {"reading": typed.id if typed else None}
    values |= {metric: typed.values.get(metric) if typed else None for metric in ("temperature", "humidity")}
    patrol = _PATROL.make(tx.execute(insert(table).values(values).returning(*_PATROL)).one())
    changes.note(tx, "patrol", patrol.id, now)
    return patrol


def patrol(tx: Connection, ident: int) -> Patrol | None:
    return _PATROL.first(tx, _PATROL.select().where(table.c.id == ident))


def patrols(
    tx: Connection,
    room: int | None = None,
    start: int | None = None,
    end: int | None = None,
    most: int | None = None,
    before: int | None = None,
) -> list[Patrol]:
    """Patrols in [start, end) by the time of the visit (ms), newest record first; only ids below `before`."""
    return _PATROL.all(tx, between(_PATROL.select(), table, room, start, end, before).limit(most))


@dataclass(frozen=True, slots=True)
class RoomDay:
    """One day of a room. `expected`: a patrol is required, because the room is neither closed nor declared
    empty."""

    room: Room
    zone: ZoneInfo
    rounds: Rounds
    expected: bool
    missing: list[str]


def today(tx: Connection, now: int) -> date:
    """Today by the federation's time zone. A room's own day can differ if its site has another zone."""
    return _date(now, ZoneInfo(federation_timezone(tx)))


def _date(at: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at / 1000, zone).date()


def rounds_of(tx: Connection, day: date | None, now: int) -> list[RoomDay]:
    """Every room that needed or had a patrol on that day; without a day, on the room's own today.

    On a past day, rooms closed all day are not expected. Past declarations of an empty room are unknown.
    """
    zones = {site.id: ZoneInfo(site.timezone) for site in sites(tx)}
    resting = current(tx)
    answer = []
    for room in rooms(tx):
        zone = zones[room.site]
        own_day = day or _date(now, zone)
        start, end = day_of(own_day, zone)
        rounds = patrols_by_half(patrols(tx, room.id, start, end), own_day, zone)
        rest = resting.get(room.id)
        rested = rest is not None and rest.since < end
        expected = not rested and room.empty_since is None and start <= now
        if expected or any(rounds.values()):
            late = missed_halves(rounds, own_day, zone, now) if expected else []
            answer.append(RoomDay(room, zone, rounds, expected, late))
    return answer
