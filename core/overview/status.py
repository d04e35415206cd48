"""The state of a room: its probes' values compared with its limits."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from core.metrics import METRICS, Verdict
from core.readings.manual_readings import SPEAKS_FOR
from core.readings.readings import AHEAD_AT_MOST, DOUBTFUL, NOT_COUNTED, Flag
from core.rooms.limits import Limit
from core.rooms.places import PositionClass
from core.rooms.verdicts import excess, is_high, level, verdict
from core.times import MINUTE_MS


class RoomState(StrEnum):
    """The state of a room. `unregistered`: it has no limits, so it cannot be judged."""

    OK = "ok"
    ATTENTION = "attention"
    DANGER = "danger"
    NO_DATA = "no_data"
    EMPTY = "empty"
    RESTING = "resting"
    UNREGISTERED = "unregistered"


RANK: dict[RoomState, int] = {
    RoomState.DANGER: 0,
    RoomState.ATTENTION: 1,
    RoomState.NO_DATA: 1,
    RoomState.UNREGISTERED: 2,
    RoomState.OK: 3,
    RoomState.EMPTY: 4,
    RoomState.RESTING: 5,
}
"""Sort order, worst first."""

USUAL_INTERVAL_S = 300
"""For a device with too little history."""
FRESH_AT_LEAST = 3 * MINUTE_MS
FRESH_AT_MOST = 30 * MINUTE_MS
LEARN_FROM = 13
"""Number of points used to learn a device's interval."""
NOT_CURRENT = int(NOT_COUNTED | Flag.LATE)
STEP_K = 0.2
"""Minimum change of the air in 15 minutes to count as rising or falling."""


@dataclass(frozen=True, slots=True)
class ProbeNow:
    """The latest value of one series placed in a room. Only `fresh` values are current."""

    series: int
    device: str
    position: str
    spot: str
    position_class: PositionClass
    metric: str
    value: float
    at: int
    flags: int
    fresh: bool
    doubtful: bool


class JudgedProbe(NamedTuple):
    """The worst probe under one limit. `level`: 0 inside, 1 outside safe, 2 outside hard. `excess`:
    distance outside safe, negative inside. `high`: it is outside above."""

    metric: str
    position_class: str
    level: int
    excess: float
    verdict: Verdict | None
    value: float
    spot: str
    high: bool = False


def usual_interval(ats: Iterable[int]) -> int | None:
    """Seconds between a device's points (times in ms, any order); None from fewer than four points.

    The third quartile of the gaps: neither a burst of messages nor a single outage changes it much.
    """
    times = sorted(set(ats))
    gaps = sorted(later - earlier for earlier, later in itertools.pairwise(times))
    if len(gaps) < 3:
        return None
    return max(1, round(gaps[(len(gaps) * 3 - 1) // 4] / 1000))


def fresh_for(interval_s: int | None) -> int:
    """Maximum age (ms) of a current value: three intervals, limited to 3 to 30 minutes."""
    wanted = 3 * 1000 * (USUAL_INTERVAL_S if interval_s is None else interval_s)
    return min(max(wanted, FRESH_AT_LEAST), FRESH_AT_MOST)


def is_fresh(at: int, flags: int, interval_s: int | None, now: int, usual_age: int = 0) -> bool:
    """Whether a value is current. `usual_age` (ms): of the device's readings when they arrive, if it is
    steadily late.

    Values that were late when they arrived, of unknown time, of a time to come or known to be wrong are
    never fresh.
    """
    return not flags & NOT_CURRENT and -AHEAD_AT_MOST <= now - at <= fresh_for(interval_s) + usual_age


def is_doubtful(flags: int) -> bool:
    return bool(flags & DOUBTFUL)


def trend(value: float, before: float | None) -> str | None:
    """`up` or `down` compared with the value of 15 minutes ago; None if steady or unknown."""
    if before is None or abs(value - before) < STEP_K:
        return None
    return "up" if value > before else "down"


def judge_by_hand(
    limits: Iterable[Limit], typed: Iterable[ProbeNow], freezing: float | None, now: int
) -> list[JudgedProbe]:
    """Judges a room with silent probes by manual readings of the last 12 hours.

    Only temperatures outside the safe band count. They get the level of the hard band, because nobody sees
    how the temperature goes on, and the next patrol may be too late.
    """
    recent = [replace(probe, fresh=True) for probe in typed if 0 <= now - probe.at <= SPEAKS_FOR]
    judged = [judge_limit(limit, recent, freezing) for limit in limits if limit.metric == "temperature"]
    return [probe._replace(level=2) for probe in judged if probe is not None and probe.level]


def worst_probe(probes: Iterable[ProbeNow], metric: str, cls: str, limit: Limit | None) -> ProbeNow | None:
    """The fresh probe farthest outside the limit, or nearest to a bound; without a limit the highest."""
    fresh = [p for p in probes if p.fresh and p.metric == metric and p.position_class == cls]
    if limit is None:
        return max(fresh, key=lambda p: p.value, default=None)
    return max(fresh, key=lambda p: excess(p.value, limit), default=None)


def judge_limit(limit: Limit, probes: Iterable[ProbeNow], freezing: float | None) -> JudgedProbe | None:
    """The worst fresh probe under one limit; None if none is fresh."""
    worst = worst_probe(probes, limit.metric, limit.position_class, limit)
    if worst is None:
        return None
    return JudgedProbe(
        limit.metric,
        limit.position_class,
        level(worst.value, limit),
        excess(worst.value, limit),
        verdict(worst.value, limit, freezing),
        worst.value,
        worst.spot,
        is_high(worst.value, limit),
    )


def worst_judged(judged: Iterable[JudgedProbe]) -> JudgedProbe | None:
    """The value that decides the room's state: the highest level, then by the metric's rank, air first."""
    return min(judged, key=_speaks_first, default=None)


def _speaks_first(judged: JudgedProbe) -> tuple[int, int, bool]:
    return -judged.level, METRICS[judged.metric].rank, judged.position_class != PositionClass.AIR


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCircumstances:
    """Further inputs of the room's state. `measured`: has a fresh air temperature. `placed`: has a probe.
    `registered`: has limits. `empty`: declared empty and without contents; `resting`: for the whole
    season. `alert`: severity of the worst open alert."""

    measured: bool
    placed: bool
    registered: bool
    empty: bool = False
    resting: bool = False
    alert: str | None = None
    alert_is_silence: bool = False


def room_state(judged: Sequence[JudgedProbe], room: RoomCircumstances) -> RoomState:
    """A critical alert stays `danger` during an outage, because it may not be over."""
    worst = max((j.level for j in judged), default=0)
    critical = room.alert == "critical" and not room.alert_is_silence
    if critical or (worst == 2 and not room.empty):
        return RoomState.DANGER
    if room.empty:
        return RoomState.RESTING if room.resting else RoomState.EMPTY
    if not room.measured:
        return RoomState.NO_DATA if room.placed or room.registered else RoomState.UNREGISTERED
    if worst or room.alert is not None:
        return RoomState.ATTENTION
    return RoomState.OK if room.registered else RoomState.UNREGISTERED


def sort_key(word: RoomState, over: float, sort: int, ident: int) -> tuple[int, float, int, int]:
    """Worst room first. `over` is rounded to whole units, so that tiles do not swap with every reading."""
    wants_action = word in (RoomState.DANGER, RoomState.ATTENTION)
    return RANK[word], -float(max(0, round(over))) if wants_action else 0.0, sort, ident
