"""巡库 (patrol): twice a day a person reads the thermometer at each door and checks five items."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.errors import Refused
from core.readings.manual_readings import ManualReading
from core.times import HOUR_MS

TICKS: dict[str, str] = {
    "door": "门",
    "light": "灯",
    "frost": "霜",
    "drip": "滴水",
    "pests": "异味/鼠",
}
"""Items checked in every room; an item is fine unless it is listed in `wrong`."""

MORNING, AFTERNOON = "morning", "afternoon"
HALVES: dict[str, str] = {MORNING: "上午", AFTERNOON: "下午"}
NOON = 12
MOST_NOTE = 300


@dataclass(frozen=True, slots=True)
class Patrol:
    """A patrol of one room; times in ms. `temperature`: of the thermometer at `spot`, None without one.
    `reading`: id of the manual reading. `wrong`: items that were not fine."""

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
    """A patrol of one room to record. `typed`: the manual reading, already in the journal; its time is the
    patrol's. `at` (ms) None means now. `wrong`: items that were not fine."""

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
    """Half a day in the site's time zone."""

    day: date
    name: str


def check_ticks(wrong: Iterable[str], note: str) -> tuple[str, ...]:
    """The wrong items without duplicates, in the usual order. Refused: an unknown item, a note that is too
    long."""
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
    """Start in ms."""
    hour = 0 if half.name == MORNING else NOON
    local = datetime(half.day.year, half.day.month, half.day.day, hour, tzinfo=zone)
    return round(local.timestamp() * 1000)


def end_of_half(half: HalfDay, zone: ZoneInfo) -> int:
    if half.name == MORNING:
        return start_of_half(HalfDay(half.day, AFTERNOON), zone)
    return start_of_half(HalfDay(half.day + timedelta(days=1), MORNING), zone)


def check_day(day: date) -> date:
    """ValueError: not of this century. The calendar's own first and last day have no day before or after."""
    if not 2000 <= day.year < 2100:
        raise ValueError("the day is not of this century")
    return day


def day_of(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """From midnight to midnight, in ms."""
    return start_of_half(HalfDay(day, MORNING), zone), end_of_half(HalfDay(day, AFTERNOON), zone)


Rounds = dict[str, list[Patrol]]
"""Half day -> its patrols, in order."""


def patrols_by_half(patrols: Iterable[Patrol], day: date, zone: ZoneInfo) -> Rounds:
    """One room's patrols of one day."""
    rounds: Rounds = {MORNING: [], AFTERNOON: []}
    for patrol in sorted(patrols, key=lambda patrol: patrol.at):
        half = half_of(patrol.at, zone)
        if half.day == day:
            rounds[half.name].append(patrol)
    return rounds


LATE_AFTER = 10 * HOUR_MS
"""The morning patrol is late from 10:00, the afternoon patrol from 22:00."""


def overdue_from(half: HalfDay, zone: ZoneInfo) -> int:
    """Time (ms) from which a missing patrol is late."""
    return start_of_half(half, zone) + LATE_AFTER


def missed_halves(rounds: Mapping[str, Sequence[Patrol]], day: date, zone: ZoneInfo, now: int) -> list[str]:
    """Half days without a patrol that are late."""
    return [half for half in HALVES if not rounds[half] and now >= overdue_from(HalfDay(day, half), zone)]
