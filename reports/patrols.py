"""巡库记录: a month's rounds, line by line, with those that nobody made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection

from core.errors import Refused
from core.patrols.patrols import HALVES, MORNING, TICKS, HalfDay, Patrol, begins, ends, half_of, late_from
from core.readings.manual_readings import ManualReading, ProbeComparison
from i18n.language import Lang, translator
from reports.papers import Paper
from store.database import Databases
from store.history import History
from store.patrols.patrols import patrols
from store.people.federation import federation
from store.people.people import people_names
from store.readings.manual_readings import compared
from store.rooms.places import Room, rooms, sites
from store.rooms.seasonal_closures import SeasonalClosure, rests

Say = Callable[[str], str]
Line = tuple[int, tuple[object, ...]]
"""When, to put them in order, and what stands in the columns."""


@dataclass(frozen=True, slots=True)
class _PatrolMonth:
    first: date
    last: date
    rooms: list[Room]
    zones: dict[int, ZoneInfo]
    found: list[Patrol]
    rested: list[SeasonalClosure]
    names: dict[int, str]

    def zone(self, room: int) -> ZoneInfo:
        return next(self.zones[each.site] for each in self.rooms if each.id == room)


def paper(
    dbs: Databases, history: History, room: int | None, year: int, month: int, lang: Lang, now: int
) -> Paper:
    """One line a round, in order of time. A round that is missing is a line too: from a room's first round of
    the month on, and not while it rests or is declared empty now. `room` none: all. Refused: no such room
    or month."""
    _ = translator(lang)
    if not (2000 <= year < 2200 and 1 <= month <= 12):
        raise Refused("unknown_month", "没有这个月")
    with dbs.records.read() as tx:
        house = federation(tx)
        about = _read(tx, room, date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))
    if room is not None and not about.rooms:
        raise Refused("unknown_room", "没有这个库")
    beside = _beside(dbs, history, about.found)
    lines = [_line(one, about, beside, _) for one in about.found]
    lines += [line for each in about.rooms for line in _missing(each, about, now, _)]
    heads = _heads(_)
    frame = pd.DataFrame([line for _at, line in sorted(lines, key=lambda line: line[0])], columns=heads)
    degrees = [_("表上(℃)"), _("探头(℃)"), _("差(度)")]
    made = len(about.found)
    notes = [house.name] if house else []
    notes.append(_("巡了%(made)d次，漏了%(missing)d次") % {"made": made, "missing": len(lines) - made})
    if house and house.demo:
        notes.append(_("演示:这些数是模拟出来的"))
    facts = {"room": about.rooms[0].name if room is not None else _("各库"), "year": year, "month": month}
    return Paper(
        _("%(room)s-%(year)d-%(month)02d-巡库") % facts,
        _("%(room)s %(year)d年%(month)d月 巡库记录") % facts,
        tuple(notes),
        frame.astype(dict.fromkeys(degrees, "float64")),
        dict.fromkeys(degrees, 1),
    )


def _read(tx: Connection, room: int | None, first: date, last: date) -> _PatrolMonth:
    zones = {site.id: ZoneInfo(site.timezone) for site in sites(tx)}
    chosen = [each for each in rooms(tx) if room in (None, each.id)]
    found: list[Patrol] = []
    for each in chosen:
        start, end = (begins(HalfDay(day, MORNING), zones[each.site]) for day in (first, last))
        found += patrols(tx, each.id, start, end)
    names = people_names(tx)
    return _PatrolMonth(first, last, chosen, zones, found, rests(tx, 0, 1 << 62), names)


def _heads(_: Say) -> list[str]:
    before = [_("日期"), _("时段"), _("库棚"), _("时间"), _("谁"), _("表上(℃)"), _("探头(℃)"), _("差(度)")]
    return [*before, *(_(word) for word in TICKS.values()), _("备注")]


def _beside(dbs: Databases, history: History, found: list[Patrol]) -> dict[int, ProbeComparison]:
    typed = [
        ManualReading(
            one.id, one.room, one.spot, one.at, one.recorded_at, one.by, {"temperature": one.temperature}
        )
        for one in found
        if one.temperature is not None
    ]
    return {one.typed.id: one for one in compared(dbs, history, typed)}


def _line(one: Patrol, about: _PatrolMonth, beside: dict[int, ProbeComparison], _: Say) -> Line:
    zone = about.zone(one.room)
    half, near = half_of(one.at, zone), beside.get(one.id)
    name = next(each.name for each in about.rooms if each.id == one.room)
    probe, difference = (near.probe, near.difference) if near else (None, None)
    ticks = [_("有问题") if tick in one.wrong else "✓" for tick in TICKS]
    clock = f"{datetime.fromtimestamp(one.at / 1000, zone):%H:%M}"
    who = about.names.get(one.by, "")
    rounded = None if difference is None else round(difference, 2)
    facts = (half.day.isoformat(), _(HALVES[half.name]), name, clock, who, one.temperature, probe, rounded)
    return one.at, (*facts, *ticks, one.note)


def _missing(room: Room, about: _PatrolMonth, now: int, _: Say) -> Iterator[Line]:
    zone = about.zones[room.site]
    made = {half_of(one.at, zone) for one in about.found if one.room == room.id}
    if not made or room.empty_since is not None:
        return
    rested = [one for one in about.rested if one.room == room.id]
    day = min(half.day for half in made)
    while day < about.last:
        for name in HALVES:
            half = HalfDay(day, name)
            late = late_from(half, zone)
            if half not in made and late <= now and not _rested(rested, half, zone):
                facts = (day.isoformat(), _(HALVES[name]), room.name, "", "", None, None, None)
                yield late, (*facts, *("" for _tick in TICKS), _("没巡"))
        day += timedelta(days=1)


def _rested(rested: list[SeasonalClosure], half: HalfDay, zone: ZoneInfo) -> bool:
    start, end = begins(half, zone), ends(half, zone)
    return any(one.since < end and (one.ended_at is None or one.ended_at > start) for one in rested)
