"""Air exchange through an open door (ASHRAE Refrigeration, Gosney and Olama)."""

from math import sqrt
from typing import NamedTuple

from core.readings.moist_air import FENYANG_PRESSURE

GRAVITY = 9.81
DRY = 287.055
HEAT_AIR = 1006.0  # J/(kg K)
LATENT = 2.5e6  # J/kg


class Door(NamedTuple):
    """An opening of `width` by `height` m. `flow`: the Doorway flow factor Df, about 0.8 to 1.1."""

    width: float = 1.8
    height: float = 2.2
    flow: float = 0.8


def full_load_kw(
    door: Door, h_out: float, h_in: float, rho_out: float, rho_in: float, flow: float = 1.0
) -> float:
    """Sensible and latent heat (kW) through the fully open door at established flow.

    Enthalpies in kJ/kg, air densities in kg/m3 on both sides; the inside is the colder one.
    """
    shape = (2 / (1 + (rho_in / rho_out) ** (1 / 3))) ** 1.5
    area = door.width * door.height
    drive = sqrt(1 - rho_out / rho_in) * sqrt(GRAVITY * door.height)
    return float(0.221 * area * (h_out - h_in) * rho_in * drive * shape * flow)


def exchange(door: Door, t_in: float, t_out: float) -> float:
    """Air exchange through the fully open door in m³/s, at temperatures in °C, whichever side is warmer.

    It is the same formula without the enthalpies, with dry densities.
    """
    warm, cold = (t_in, t_out) if t_in > t_out else (t_out, t_in)
    ratio = (cold + 273.15) / (warm + 273.15)
    if ratio > 0.9999:
        return 0.0
    shape = (2 / (1 + (1 / ratio) ** (1 / 3))) ** 1.5
    area = door.width * door.height
    return float(0.221 * area * ((1 - ratio) * GRAVITY * door.height) ** 0.5 * shape * door.flow)


def density(t: float) -> float:
    """Density of dry air at the altitude of Fenyang, kg/m³."""
    return FENYANG_PRESSURE / (DRY * (t + 273.15))
