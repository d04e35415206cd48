"""Converts a device's units to the units of `core.metrics.METRICS`.

Fahrenheit and pressures are rounded to two decimals; sensors measure no more.
"""

from collections.abc import Callable
from functools import lru_cache
from types import MappingProxyType

from core.metrics import METRICS


def fahrenheit(value: float) -> float:
    """°F -> °C."""
    return round((value - 32) / 1.8, 2)


def kelvin(value: float) -> float:
    """K -> °C."""
    return round(value - 273.15, 4)


def _times(factor: float, places: int) -> Callable[[float], float]:
    return lambda value: round(value * factor, places)


_CELSIUS = {"": float, "c": float, "cel": float, "celsius": float}
_PER_CENT = {"": float, "%": float, "%rh": float, "rh": float, "percent": float}
_PPM = {"": float, "ppm": float, "ppb": _times(0.001, 3), "%": _times(10_000, 0)}

_SPECIAL: MappingProxyType[str, dict[str, Callable[[float], float]]] = MappingProxyType(
    {
        "temperature": {
            **_CELSIUS,
            "f": fahrenheit,
            "fahrenheit": fahrenheit,
            "k": kelvin,
            "kelvin": kelvin,
        },
        "humidity": {**_PER_CENT, "/": _times(100, 2)},
        "light": {"": float, "lx": float, "lux": float, "klx": _times(1000, 0), "klux": _times(1000, 0)},
        "pressure": {
            "": float,
            "hpa": float,
            "mbar": float,
            "mb": float,
            "pa": _times(0.01, 2),
            "kpa": _times(10, 2),
            "bar": _times(1000, 2),
            "mmhg": _times(1.333224, 2),
            "torr": _times(1.333224, 2),
            "inhg": _times(33.86389, 2),
            "psi": _times(68.94757, 2),
        },
        "energy": {"": float, "kwh": float, "wh": _times(0.001, 6), "mwh": _times(1000, 3)},
        "battery": {**_PER_CENT, "%el": float, "/": _times(100, 2)},
        "voltage": {"": float, "v": float, "mv": _times(0.001, 4)},
        "signal": {"": float, "dbm": float, "dbw": lambda value: value + 30, "db": float},
        "linkquality": {"": float, "lqi": float},
    }
)
"""Metrics with several units."""


def _units(metric: str, unit: str) -> dict[str, Callable[[float], float]]:
    if metric in _SPECIAL:
        return _SPECIAL[metric]
    return _PPM if unit == "ppm" else {"": float, unit.lower(): float}


UNITS = MappingProxyType({metric: _units(metric, row.unit) for metric, row in METRICS.items()})
"""Per metric: unit in lower case without degree sign and spaces -> its conversion function."""

_IGNORED = str.maketrans("", "", "°º \u2103\u2109")
_SINGLE_SIGNS = {"℃": "c", "℉": "f", "㎪": "kpa", "㏔": "mb"}


@lru_cache(1024)
def converter(metric: str, unit: str) -> Callable[[float], float] | None:
    """The function that converts `unit` to the metric's own unit; None if the metric has no such unit."""
    sign = unit.strip()
    sign = _SINGLE_SIGNS.get(sign, sign)
    return UNITS[metric].get(sign.translate(_IGNORED).lower())


def convert(metric: str, value: float, unit: str) -> float:
    """The value in the metric's own unit. Raises KeyError if the metric has no such unit."""
    change = converter(metric, unit)
    if change is None:
        raise KeyError(unit)
    return change(value)
