"""The check of values against the ranges of their metrics, as plain numbers, because every reading passes."""

from math import isfinite

from core.errors import DecodeError
from core.metrics import METRICS
from core.readings.readings import DS18B20_POWER_ON, Flag, implausible

PLAUSIBLE = {name: (metric.low, metric.high) for name, metric in METRICS.items()}
POWER_ON = DS18B20_POWER_ON


def implausible_flag(metric: str, value: float) -> int:
    """The flags of a value that is outside `PLAUSIBLE` or equals `POWER_ON`."""
    if not isfinite(value):
        raise DecodeError("not_finite", metric)
    return int(Flag.IMPLAUSIBLE) if implausible(metric, value) else 0
