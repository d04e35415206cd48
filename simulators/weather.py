"""Synthetic weather of Fenyang, Shanxi (37.26 N, 111.77 E, 748 m), true to its climate.

Monthly means are of Wenshui in the same basin (CMA), record highs of Fenyang; relative humidity is a
proxy. The temperature is the monthly mean (cubic between mid-months), plus a daily swing with its peak at
15 h, plus an anomaly that lasts some days, clipped to the records.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from math import cos, exp, pi
from typing import NamedTuple

from core.readings.moist_air import magnus_pressure, relative_humidity
from simulators.noise import chance

MEAN = (-4.9, -0.5, 6.3, 13.4, 19.0, 22.7, 24.5, 22.5, 17.3, 11.0, 3.2, -3.2)
HALF_RANGE = (6.7, 7.0, 7.3, 7.7, 7.8, 7.2, 5.8, 5.6, 6.5, 7.0, 6.6, 6.3)
RECORD_LOW = (-26.5, -24.2, -14.0, -6.4, -2.0, 3.7, 10.5, 8.5, -1.9, -8.1, -24.3, -25.3)
RECORD_HIGH = (14.8, 21.9, 29.7, 37.6, 38.7, 40.2, 39.1, 36.9, 37.6, 29.8, 24.5, 17.8)
MEAN_RH = (53.0, 49.0, 48.0, 45.0, 46.0, 59.0, 75.0, 79.0, 77.0, 67.0, 63.0, 56.0)
LOCAL = timezone(timedelta(hours=8))
RHO = 0.7
DAY_S = 86_400

SEASONS = {"january": 1, "april": 4, "july": 7, "october": 10}
"""Seasons to which the weather may be pinned, besides `now` (the real season)."""
COLD_SPELL = {"january": (-12.0, 0.4)}
"""Season -> (K colder, share of the usual daily swing). January is a cold spell: every hour is like a
night near -20 °C."""


class OutsideAir(NamedTuple):
    """Outside air: °C, %RH, vapour pressure in Pa."""

    temperature: float
    humidity: float
    vapour: float


@dataclass
class Weather:
    """`pinned` is `now` or a season; a season makes every date the middle of its month.

    `at` is a pure function of seed, pin and time; the fields are caches.
    """

    seed: int = 1
    pinned: str = "now"
    _days: dict[int, tuple[float, float]] = field(default_factory=dict, repr=False)
    _hours: dict[int, OutsideAir] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.pinned != "now" and self.pinned not in SEASONS:
            raise ValueError(f"weather: {self.pinned!r} is none of now, {', '.join(SEASONS)}")

    def at(self, seconds: float) -> OutsideAir:
        """The outside air at a moment (s since 1970), linear between quarters of an hour."""
        quarter, rest = divmod(seconds, 900)
        before, after = self._quarter(int(quarter)), self._quarter(int(quarter) + 1)
        share = rest / 900
        return OutsideAir(
            before.temperature + (after.temperature - before.temperature) * share,
            before.humidity + (after.humidity - before.humidity) * share,
            before.vapour + (after.vapour - before.vapour) * share,
        )

    def _quarter(self, quarter: int) -> OutsideAir:
        outside = self._hours.get(quarter)
        if outside is None:
            if len(self._hours) > 20_000:
                self._hours.clear()
            outside = self._hours[quarter] = self._compute(quarter * 900)
        return outside

    def _compute(self, seconds: int) -> OutsideAir:
        moment = datetime.fromtimestamp(seconds, UTC).astimezone(LOCAL)
        place = self._place(moment)
        month = int(place) % 12
        hour = moment.hour + moment.minute / 60
        warm, cloud = self._anomaly(seconds)
        mean = _cubic(MEAN, place) + warm
        half = _cubic(HALF_RANGE, place) * (1 - 0.6 * cloud) * COLD_SPELL.get(self.pinned, (0.0, 1.0))[1]
        nearest = round(place - 0.5) % 12 if self.pinned == "now" else month
        t = mean + half * cos(2 * pi * (hour - 15) / 24)
        t = max(RECORD_LOW[nearest], min(RECORD_HIGH[nearest], t))
        rh_mean = min(97.0, _cubic(MEAN_RH, place) + 30 * (cloud - 0.35))
        # the water in the air hardly changes within a day, so RH follows from temperature
        vapour = magnus_pressure(mean) * rh_mean / 100
        vapour = min(vapour, 0.98 * magnus_pressure(t))
        return OutsideAir(t, relative_humidity(t, vapour), vapour)

    def _place(self, moment: datetime) -> float:
        """The place in the year (months): 0.5 is the middle of January."""
        if self.pinned != "now":
            return SEASONS[self.pinned] - 0.5
        start = datetime(moment.year, 1, 1, tzinfo=LOCAL)
        return 12 * (moment - start).total_seconds() / (365.25 * DAY_S)

    def _anomaly(self, seconds: int) -> tuple[float, float]:
        """(K warmer than usual, cloudiness 0..1), smooth from noon to noon."""
        day, rest = divmod(seconds + 8 * 3600 - DAY_S // 2, DAY_S)
        today, tomorrow = self._day(day), self._day(day + 1)
        share = rest / DAY_S
        return today[0] + (tomorrow[0] - today[0]) * share, today[1] + (tomorrow[1] - today[1]) * share

    def _day(self, day: int) -> tuple[float, float]:
        factors = self._days.get(day)
        if factors is None:
            winter = (1 + cos(2 * pi * (day % 365.25) / 365.25)) / 2
            deviation = 2.5 + winter if self.pinned == "now" else 2.0
            # an AR(1) process written out, so that every day is computed by itself
            draws = (chance(self.seed, "day", day - back).gauss(0, 1) for back in range(20))
            process = (1 - RHO**2) ** 0.5 * sum(RHO**back * draw for back, draw in enumerate(draws))
            cloud = 1 / (1 + exp(-1.5 * chance(self.seed, "cloud", day).gauss(-0.5, 1)))
            factors = self._days[day] = (
                deviation * process + COLD_SPELL.get(self.pinned, (0.0, 1.0))[0],
                cloud,
            )
        return factors


def _cubic(months: tuple[float, ...], place: float) -> float:
    """A Catmull-Rom spline through the twelve mid-months, periodic in the year."""
    knots = [0.5 + month for month in range(12)]
    index = bisect_right(knots, place) - 1
    x = place - (index + 0.5)
    p0, p1, p2, p3 = (months[(index + step) % 12] for step in (-1, 0, 1, 2))
    return p1 + 0.5 * x * (p2 - p0 + x * (2 * p0 - 5 * p1 + 4 * p2 - p3 + x * (3 * (p1 - p2) + p3 - p0)))
