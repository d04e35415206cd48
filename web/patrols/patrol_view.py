"""巡库 on the pages: one day's rounds, room by room, in words."""

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
from web.readings.manual_reading_view import beside_it, says

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
    """One look at one room: `beside` what the probe said then, `wrong` what was not well."""

    clock: str
    who: str
    says: str
    beside: str
    wrong: str
    note: str


@dataclass(frozen=True, slots=True)
class PatrolHalfView:
    """`empty` says so where nobody was there, `missing` that it is late."""

    word: str
    seen: Sequence[PatrolCell]
    empty: str
    missing: bool


@dataclass(frozen=True, slots=True)
class PatrolRow:
    room: int
    name: str
    halves: Sequence[PatrolHalfView]


@dataclass(frozen=True, slots=True)
class DayView:
    """`due`: rooms not seen in this half of today, (id, name); `half` its word."""

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
    found = [one for each in rooms for half in each.rounds.values() for one in half]
    beside = _beside(dbs, history, found)

    def name(each: RoomDay) -> str:
        return f"{places[each.room.site]} {each.room.name}" if several else each.room.name

    lines = [
        PatrolRow(each.room.id, name(each), _halves(each, words, names, beside))
        for each in rooms
        if day != current or each.missing or any(each.rounds.values())  # the others are due
    ]
    due = [
        (each.room.id, name(each))
        for each in rooms
        if day == current and each.expected and not each.rounds[half_of(now, each.zone).name]
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
        missing=sum(len(each.missing) for each in rooms),
        month=f"{day.year}-{day.month:02d}",
    )


def just_seen(dbs: Databases, history: History, words: Localizer, ident: int) -> str:
    """What was just written down, as a sentence; nothing where there is none."""
    with dbs.records.read() as tx:
        found = patrol(tx, ident)
        if found is None:
            return ""
        place = room(tx, found.room)
    seen = _seen(found, words, {}, _beside(dbs, history, [found]), "UTC")
    told = [part for part in (seen.says, seen.beside) if part]
    return words(
        "%(room)s记下了：%(told)s",
        room=place.name if place else "",
        told=words("，").join([*told, seen.wrong]),
    )


def _title(day: date, words: Localizer) -> str:
    weekday = words(WEEKDAYS[day.weekday()])
    return f"{words.date(day)} {weekday}"


def _halves(
    each: RoomDay,
    words: Localizer,
    names: Mapping[int, str],
    beside: Mapping[int, ProbeComparison],
) -> list[PatrolHalfView]:
    found = []
    for half, word in HALF_WORDS.items():
        late = half in each.missing
        seen = [_seen(one, words, names, beside, each.zone.key) for one in each.rounds[half]]
        empty = (
            "" if seen else words("没巡") if late else words("还没巡") if each.expected else words("不用巡")
        )
        found.append(PatrolHalfView(words(word), seen, empty, late))
    return found


def _seen(
    one: Patrol, words: Localizer, names: Mapping[int, str], beside: Mapping[int, ProbeComparison], zone: str
) -> PatrolCell:
    given = {"temperature": one.temperature, "humidity": one.humidity}
    values = {metric: value for metric, value in given.items() if value is not None}
    return PatrolCell(
        clock=words.clock(one.at, zone),
        who=names.get(one.by, ""),
        says=says(values, words) or words("没看表"),
        beside=beside_it(beside[one.id], words) if one.id in beside else "",
        wrong=wrong_words(one, words),
        note=one.note,
    )


def wrong_words(one: Patrol, words: Localizer) -> str:
    """`滴水、门有问题`; all well where nothing is named."""
    if not one.wrong:
        return words("都正常")
    named = words("、").join(words(TICK_WORDS[tick]) for tick in one.wrong)
    return words("%(what)s有问题", what=named)


def _beside(dbs: Databases, history: History, found: Sequence[Patrol]) -> dict[int, ProbeComparison]:
    """Patrol -> what the probe said then."""
    typed = [
        ManualReading(
            one.id, one.room, one.spot, one.at, one.recorded_at, one.by, {"temperature": one.temperature}
        )
        for one in found
        if one.temperature is not None
    ]
    return {one.typed.id: one for one in compared(dbs, history, typed)}
