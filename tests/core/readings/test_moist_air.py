"""Moist air against published values (ASHRAE, WMO, FAO-56, psychrolib's readme)."""

import pytest

from core.readings import moist_air


@pytest.mark.parametrize(
    ("t", "expected"), [(-20, 103.24), (-5, 401.74), (5, 872.6), (25, 3169.7), (50, 12351.3)]
)
def test_saturation_pressure_agrees_with_the_ashrae_table_to_3_in_10000(t: float, expected: float) -> None:
    assert moist_air.saturation_pressure(t) == pytest.approx(expected, rel=3e-4)


@pytest.mark.parametrize(
    ("t", "expected"),
    [(0, 611.2), (5, 871.74), (10, 1226.03), (15, 1701.67), (20, 2332.6), (25, 3160.06), (30, 4233.72)],
)
def test_the_magnus_form_is_the_wmo_one(t: float, expected: float) -> None:
    assert moist_air.magnus_pressure(t) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    ("t", "rh", "expected", "tolerance"),
    [
        (25, 80, 21.3094, 0.01),  # Hyland and Wexler
        (25, 10, -8.77, 0.01),
        (50, 90, 47.9, 0.01),
        (25, 60, 16.693, 0.005),
        (20, 50, 9.255, 0.005),
        (15, 90, 13.372, 0.005),
        (13, 90, 11.397, 0.005),
        (4, 95, 3.271, 0.005),
        (4, 80, 0.859, 0.005),
        (30, 70, 23.927, 0.005),
        (0, 90, -1.445, 0.005),
        (-5, 80, -7.917, 0.005),
    ],
)
def test_dew_point_is_over_water_also_below_zero(
    t: float, rh: float, expected: float, tolerance: float
) -> None:
    assert moist_air.dew_point(t, rh) == pytest.approx(expected, abs=tolerance)


def test_frost_point_lies_above_the_dew_point_of_the_same_cold_air() -> None:
    assert moist_air.dew_point(-5, 80) < moist_air.frost_point(-5, 80) < -5


@pytest.mark.parametrize(
    ("t", "rh", "expected"),
    [
        (4, 95, 0.0406),
        (4, 85, 0.1219),
        (13, 88, 0.1794),
        (15, 90, 0.1702),
        (25, 60, 1.264),
        (1.5, 97, 0.0204),
    ],
)
def test_vapour_pressure_deficit_in_kpa(t: float, rh: float, expected: float) -> None:
    assert moist_air.vpd(t, rh) == pytest.approx(expected, abs=0.0005)


def test_saturation_and_actual_pressure_of_fao_56_examples_3_and_5() -> None:
    saturated = (moist_air.magnus_pressure(24.5) + moist_air.magnus_pressure(15.0)) / 2000
    assert saturated == pytest.approx(2.39, abs=0.01)
    actual = (moist_air.vapour_pressure(18, 82) + moist_air.vapour_pressure(25, 54)) / 2000
    assert actual == pytest.approx(1.70, abs=0.01)
    assert saturated - actual == pytest.approx(0.69, abs=0.01)


def test_saturated_air_of_20_degrees_holds_17_grams_a_cubic_metre() -> None:
    assert moist_air.absolute_humidity(20, 100) == pytest.approx(17.3, abs=0.1)


def test_relative_humidity_gives_back_what_made_the_pressure_and_never_more_than_100() -> None:
    assert moist_air.relative_humidity(4, moist_air.vapour_pressure(4, 88)) == pytest.approx(88)
    assert moist_air.relative_humidity(4, moist_air.vapour_pressure(25, 60)) == 100


@pytest.mark.parametrize(
    ("t", "rh", "enthalpy", "density"), [(25, 50, 52.73, 1.0754), (4, 90, 16.45, 1.1609)]
)
def test_enthalpy_and_density_at_the_height_of_fenyang(
    t: float, rh: float, enthalpy: float, density: float
) -> None:
    air = moist_air.moist_air(t, rh)
    assert air.enthalpy == pytest.approx(enthalpy, rel=2e-3)
    assert air.density == pytest.approx(density, rel=2e-3)
