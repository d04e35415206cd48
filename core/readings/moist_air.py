"""Properties of moist air from temperature and relative humidity. Temperatures in °C, pressures in Pa.

There are two formulas for the saturation pressure. `saturation_pressure` is the reference: Hyland and
Wexler as printed by ASHRAE (over ice below 0 °C). `magnus_pressure` is the WMO's Magnus form over water,
within 0.3 % of the reference above 0 °C and easy to invert. Dew point, absolute humidity and vapour
pressure deficit use it at all temperatures, also below 0 °C, as hygrometers do. The frost point uses the
form over ice.
"""

from math import exp, log
from typing import NamedTuple

STANDARD_PRESSURE = 101_325.0
FENYANG_PRESSURE = 92_633.0
"""Standard atmosphere at 750 m."""

_WATER = (17.62, 243.12)
_ICE = (22.46, 272.62)
_E0 = 611.2  # Pa at 0 °C
_GAS_VAPOUR = 461.5  # J/(kg K)
_GAS_DRY = 287.055


def saturation_pressure(t: float) -> float:
    """Hyland and Wexler (1983), over water above 0 °C and over ice below. -100 to 200 °C."""
    k = t + 273.15
    if t < 0:
        return exp(
            -5.6745359e3 / k
            + 6.3925247
            - 9.677843e-3 * k
            + 6.2215701e-7 * k**2
            + 2.0747825e-9 * k**3
            - 9.484024e-13 * k**4
            + 4.1635019 * log(k)
        )
    return exp(
        -5.8002206e3 / k
        + 1.3914993
        - 4.8640239e-2 * k
        + 4.1764768e-5 * k**2
        - 1.4452093e-8 * k**3
        + 6.5459673 * log(k)
    )


def magnus_pressure(t: float) -> float:
    """Saturation pressure over water, WMO Magnus form. -45 to 60 °C."""
    return _E0 * exp(17.62 * t / (243.12 + t))


def vapour_pressure(t: float, rh: float) -> float:
    return magnus_pressure(t) * rh / 100


def dew_point(t: float, rh: float) -> float:
    """The surface temperature at which this air begins to condense (over water). `rh` in %, above 0."""
    return _inverse(vapour_pressure(t, rh), _WATER)


def frost_point(t: float, rh: float) -> float:
    """The surface temperature at which this air begins to form frost; for results below 0 °C."""
    return _inverse(vapour_pressure(t, rh), _ICE)


def _inverse(pressure: float, form: tuple[float, float]) -> float:
    a, b = form
    x = log(pressure / _E0)
    return b * x / (a - x)


def vpd(t: float, rh: float) -> float:
    """Vapour pressure deficit in kPa: how strongly the air dries the produce."""
    return magnus_pressure(t) * (1 - rh / 100) / 1000


def absolute_humidity(t: float, rh: float) -> float:
    """Water content in g/m³."""
    return 1000 * vapour_pressure(t, rh) / (_GAS_VAPOUR * (t + 273.15))


def relative_humidity(t: float, pressure: float) -> float:
    """The relative humidity (%) of air at `t` with this vapour pressure, at most 100."""
    return min(100.0, 100 * pressure / magnus_pressure(t))


class MoistAir(NamedTuple):
    """`enthalpy` in kJ and `ratio` in kg water, both per kg of dry air; `density` of the moist air in
    kg/m³."""

    enthalpy: float
    ratio: float
    density: float


def moist_air(t: float, rh: float, pressure: float = FENYANG_PRESSURE) -> MoistAir:
    """Enthalpy, humidity ratio and density as defined in ASHRAE's psychrometrics chapter."""
    e = saturation_pressure(t) * rh / 100
    ratio = 0.621945 * e / (pressure - e)
    enthalpy = 1.006 * t + ratio * (2501 + 1.86 * t)
    volume = _GAS_DRY * (t + 273.15) * (1 + 1.607858 * ratio) / pressure
    return MoistAir(enthalpy, ratio, (1 + ratio) / volume)
