"""抄表: what a person read off the old thermometer. A reading like any other, of a device that is no
hardware: `person:<room>`, one position per spot. So it stands in its room for ever, and never falls
silent."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from core.errors import Refused
from core.metrics import TYPED, name_of
from core.readings.readings import DAY_MS, HOUR_MS, MINUTE_MS
from core.rooms.places import SPOTS, Placement

FAMILY = "person"
_PREFIX = f"{FAMILY}:"

BACK_AT_MOST = 31 * DAY_MS
"""The paper book of a month may be typed in at its end; what is older belongs on paper."""
AHEAD_AT_MOST = 5 * MINUTE_MS

SPEAKS_FOR = 12 * HOUR_MS
"""How long it is all that is known of a room whose probes are dead: until the next round."""
SAME_TIME = 15 * MINUTE_MS
"""A probe's value this near in time is compared with it."""

APART_K = 0.5
APART_AT_LEAST = 3
APART_FOR = DAY_MS


def device_of(room: int) -> str:
    return f"{_PREFIX}{room}"


def room_of(device: str) -> int | None:
    """The room whose thermometer it is; nothing for hardware."""
    rest = device.removeprefix(_PREFIX)
    known = rest != device and rest.isascii() and rest.isdigit() and len(rest) < 16
    return int(rest) if known else None


def claims(device: str) -> bool:
    """Whether hardware calls itself as only a person's readings are called."""
    return device.startswith(_PREFIX)


def stands(device: str, position: str) -> Placement | None:
    """Where it was read, for ever. There is no row for it, so no list of probes ever meets it."""
    room = room_of(device)
    if room is None or position not in SPOTS:
        return None
    return Placement(device, position, room, position, 0)


def parse(text: str) -> float:
    """A number as people write it: 3.4, 3，4, 零下2, −2, 3.4度. Refused with a sentence."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("。", ".")
    plain = re.sub(r"\s|度|°c?|℃|%", "", plain, flags=re.IGNORECASE)
    plain = re.sub(r"^(零下|负)", "-", plain).replace(",", ".")
    if not re.fullmatch(r"[-+]?\d{1,5}(\.\d{1,3})?", plain):
        raise Refused("not_a_number", "“%(typed)s”不是数,像3.4这样填", typed=text.strip()[:20])
    return float(plain)


def check(room_spot: str, values: Mapping[str, float], at: int | None, now: int) -> None:
    """Refused, with a sentence for whoever stands before the thermometer, where it cannot be."""
    if room_spot not in SPOTS:
        raise Refused("unknown_spot", "没有这种位置:%(spot)s", spot=room_spot, field="spot")
    if not values:
        raise Refused("no_value", "一个数都没填")
    for metric, value in values.items():
        if metric not in TYPED:
            raise Refused("unknown_metric", "这个指标不能抄:%(metric)s", metric=metric)
        low, high = TYPED[metric]
        if not isfinite(value) or not low <= value <= high:
            text = "%(metric)s不会是%(value)g,再看一眼表"
            raise Refused("impossible_value", text, metric=name_of(metric), value=value)
    if at is None:
        return
    if at > now + AHEAD_AT_MOST:
        raise Refused("in_the_future", "时间还没到", field="at")
    if at < now - BACK_AT_MOST:
        days = BACK_AT_MOST // DAY_MS
        raise Refused("too_long_ago", "最多补记%(days)d天以前的数", days=days, field="at")


@dataclass(frozen=True, slots=True)
class ManualReading:
    """One look at a thermometer: `values` by metric, `by` the person's id; times in ms."""

    id: int
    room: int
    spot: str
    at: int
    received_at: int
    by: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewManualReading:
    """A look at a thermometer, to be written down; `at` (ms) is now where left out."""

    person: int
    room: int
    spot: str
    values: Mapping[str, float]
    at: int | None = None

    def check(self, now: int) -> None:
        check(self.spot, self.values, self.at, now)


class ProbeComparison(NamedTuple):
    """A temperature by hand, and what the probe at that spot said at that time, nothing where none did."""

    typed: ManualReading
    probe: float | None

    @property
    def difference(self) -> float | None:
        """Probe less thermometer, K."""
        mine = self.typed.values.get("temperature")
        return None if self.probe is None or mine is None else self.probe - mine


def nearest(at: int, found: Iterable[tuple[int, float]]) -> float | None:
    """Of (time, value) the value next to `at`, at most a quarter of an hour away."""
    near = min(found, key=lambda one: abs(one[0] - at), default=None)
    return near[1] if near is not None and abs(near[0] - at) <= SAME_TIME else None


def apart(compared: Sequence[ProbeComparison]) -> float | None:
    """By how much (K) probe and thermometer of one spot disagree for long: each of the newest looks, at
    least three over at least a day, more than half a kelvin to the same side. The mean of them."""
    newest_first = sorted(compared, key=lambda one: -one.typed.at)
    found: list[ProbeComparison] = []
    for one in newest_first:
        difference = one.difference
        if difference is None:
            continue
        first = found[0].difference if found else difference
        if abs(difference) <= APART_K or (difference > 0) != ((first or 0.0) > 0):
            break
        found.append(one)
    if len(found) < APART_AT_LEAST or found[0].typed.at - found[-1].typed.at < APART_FOR:
        return None
    return sum(one.difference or 0.0 for one in found) / len(found)
