"""巡库记录 (patrol record): a month's patrols, one per line, including the missed ones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection

from core.errors import Refused
from core.patrols.patrols import (
    HALVES,
    MORNING,
    TICKS,
    HalfDay,
    Patrol,
    end_of_half,
    half_of,
    overdue_from,
    start_of_half,
)
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
from store.rooms.seasonal_closures import SeasonalClosure, closures_between

Translate = Callable[[str], str]
Line = tuple[int, tuple[object, ...]]
"""The sort key (time in ms) and the values of the columns."""


@dataclass(frozen=True, slots=True)
class PatrolMonth:
    first: date
    last: date
    rooms: list[Room]
    zones: dict[int, ZoneInfo]
    patrols: list[Patrol]
    closures: list[SeasonalClosure]
    names: dict[int, str]

    def zone(self, room: int) -> ZoneInfo:
        return next(self.zones[row.site] for row in self.rooms if row.id == room)


def paper(
    dbs: Databases, history: History, room: int | None, year: int, month: int, lang: Lang, now: int
) -> Paper:
    """One line per patrol, by time; all rooms if `room` is None. A missed patrol is a line too, starting
    at the room's first patrol of the month, except while the room is closed (歇库) or is declared empty
    now.

    Refused: unknown room or month.
    """
    _ = translator(lang)
    if not (2000 <= year < 2200 and 1 <= month <= 12):
        raise Refused("unknown_month", "没有这个月")
    with dbs.records.read() as tx:
        federation_row = federation(tx)
        month_data = _read(tx, room, date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))
    if room is not None and not month_data.rooms:
        raise Refused("unknown_room", "没有这个库")
    comparisons = _comparisons(dbs, history, month_data.patrols)
    lines = [_line(patrol, month_data, comparisons, _) for patrol in month_data.patrols]
    lines += [line for room_row in month_data.rooms for line in _missing(room_row, month_data, now, _)]
    heads = _heads(_)
    frame = pd.DataFrame([line for _at, line in sorted(lines, key=lambda line: line[0])], columns=heads)
    degrees = [_("表上(℃)"), _("探头(℃)"), _("差(度)")]
    made = len(month_data.patrols)
    notes = [federation_row.name] if federation_row else []
    notes.append(_("巡了%(made)d次，漏了%(missing)d次") % {"made": made, "missing": len(lines) - made})
    if federation_row and federation_row.demo:
        notes.append(_("演示:这些数是模拟出来的"))
    facts = {
        "room": month_data.rooms[0].name if room is not None else _("各库"),
        "year": year,
        "month": month,
    }
    return Paper(
        _("%(room)s-%(year)d-%(month)02d-巡库") % facts,
        _("%(room)s %(year)d年%(month)d月 巡库记录") % facts,
        tuple(notes),
        frame.astype(dict.fromkeys(degrees, "float64")),
        dict.fromkeys(degrees, 1),
    )


def _read(tx: Connection, room: int | None, first: date, last: date) -> PatrolMonth:
    zones = {site.id: ZoneInfo(site.timezone) for site in sites(tx)}
    chosen = [room_row for room_row in rooms(tx) if room in (None, room_row.id)]
    rounds: list[Patrol] = []
    for room_row in chosen:
        start, end = (start_of_half(HalfDay(day, MORNING), zones[room_row.site]) for day in (first, last))
        rounds += patrols(tx, room_row.id, start, end)
    names = people_names(tx)
    return PatrolMonth(first, last, chosen, zones, rounds, closures_between(tx, 0, 1 << 62), names)


def _heads(_: Translate) -> list[str]:
    before = [_("日期"), _("时段"), _("库棚"), _("时间"), _("谁"), _("表上(℃)"), _("探头(℃)"), _("差(度)")]
    return [*before, *(_(word) for word in TICKS.values()), _("备注")]


def _comparisons(dbs: Databases, history: History, rounds: list[Patrol]) -> dict[int, ProbeComparison]:
    typed = [
        ManualReading(
            patrol.id,
            patrol.room,
            patrol.spot,
            patrol.at,
            patrol.recorded_at,
            patrol.by,
            {"temperature": patrol.temperature},
        )
        for patrol in rounds
        if patrol.temperature is not None
    ]
    return {comparison.typed.id: comparison for comparison in compared(dbs, history, typed)}


def _line(patrol: Patrol, month: PatrolMonth, comparisons: dict[int, ProbeComparison], _: Translate) -> Line:
    zone = month.zone(patrol.room)
    half, comparison = half_of(patrol.at, zone), comparisons.get(patrol.id)
    name = next(room_row.name for room_row in month.rooms if room_row.id == patrol.room)
    probe, difference = (comparison.probe, comparison.difference) if comparison else (None, None)
    ticks = [_("有问题") if tick in patrol.wrong else "✓" for tick in TICKS]
    clock = f"{datetime.fromtimestamp(patrol.at / 1000, zone):%H:%M}"
    who = month.names.get(patrol.by, "")
    rounded = None if difference is None else round(difference, 2)
    facts = (half.day.isoformat(), _(HALVES[half.name]), name, clock, who, patrol.temperature, probe, rounded)
    return patrol.at, (*facts, *ticks, patrol.note)


def _missing(room: Room, month: PatrolMonth, now: int, _: Translate) -> Iterator[Line]:
    zone = month.zones[room.site]
    made = {half_of(patrol.at, zone) for patrol in month.patrols if patrol.room == room.id}
    if not made or room.empty_since is not None:
        return
    rested = [patrol for patrol in month.closures if patrol.room == room.id]
    day = min(half.day for half in made)
    while day < month.last:
        for name in HALVES:
            half = HalfDay(day, name)
            late = overdue_from(half, zone)
            if half not in made and late <= now and not _rested(rested, half, zone):
                facts = (day.isoformat(), _(HALVES[name]), room.name, "", "", None, None, None)
                yield late, (*facts, *("" for _tick in TICKS), _("没巡"))
        day += timedelta(days=1)


def _rested(closures: list[SeasonalClosure], half: HalfDay, zone: ZoneInfo) -> bool:
    start, end = start_of_half(half, zone), end_of_half(half, zone)
    return any(
        closure.since < end and (closure.ended_at is None or closure.ended_at > start) for closure in closures
    )
