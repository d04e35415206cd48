"""The mushroom shed against the figures for carbon dioxide and water."""

import pytest

from core.readings.moist_air import magnus_pressure
from simulators import shed
from simulators.sensors import ndir_pressure_ratio
from simulators.shed import Shed, ShedClimate, ShedInputs, ShedState

MILD = ShedInputs(10.0, 700.0)


def _after(model: Shed, state: ShedState, inputs: ShedInputs, minutes: int, dt: float = 60) -> ShedState:
    for _ in range(round(minutes * 60 / dt)):
        state = shed.step(model, state, inputs, dt)
    return state


def _rh(state: ShedState) -> float:
    return 100 * state.vapour / magnus_pressure(state.air)


@pytest.mark.parametrize(("grams", "ppm"), [(435, 1420.1), (135, 440), (300, 980), (270, 880)])
def test_a_sealed_shed_rises_by_so_many_ppm_an_hour(grams: float, ppm: float) -> None:
    assert shed.co2_rise(grams, 180) == pytest.approx(ppm, rel=0.01)


def test_the_step_gives_that_rise_when_the_fan_has_failed() -> None:
    sealed = Shed(leak_changes=0.0)
    start = shed.at_rest(sealed)._replace(substrate=16.0)
    end = _after(sealed, start, MILD._replace(fan_works=False), 20)
    assert (end.co2 - start.co2) * 3 == pytest.approx(1420, rel=0.05)


def test_two_and_a_half_changes_an_hour_hold_about_1000_ppm() -> None:
    model = Shed(leak_changes=2.5)
    state = shed.at_rest(model)
    for _ in range(600):  # the substrate held at 16 °C
        state = shed.step(model, state._replace(substrate=16.0), MILD._replace(fan_works=False), 60)
    assert state.co2 == pytest.approx(1000, rel=0.05)


def test_an_uncompensated_cell_reads_by_the_pressure() -> None:
    assert ndir_pressure_ratio(92_633) == pytest.approx(0.9142, abs=1e-4)


def test_a_working_shed_keeps_its_co2_its_warmth_and_its_water() -> None:
    model = Shed()
    state = _after(model, shed.at_rest(model), MILD, 600)
    for _ in range(1440):
        state = shed.step(model, state, MILD, 60)
        assert state.co2 < 1200
        assert 11 < state.air < 20
        assert _rh(state) > 75


def test_a_stuck_humidifier_wets_the_air_within_twenty_minutes_and_cools_it() -> None:
    model = Shed(climate=ShedClimate(heater_w=0, cooler_w=0))
    start = shed.at_rest(model)
    stuck = _after(model, start, MILD._replace(humidifier="on", fan_works=False), 20)
    plain = _after(model, start, MILD._replace(humidifier="off", fan_works=False), 20)
    assert _rh(stuck) > 97
    assert 0.3 < plain.air - stuck.air < 3


def test_without_humidifier_a_ventilated_shed_dries_out() -> None:
    model = Shed()
    state = _after(model, shed.at_rest(model), ShedInputs(-5.0, 200.0, humidifier="off"), 240)
    assert _rh(state) < 75


def test_a_shed_without_fans_in_july_does_not_run_away() -> None:
    hot = ShedInputs(38.0, 2500.0, fan_works=False, mains=False)
    state = _after(Shed(), shed.at_rest(Shed()), hot, 7 * 1440, 300)
    assert 38 < state.substrate < 50
