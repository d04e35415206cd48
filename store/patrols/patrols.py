"""巡库: rounds as they were written down."""

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
    """The patrol as it is kept. The caller has made sure that the room is there. Refused: ticks that are
    none."""
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
    """Those of [start, end) by when somebody was there (ms), as they were written down, newest first;
    `before` an id."""
    return _PATROL.all(tx, between(_PATROL.select(), table, room, start, end, before).limit(most))


@dataclass(frozen=True, slots=True)
class RoomDay:
    """One room's day. `expected`: somebody should see it; it neither rests nor is declared empty."""

    room: Room
    zone: ZoneInfo
    rounds: Rounds
    expected: bool
    missing: list[str]


def today(tx: Connection, now: int) -> date:
    """By the federation's clock. A room's own day may be another where its site has another time zone."""
    return _date(now, ZoneInfo(federation_timezone(tx)))


def _date(at: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at / 1000, zone).date()


def rounds_of(tx: Connection, day: date | None, now: int) -> list[RoomDay]:
    """Every room that should be seen on that day, or was; without a day each room's own today.

    Of a past day: rooms that rested through it are not expected. Whether a room was declared empty then is
    not known.
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
