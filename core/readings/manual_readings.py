"""抄表: values that a person reads off the old thermometer. They are stored as readings of the
pseudo-device `person:<room>`, one position per spot. It always belongs to its room and never counts as
silent."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from core.errors import Refused
from core.metrics import TYPED, name_of
from core.rooms.places import SPOTS, Placement
from core.times import DAY_MS, HOUR_MS, MINUTE_MS

FAMILY = "person"
_PREFIX = f"{FAMILY}:"

BACK_AT_MOST = 31 * DAY_MS
"""A month's paper book may be entered at its end; older values are refused."""
AHEAD_AT_MOST = 5 * MINUTE_MS

SPEAKS_FOR = 12 * HOUR_MS
"""How long a manual reading stands for a room without working probes: until the next patrol."""
SAME_TIME = 15 * MINUTE_MS
"""A manual reading is compared with a probe's value at most this far away."""

APART_K = 0.5
APART_AT_LEAST = 3
APART_FOR = DAY_MS


def device_of(room: int) -> str:
    return f"{_PREFIX}{room}"


def room_of(device: str) -> int | None:
    """The room of a pseudo-device; None for real devices."""
    rest = device.removeprefix(_PREFIX)
    is_number = rest != device and rest.isascii() and rest.isdigit() and len(rest) < 16
    return int(rest) if is_number else None


def is_manual_device(device: str) -> bool:
    """Whether a device's name uses the prefix reserved for manual readings."""
    return device.startswith(_PREFIX)


def manual_placement(device: str, position: str) -> Placement | None:
    """The permanent placement of a manual reading's spot, None for other devices. It has no row in the
    database, so it never appears in a list of probes."""
    room = room_of(device)
    if room is None or position not in SPOTS:
        return None
    return Placement(device, position, room, position, 0)


def parse(text: str) -> float:
    """Parses a number as people write it: 3.4, 3，4, 零下2, −2, 3.4度. Refused if it is not a number."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("。", ".")
    plain = re.sub(r"\s|度|°c?|℃|%", "", plain, flags=re.IGNORECASE)
    plain = re.sub(r"^(零下|负)", "-", plain).replace(",", ".")
    if not re.fullmatch(r"[-+]?\d{1,5}(\.\d{1,3})?", plain):
        raise Refused("not_a_number", "“%(typed)s”不是数,像3.4这样填", typed=text.strip()[:20])
    return float(plain)


def check_values(room_spot: str, values: Mapping[str, float], at: int | None, now: int) -> None:
    """Refused if spot, metric, value or time is impossible. The message is for the person at the
    thermometer."""
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
    """One stored manual reading: `values` by metric, `by` the person's id; times in ms."""

    id: int
    room: int
    spot: str
    at: int
    received_at: int
    by: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewManualReading:
    """A manual reading to record. `at` (ms) None means now."""

    person: int
    room: int
    spot: str
    values: Mapping[str, float]
    at: int | None = None

    def check(self, now: int) -> None:
        check_values(self.spot, self.values, self.at, now)


class ProbeComparison(NamedTuple):
    """A manual temperature, and the value of the probe at that spot and time (None if there is none)."""

    typed: ManualReading
    probe: float | None

    @property
    def difference(self) -> float | None:
        """Probe minus thermometer, in K."""
        typed_value = self.typed.values.get("temperature")
        return None if self.probe is None or typed_value is None else self.probe - typed_value


def nearest_value(at: int, points: Iterable[tuple[int, float]]) -> float | None:
    """The value nearest to `at` among (time, value) pairs, None if it is more than `SAME_TIME` away."""
    near = min(points, key=lambda point: abs(point[0] - at), default=None)
    return near[1] if near is not None and abs(near[0] - at) <= SAME_TIME else None


def disagreement(compared: Sequence[ProbeComparison]) -> float | None:
    """The mean difference (K) if probe and thermometer of a spot disagree persistently, else None: the
    latest comparisons, at least three over at least a day, all differ by more than 0.5 K in the same
    direction."""
    newest_first = sorted(compared, key=lambda comparison: -comparison.typed.at)
    consistent: list[ProbeComparison] = []
    for comparison in newest_first:
        difference = comparison.difference
        if difference is None:
            continue
        first = consistent[0].difference if consistent else difference
        if abs(difference) <= APART_K or (difference > 0) != ((first or 0.0) > 0):
            break
        consistent.append(comparison)
    if len(consistent) < APART_AT_LEAST or consistent[0].typed.at - consistent[-1].typed.at < APART_FOR:
        return None
    return sum(comparison.difference or 0.0 for comparison in consistent) / len(consistent)
