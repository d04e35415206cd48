"""The limits of a room, per metric and position class, and where they come from."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from core.catalogue.produce import REFUSE, Band, Clash, Phase, Produce, clashes
from core.errors import Refused
from core.metrics import METRICS, SETTABLE, name_of
from core.rooms.places import PositionClass, RoomKind


@dataclass(frozen=True, slots=True)
class Limit:
    """Outside `safe` for `safe_delay_s` is a warning; outside `hard` for `hard_delay_s` is critical.

    Bounds are in the metric's unit; None is unbounded. A breach ends when the value is inside by at least
    `hysteresis`. `version` belongs to the room and rises with every change; a new version restarts the
    delays. `origin`: `contents` (the lots), `use` (the room's declared use) or `hand`.
    """

    room: int
    version: int
    metric: str
    position_class: str
    safe_low: float | None
    safe_high: float | None
    hard_low: float | None
    hard_high: float | None
    safe_delay_s: int
    hard_delay_s: int
    hysteresis: float
    origin: str
    produce: tuple[str, ...] = ()
    reason: str = ""
    by: int | None = None
    valid_from: int = 0

    @property
    def low(self) -> float | None:
        """The bound that the room should stay above: `safe_low`, or `hard_low` without it."""
        return self.hard_low if self.safe_low is None else self.safe_low

    @property
    def high(self) -> float | None:
        """The bound that the room should stay below: `safe_high`, or `hard_high` without it."""
        return self.hard_high if self.safe_high is None else self.safe_high


AIR, CORE = PositionClass.AIR, PositionClass.CORE
Bounds = tuple[float | None, float | None]
Delays = tuple[int, int]
NOTHING: Bounds = (None, None)

CONTENTS, USE, HAND = "contents", "use", "hand"

MINUTE_S = 60
CO2_HYSTERESIS_SHARE = 0.05

AIR_SAFE_S, AIR_HARD_S = 30 * MINUTE_S, 10 * MINUTE_S
"""A full room of potatoes drifts by 1 K a day. 30 minutes is longer than a defrost or an open door."""
MUSHROOM_SAFE_S = 20 * MINUTE_S
"""2 t of mushrooms warm by 0.7 K an hour without the compressor."""
CORE_S = 15 * MINUTE_S
SHED_HARD_S = 15 * MINUTE_S
BAG_SAFE_S, BAG_HARD_S = 60 * MINUTE_S, 30 * MINUTE_S
HUMIDITY_S = 60 * MINUTE_S
CO2_SAFE_S, CO2_HARD_S = 30 * MINUTE_S, 20 * MINUTE_S

FREEZING_MARGIN_K = 0.4
"""The hard bound of the core stays this far above the freezing point, because the room keeps cooling."""
HIGHEST_RH_RESOLVED = 92.0
"""After days in damp air a capacitive probe cannot tell 92 % from 99 %. A higher upper bound would only
cause false alerts, so there is none."""
SHED_RH_MARGIN = 5.0

SHED_SHARE, SHED_LEAST_K, SHED_MOST_K = 0.25, 2.0, 4.0
SHED_FROST = 0.5
BAG_HARD_K = 5.0
CO2_HARD_FACTOR = 5 / 3
CO2_HARD_MOST = 30_000.0


def from_contents(
    room: int, produce: Sequence[Produce], kind: str, use: Produce | Phase | None, *, empty: bool = False
) -> list[Limit]:
    """The limits from the room's contents, else from its declared use; `version` is 0. Empty if nothing is
    known.

    `empty`: declared empty by a person; without contents it has no limits. The phase of a mushroom shed
    takes precedence over its contents. Refused if two of the goods cannot share a room.
    """
    if isinstance(use, Phase) and kind == RoomKind.MUSHROOM_SHED and not empty:
        return _of_phase(room, use)
    if produce:
        return _of_goods(room, produce, CONTENTS)
    if empty or use is None:
        return []
    return _of_phase(room, use) if isinstance(use, Phase) else _of_goods(room, [use], USE)


def clashes_among(produce: Iterable[Produce]) -> list[Clash]:
    """All clashes among the goods, refusals first."""
    conflicts = [clash for a, b in combinations(produce, 2) for clash in clashes(a, b)]
    return sorted(conflicts, key=lambda clash: clash.severity != REFUSE)


def refuse_clash(conflicts: Iterable[Clash]) -> None:
    """Refused with the first clash that is more than a warning."""
    for clash in conflicts:
        if clash.severity == REFUSE:
            raise Refused(clash.kind, clash.text, **clash.facts)


def _hysteresis(metric: str) -> float:
    return METRICS[metric].hysteresis or 0.0


class _LimitBuilder(NamedTuple):
    """The source of a derived limit."""

    room: int
    origin: str
    produce: tuple[str, ...]

    def limit(
        self, metric: str, cls: PositionClass, safe: Bounds, hard: Bounds, delays: Delays, hysteresis: float
    ) -> Limit:
        return Limit(
            room=self.room,
            version=0,
            metric=metric,
            position_class=cls,
            safe_low=safe[0],
            safe_high=safe[1],
            hard_low=hard[0],
            hard_high=hard[1],
            safe_delay_s=delays[0],
            hard_delay_s=delays[1],
            hysteresis=hysteresis,
            origin=self.origin,
            produce=self.produce,
        )

    def humidity(self, low: float, high: float | None) -> Limit:
        """A warning only, because humidity does no damage within an hour."""
        delays = (HUMIDITY_S, HUMIDITY_S)
        return self.limit("humidity", AIR, (low, high), NOTHING, delays, _hysteresis("humidity"))


def _of_goods(room: int, produce: Sequence[Produce], origin: str) -> list[Limit]:
    refuse_clash(clashes_among(produce))
    builder = _LimitBuilder(room, origin, tuple(sorted({goods.id for goods in produce})))
    safe = _intersection(goods.temp_safe for goods in produce)
    hard = _intersection(goods.temp_hard for goods in produce)
    damp = _intersection(goods.rh_safe for goods in produce)
    fast = any(goods.category == "mushroom" for goods in produce)
    delays = (MUSHROOM_SAFE_S if fast else AIR_SAFE_S, AIR_HARD_S)
    pile = (_core_low(produce, safe, hard), hard.high)
    return [
        builder.limit("temperature", AIR, safe, hard, delays, _hysteresis("temperature")),
        builder.limit("temperature", CORE, NOTHING, pile, (CORE_S, CORE_S), _hysteresis("temperature")),
        builder.humidity(damp.low, damp.high if damp.high < HIGHEST_RH_RESOLVED else None),
    ]


def _core_low(produce: Sequence[Produce], safe: Band, hard: Band) -> float:
    """The pile may be as cold as the air, but keeps the margin above the freezing point."""
    guards = [goods.freezing + FREEZING_MARGIN_K for goods in produce if goods.freezing is not None]
    return round(min(max([hard.low, *guards]), safe.low), 2)


def _of_phase(room: int, phase: Phase) -> list[Limit]:
    """The limits of a crop's phase. The safe band of the air comes from the catalogue; the hard bounds are
    ours:

    air: wider by a quarter of the band, at least 2 K and at most 4 K, never below 0.5 °C (mist freezes);
    bag: 5 K above its safe maximum, where spawn is harmed; CO2: as in the catalogue, else 5/3 of the safe
    maximum (the ratio where both are known). Humidity only warns, 5 %RH below the target.
    """
    builder = _LimitBuilder(room, USE, (phase.id,))
    safe = phase.temp_safe
    wider = min(max((safe.high - safe.low) * SHED_SHARE, SHED_LEAST_K), SHED_MOST_K)
    hard_low = min(max(safe.low - wider, SHED_FROST), safe.low)
    hard = (_half(hard_low), _half(safe.high + wider))
    limits = [
        builder.limit("temperature", AIR, safe, hard, (AIR_SAFE_S, SHED_HARD_S), _hysteresis("temperature"))
    ]
    if phase.core_safe is not None:
        bag = (None, phase.core_safe), (None, phase.core_safe + BAG_HARD_K)
        delays = (BAG_SAFE_S, BAG_HARD_S)
        limits.append(builder.limit("temperature", CORE, *bag, delays, _hysteresis("temperature")))
    if phase.rh_judged:
        limits.append(builder.humidity(phase.rh_target.low - SHED_RH_MARGIN, None))
    if phase.co2_safe is not None:
        air = (None, phase.co2_safe), (None, _hard_co2(phase.co2_safe, phase.co2_hard))
        hysteresis = max(_hysteresis("co2"), phase.co2_safe * CO2_HYSTERESIS_SHARE)
        limits.append(builder.limit("co2", AIR, *air, (CO2_SAFE_S, CO2_HARD_S), hysteresis))
    return limits


def _hard_co2(safe: float, hard: float | None) -> float:
    if hard is not None:
        return hard
    return max(safe, min(CO2_HARD_MOST, float(round(safe * CO2_HARD_FACTOR, -2))))


def _intersection(bands: Iterable[Band]) -> Band:
    all_bands = list(bands)
    return Band(max(band.low for band in all_bands), min(band.high for band in all_bands))


def _half(value: float) -> float:
    return round(value * 2) / 2


# --- set by hand -----------------------------------------------------------------------------------

LONGEST_DELAY_S = 24 * 3600


def check_by_hand(limits: Sequence[Limit]) -> None:
    """Refused if a limit set by hand is invalid. The message names the metric."""
    if not limits:
        raise Refused("no_limits", "一项都没填")
    keys = set()
    for limit in limits:
        key = (limit.metric, limit.position_class)
        if limit.metric not in SETTABLE:
            raise Refused("unknown_metric", "这个指标不能设:%(metric)s", metric=limit.metric)
        if limit.position_class not in (AIR, CORE):
            raise Refused("unknown_class", "这个位置不能设:%(cls)s", cls=limit.position_class)
        if key in keys:
            raise Refused("twice", "%(metric)s填了两次", metric=name_of(limit.metric))
        keys.add(key)
        _check_bounds(limit)
        _check_delays(limit)


def _check_bounds(limit: Limit) -> None:
    name = name_of(limit.metric)
    bounds = (limit.safe_low, limit.safe_high, limit.hard_low, limit.hard_high)
    set_bounds = [bound for bound in bounds if bound is not None]
    if not set_bounds:
        raise Refused("no_bounds", "%(metric)s一个数都没填", metric=name)
    row = METRICS[limit.metric]
    for bound in set_bounds:
        if not (math.isfinite(bound) and row.low <= bound <= row.high):
            text = "%(metric)s不能是%(value)s,要在%(low)g到%(high)g之间"
            raise Refused("impossible_bound", text, metric=name, value=bound, low=row.low, high=row.high)
    for low in (limit.safe_low, limit.hard_low):
        for high in (limit.safe_high, limit.hard_high):
            if low is not None and high is not None and low >= high:
                text = "%(metric)s最低%(low)g要比最高%(high)g小"
                raise Refused("low_above_high", text, metric=name, low=low, high=high)
    if limit.hard_low is not None and limit.safe_low is not None and limit.hard_low > limit.safe_low:
        text = "%(metric)s危险的最低%(hard)g不能比该在的最低%(safe)g高"
        raise Refused("hard_inside_safe", text, metric=name, hard=limit.hard_low, safe=limit.safe_low)
    if limit.hard_high is not None and limit.safe_high is not None and limit.hard_high < limit.safe_high:
        text = "%(metric)s危险的最高%(hard)g不能比该在的最高%(safe)g低"
        raise Refused("hard_inside_safe", text, metric=name, hard=limit.hard_high, safe=limit.safe_high)


def _check_delays(limit: Limit) -> None:
    name = name_of(limit.metric)
    for delay in (limit.safe_delay_s, limit.hard_delay_s):
        if not 0 <= delay <= LONGEST_DELAY_S:
            text = "%(metric)s多久才报,要在0到24小时之间"
            raise Refused("impossible_delay", text, metric=name)
    if not (math.isfinite(limit.hysteresis) and limit.hysteresis >= 0):
        raise Refused("impossible_hysteresis", "%(metric)s的回差不能小于0", metric=name)
    for low, high in ((limit.safe_low, limit.safe_high), (limit.hard_low, limit.hard_high)):
        if low is not None and high is not None and limit.hysteresis * 2 >= high - low:
            text = "%(metric)s的回差%(value)g太大,报了就消不掉"
            raise Refused("impossible_hysteresis", text, metric=name, value=limit.hysteresis)
