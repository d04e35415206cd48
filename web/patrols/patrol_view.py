"""The patrols of one day by room, as texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from core.patrols.patrols import HALVES, TICKS, Patrol, half_of
from core.readings.manual_readings import ManualReading, ProbeComparison
from store.database import Databases
from store.history import History
from store.patrols.patrols import RoomDay, patrol, rounds_of, today
from store.readings.manual_readings import compared
from store.rooms.places import room, sites
from store.rooms.timezones import federation_timezone
from web.base.localizer import N_, WEEKDAYS, Localizer
from web.base.names import short_people_names, short_site_names
from web.readings.manual_reading_view import probe_difference_text, values_text

TICK_WORDS = {
    "door": N_("门"),
    "light": N_("灯"),
    "frost": N_("霜"),
    "drip": N_("滴水"),
    "pests": N_("异味/鼠"),
}
HALF_WORDS = {"morning": N_("上午"), "afternoon": N_("下午")}
assert TICK_WORDS.keys() == TICKS.keys()
assert HALF_WORDS.keys() == HALVES.keys()


@dataclass(frozen=True, slots=True)
class PatrolCell:
    """One patrol of one room. `beside`: the probe's value at that time. `wrong`: the faults found."""

    clock: str
    who: str
    says: str
    beside: str
    wrong: str
    note: str


@dataclass(frozen=True, slots=True)
class PatrolHalfView:
    """One half of the day. `empty`: the text if there was no patrol. `missing`: it is overdue."""

    word: str
    patrols: Sequence[PatrolCell]
    empty: str
    missing: bool


@dataclass(frozen=True, slots=True)
class PatrolRow:
    room: int
    name: str
    halves: Sequence[PatrolHalfView]


@dataclass(frozen=True, slots=True)
class DayView:
    """`due`: (id, name) of rooms without a patrol in the current half of today; `half`: that half's name."""

    day: date
    title: str
    before: date
    after: date | None
    half: str
    due: Sequence[tuple[int, str]]
    lines: Sequence[PatrolRow]
    missing: int
    month: str


def day_view(dbs: Databases, history: History, words: Localizer, wanted: date | None, now: int) -> DayView:
    with dbs.records.read() as tx:
        current = today(tx, now)
        day = wanted or current
        several = len(sites(tx)) > 1
        places = short_site_names(tx)
        rooms = rounds_of(tx, None if day == current else day, now)
        zone = ZoneInfo(federation_timezone(tx))
        names = short_people_names(tx)
    patrols = [entry for room_day in rooms for half in room_day.rounds.values() for entry in half]
    beside = _comparisons(dbs, history, patrols)

    def name(room_day: RoomDay) -> str:
        return f"{places[room_day.room.site]} {room_day.room.name}" if several else room_day.room.name

    lines = [
        PatrolRow(room_day.room.id, name(room_day), _halves(room_day, words, names, beside))
        for room_day in rooms
        if day != current or room_day.missing or any(room_day.rounds.values())  # the other rooms are in `due`
    ]
    due = [
        (room_day.room.id, name(room_day))
        for room_day in rooms
        if day == current and room_day.expected and not room_day.rounds[half_of(now, room_day.zone).name]
    ]
    half = words(HALF_WORDS[half_of(now, zone).name]) if rooms else ""
    return DayView(
        day=day,
        title=_title(day, words),
        before=day - timedelta(days=1),
        after=day + timedelta(days=1) if day < current else None,
        half=half,
        due=due,
        lines=lines,
        missing=sum(len(room_day.missing) for room_day in rooms),
        month=f"{day.year}-{day.month:02d}",
    )


def recorded_patrol_text(dbs: Databases, history: History, words: Localizer, ident: int) -> str:
    """The stored patrol as a sentence; empty if it does not exist."""
    with dbs.records.read() as tx:
        recorded = patrol(tx, ident)
        if recorded is None:
            return ""
        place = room(tx, recorded.room)
    cell = _cell(recorded, words, {}, _comparisons(dbs, history, [recorded]), "UTC")
    parts = [part for part in (cell.says, cell.beside) if part]
    return words(
        "%(room)s记下了：%(told)s",
        room=place.name if place else "",
        told=words("，").join([*parts, cell.wrong]),
    )


def _title(day: date, words: Localizer) -> str:
    weekday = words(WEEKDAYS[day.weekday()])
    return f"{words.date(day)} {weekday}"


def _halves(
    room_day: RoomDay,
    words: Localizer,
    names: Mapping[int, str],
    beside: Mapping[int, ProbeComparison],
) -> list[PatrolHalfView]:
    halves = []
    for half, word in HALF_WORDS.items():
        late = half in room_day.missing
        cells = [_cell(entry, words, names, beside, room_day.zone.key) for entry in room_day.rounds[half]]
        empty = (
            ""
            if cells
            else words("没巡")
            if late
            else words("还没巡")
            if room_day.expected
            else words("不用巡")
        )
        halves.append(PatrolHalfView(words(word), cells, empty, late))
    return halves


def _cell(
    entry: Patrol,
    words: Localizer,
    names: Mapping[int, str],
    beside: Mapping[int, ProbeComparison],
    zone: str,
) -> PatrolCell:
    readings = {"temperature": entry.temperature, "humidity": entry.humidity}
    values = {metric: value for metric, value in readings.items() if value is not None}
    return PatrolCell(
        clock=words.clock(entry.at, zone),
        who=names.get(entry.by, ""),
        says=values_text(values, words) or words("没看表"),
        beside=probe_difference_text(beside[entry.id], words) if entry.id in beside else "",
        wrong=faults_text(entry, words),
        note=entry.note,
    )


def faults_text(entry: Patrol, words: Localizer) -> str:
    """`滴水、门有问题`; 'all well' if there are no faults."""
    if not entry.wrong:
        return words("都正常")
    named = words("、").join(words(TICK_WORDS[tick]) for tick in entry.wrong)
    return words("%(what)s有问题", what=named)


def _comparisons(dbs: Databases, history: History, patrols: Sequence[Patrol]) -> dict[int, ProbeComparison]:
    """Patrol id -> comparison with the probe at that time."""
    typed = [
        ManualReading(
            entry.id,
            entry.room,
            entry.spot,
            entry.at,
            entry.recorded_at,
            entry.by,
            {"temperature": entry.temperature},
        )
        for entry in patrols
        if entry.temperature is not None
    ]
    return {comparison.typed.id: comparison for comparison in compared(dbs, history, typed)}
