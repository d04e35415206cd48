"""巡库: twice a day somebody goes round, reads the thermometer at each door and looks at five things."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.errors import Refused
from core.readings.manual_readings import ManualReading
from core.readings.readings import HOUR_MS

TICKS: dict[str, str] = {
    "door": "门",
    "light": "灯",
    "frost": "霜",
    "drip": "滴水",
    "pests": "异味/鼠",
}
"""Looked at in every room; each is well unless it is named among what is wrong."""

MORNING, AFTERNOON = "morning", "afternoon"
HALVES: dict[str, str] = {MORNING: "上午", AFTERNOON: "下午"}
NOON = 12
MOST_NOTE = 300


@dataclass(frozen=True, slots=True)
class Patrol:
    """One look at one room; times in ms. `temperature` is what the thermometer at `spot` said, nothing where
    there is none; `reading` is its number among the readings by hand. `wrong`: ticks that were not well."""

    id: int
    room: int
    at: int
    recorded_at: int
    by: int
    spot: str
    temperature: float | None
    humidity: float | None
    reading: int | None
    wrong: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatrol:
    """One look at one room, to be written down. `typed` is what the thermometer said, already in the journal;
    its time is the patrol's. `at` (ms) is now where left out; `wrong` are ticks that were not well."""

    room: int
    by: int
    spot: str
    typed: ManualReading | None
    wrong: Sequence[str]
    note: str = ""
    at: int | None = None

    def time(self, now: int) -> int:
        if self.typed is not None:
            return self.typed.at
        return now if self.at is None else min(self.at, now)


class HalfDay(NamedTuple):
    """Half a day by the clock of the site."""

    day: date
    name: str


def check_ticks(wrong: Iterable[str], note: str) -> tuple[str, ...]:
    """What was found wrong, each once, in the usual order. Refused with a sentence."""
    ticks = set(wrong)
    unknown = sorted(ticks - TICKS.keys())
    if unknown:
        raise Refused("unknown_tick", "巡库没有这一项:%(tick)s", tick=unknown[0])
    if len(note) > MOST_NOTE:
        raise Refused("too_long", "字太多了,最多%(most)s个字", most=MOST_NOTE, field="note")
    return tuple(tick for tick in TICKS if tick in ticks)


def half_of(at: int, zone: ZoneInfo) -> HalfDay:
    local = datetime.fromtimestamp(at / 1000, zone)
    return HalfDay(local.date(), MORNING if local.hour < NOON else AFTERNOON)


def start_of_half(half: HalfDay, zone: ZoneInfo) -> int:
    """When it begins, ms."""
    hour = 0 if half.name == MORNING else NOON
    local = datetime(half.day.year, half.day.month, half.day.day, hour, tzinfo=zone)
    return round(local.timestamp() * 1000)


def end_of_half(half: HalfDay, zone: ZoneInfo) -> int:
    if half.name == MORNING:
        return start_of_half(HalfDay(half.day, AFTERNOON), zone)
    return start_of_half(HalfDay(half.day + timedelta(days=1), MORNING), zone)


def day_of(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """From its midnight to the next, ms."""
    return start_of_half(HalfDay(day, MORNING), zone), end_of_half(HalfDay(day, AFTERNOON), zone)


Rounds = dict[str, list[Patrol]]
"""Half of the day -> who was there, in order."""


def patrols_by_half(patrols: Iterable[Patrol], day: date, zone: ZoneInfo) -> Rounds:
    """One room's patrols of one day."""
    rounds: Rounds = {MORNING: [], AFTERNOON: []}
    for patrol in sorted(patrols, key=lambda patrol: patrol.at):
        half = half_of(patrol.at, zone)
        if half.day == day:
            rounds[half.name].append(patrol)
    return rounds


LATE_AFTER = 10 * HOUR_MS
"""A morning's round is not late at seven; by ten it is, and in the evening by ten."""


def overdue_from(half: HalfDay, zone: ZoneInfo) -> int:
    """From when on (ms) somebody should have been there."""
    return start_of_half(half, zone) + LATE_AFTER


def missed_halves(rounds: Mapping[str, Sequence[Patrol]], day: date, zone: ZoneInfo, now: int) -> list[str]:
    """Halves in which nobody was there although it is late."""
    return [half for half in HALVES if not rounds[half] and now >= overdue_from(HalfDay(day, half), zone)]
