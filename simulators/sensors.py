"""Turns the true state of a room into a probe's value: offset, noise, resolution, range.

Figures by type are from the makers' data sheets (docs/simulators.md). Noise and offset depend on the
probe's name, so that they are the same after a restart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from simulators.noise import chance, normal_table, place, salt

POWER_ON = 85.0  # a DS18B20's value before its first conversion
LOST_BUS = -127.0  # common libraries' value when no probe answers
NDIR_AT_FENYANG = 0.914  # an uncompensated cell's reading depends on the air pressure


@dataclass(frozen=True, slots=True)
class SensorKind:
    """Standard deviations of offset (per probe) and noise (per reading), resolution and range."""

    offset: float
    noise: float
    step: float
    low: float
    high: float


KINDS: dict[str, dict[str, SensorKind]] = {
    "SHT3X": {
        "temperature": SensorKind(0.10, 0.03, 0.01, -40, 125),
        "humidity": SensorKind(1.2, 0.3, 0.1, 0, 100),
    },
    "DS18B20": {"temperature": SensorKind(0.15, 0.02, 0.0625, -55, 125)},
    "SCD40": {
        "temperature": SensorKind(0.2, 0.04, 0.1, -10, 60),
        "humidity": SensorKind(2.0, 0.4, 0.1, 0, 100),
        "co2": SensorKind(25, 12, 1, 0, 40_000),
    },
    "reed": {"door": SensorKind(0, 0, 1, 0, 1), "power": SensorKind(0, 0, 1, 0, 1)},
    "cell": {"battery": SensorKind(0, 0, 1, 0, 100), "signal": SensorKind(5, 2, 1, -115, -30)},
    "lamp": {"light": SensorKind(0, 5, 1, 0, 200_000)},
}


def ndir_pressure_ratio(pressure_pa: float) -> float:
    """The share of the true CO2 that a cell without pressure compensation shows."""
    return pressure_pa / 101_325


class SimulatedProbe:
    """One metric of one probe: true value -> reported value, a pure function of the arguments."""

    __slots__ = ("_decimal", "_digits", "_key", "_kind", "_offset", "_table")

    def __init__(self, seed: int, device: str, position: str, kind: str, metric: str) -> None:
        name = (seed, device, position, metric)
        self._kind = KINDS[kind][metric]
        offset = chance(*name).gauss(0, 1) * self._kind.offset
        # a probe that is very far off is replaced
        self._offset = offset if abs(offset) <= 2 * self._kind.offset else offset / 2
        self._key, self._table = salt(*name), normal_table(seed)
        self._digits = len(f"{self._kind.step:.6f}".rstrip("0").partition(".")[2])
        self._decimal = self._kind.step == 10.0**-self._digits

    def say(self, true: float, seconds: int) -> float:
        return self.say_all((true,), (seconds,))[0]

    def say_all(self, true: Sequence[float], seconds: Sequence[int]) -> list[float]:
        """Many values at once, for the backfill."""
        offset, size, key, table, digits = (
            self._offset,
            self._kind.noise,
            self._key,
            self._table,
            self._digits,
        )
        noisy = [t + offset + size * table[place(s, key)] for t, s in zip(true, seconds, strict=True)]
        if not self._decimal:
            step = self._kind.step
            noisy = [step * floor(value / step + 0.5) for value in noisy]
        low, high = self._kind.low, self._kind.high
        if min(noisy, default=low) < low or max(noisy, default=high) > high:
            noisy = [min(high, max(low, value)) for value in noisy]
        return [round(value, digits) for value in noisy]
