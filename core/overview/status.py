"""Is a room right now? What its probes say, against what it must keep, in one word."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from core.metrics import METRICS, Verdict
from core.readings.manual_readings import SPEAKS_FOR
from core.readings.readings import DOUBTFUL, MINUTE_MS, NOT_COUNTED
from core.rooms.limits import Limit
from core.rooms.places import PositionClass
from core.rooms.verdicts import excess, is_high, level, verdict


class RoomState(StrEnum):
    """One word per room. `unregistered`: nobody said what it should keep, so nothing can be judged."""

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
"""Worst first."""

USUAL_INTERVAL_S = 300
"""For a device of which too little is known."""
FRESH_AT_LEAST = 3 * MINUTE_MS
FRESH_AT_MOST = 30 * MINUTE_MS
LEARN_FROM = 13
"""Points looked at to learn a device's interval."""
STEP_K = 0.2
"""What the air must have moved in a quarter of an hour to be called rising or falling."""


@dataclass(frozen=True, slots=True)
class ProbeNow:
    """The newest value of one series that stands in a room. `fresh` values alone are "now"."""

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
    """The worst probe under one limit. `level` 0 inside, 1 outside safe, 2 outside hard; `excess` is how
    far outside safe, negative inside; `high`: outside is above."""

    metric: str
    position_class: str
    level: int
    excess: float
    verdict: Verdict | None
    value: float
    spot: str
    high: bool = False


def usual_interval(ats: Iterable[int]) -> int | None:
    """Seconds between a device's points (times in ms, any order); `None` from fewer than four points.

    The third quartile of the gaps: a burst of messages does not shorten it, one outage does not stretch it.
    """
    times = sorted(set(ats))
    gaps = sorted(later - earlier for earlier, later in itertools.pairwise(times))
    if len(gaps) < 3:
        return None
    return max(1, round(gaps[(len(gaps) * 3 - 1) // 4] / 1000))


def fresh_for(interval_s: int | None) -> int:
    """How old (ms) a value may be and still be shown as now: three intervals, from 3 to 30 minutes."""
    wanted = 3 * 1000 * (USUAL_INTERVAL_S if interval_s is None else interval_s)
    return min(max(wanted, FRESH_AT_LEAST), FRESH_AT_MOST)


def is_fresh(at: int, flags: int, interval_s: int | None, now: int) -> bool:
    """Values of unknown time or known to be wrong are never fresh."""
    return not flags & NOT_COUNTED and now - at <= fresh_for(interval_s)


def is_doubtful(flags: int) -> bool:
    return bool(flags & DOUBTFUL)


def trend(value: float, before: float | None) -> str | None:
    """`up` or `down` against the value of a quarter of an hour ago."""
    if before is None or abs(value - before) < STEP_K:
        return None
    return "up" if value > before else "down"


def judge_by_hand(
    limits: Iterable[Limit], typed: Iterable[ProbeNow], freezing: float | None, now: int
) -> list[JudgedProbe]:
    """What is known of a room whose probes are silent: thermometers that a person read, for half a day.

    Only temperatures outside the safe band. Nobody sees where it goes from there, so it counts as outside
    the hard one: the next look may be too late.
    """
    recent = [replace(probe, fresh=True) for probe in typed if 0 <= now - probe.at <= SPEAKS_FOR]
    judged = [judge_limit(limit, recent, freezing) for limit in limits if limit.metric == "temperature"]
    return [probe._replace(level=2) for probe in judged if probe is not None and probe.level]


def worst_probe(probes: Iterable[ProbeNow], metric: str, cls: str, limit: Limit | None) -> ProbeNow | None:
    """The fresh probe furthest outside the limit, or nearest to a bound; without a limit the highest."""
    fresh = [p for p in probes if p.fresh and p.metric == metric and p.position_class == cls]
    if limit is None:
        return max(fresh, key=lambda p: p.value, default=None)
    return max(fresh, key=lambda p: excess(p.value, limit), default=None)


def judge_limit(limit: Limit, probes: Iterable[ProbeNow], freezing: float | None) -> JudgedProbe | None:
    """The worst fresh probe under one limit; `None` where none is fresh."""
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
    """What the room is told by: the highest level; of equal ones temperature before air before moisture."""
    return min(judged, key=_speaks_first, default=None)


def _speaks_first(judged: JudgedProbe) -> tuple[int, int, bool]:
    return -judged.level, METRICS[judged.metric].rank, judged.position_class != PositionClass.AIR


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCircumstances:
    """What counts beside the judged probes. `measured`: there is a fresh air temperature; `placed`: any
    probe stands in the room; `registered`: limits are known; `empty`: a person declared it empty and
    nothing lies in it, `resting` for the whole season; `alert`: severity of the worst open alert."""

    measured: bool
    placed: bool
    registered: bool
    empty: bool = False
    resting: bool = False
    alert: str | None = None
    alert_is_silence: bool = False


def room_state(judged: Sequence[JudgedProbe], room: RoomCircumstances) -> RoomState:
    """A critical alert stays `danger` through an outage: nobody can say that it is over."""
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
    """Worst room first. `over` counts in whole units, so that tiles do not swap places at every reading."""
    wants_action = word in (RoomState.DANGER, RoomState.ATTENTION)
    return RANK[word], -float(max(0, round(over))) if wants_action else 0.0, sort, ident
