"""The cold room against the reference room's figures; tolerances beside them."""

import pytest

from core.readings.moist_air import magnus_pressure, moist_air
from simulators import cold_room
from simulators.cold_room import ColdRoom, ColdRoomInputs, ColdRoomState, RefrigerationPlant
from simulators.door import Door, full_load_kw

SUMMER = ColdRoomInputs(25.0, magnus_pressure(25) * 0.5, 25.0, 1500.0)
SEALED = ColdRoom(leak_m3_s=0.0)
MUSHROOMS = SEALED._replace(
    product_kg=2000,
    product_j_kg_k=4000,
    respiration_w_kg=0.2,
    respiration_at=2.0,
    contact_w_k=150,
    transpiration=0.0,
)


def _after(
    room: ColdRoom, state: ColdRoomState, inputs: ColdRoomInputs, hours: float, dt: float = 60
) -> ColdRoomState:
    for _ in range(round(hours * 3600 / dt)):
        state = cold_room.step(room, state, inputs, dt)
    return state


def test_door_heat_is_45_58_kw_as_the_ashrae_formula_gives() -> None:
    out, inside = moist_air(25, 50), moist_air(4, 90)
    load_kw = full_load_kw(Door(), out.enthalpy, inside.enthalpy, out.density, inside.density)
    assert load_kw == pytest.approx(45.58, rel=0.01)


def test_a_full_potato_room_drifts_1_1_kelvin_a_day_without_its_compressor() -> None:
    dead = SUMMER._replace(compressor_works=False)
    end = _after(SEALED, cold_room.at_rest(SEALED, 4.0, 99), dead, 24)
    assert end.product - 4.0 == pytest.approx(1.1, rel=0.1)


def test_its_air_steps_one_to_two_and_a_half_kelvin_within_the_hour_and_then_crawls() -> None:
    dead = SUMMER._replace(compressor_works=False)
    hour = _after(SEALED, cold_room.at_rest(SEALED, 4.0, 99), dead, 1)
    assert 1.0 < hour.air - 4.0 < 2.5
    assert _after(SEALED, hour, dead, 1).air - hour.air < 0.15


def test_two_tonnes_of_mushrooms_take_up_heat_for_0_68_kelvin_an_hour() -> None:
    dead = SUMMER._replace(compressor_works=False)
    close = MUSHROOMS._replace(contact_w_k=5000, air_j_k=1000)  # all heat goes into the mushrooms
    end = _after(close, cold_room.at_rest(close, 2.0, 97), dead, 1)
    assert end.product - 2.0 == pytest.approx(0.68, rel=0.05)


def test_with_few_goods_the_air_steps_five_to_ten_kelvin_above_them() -> None:
    dead = SUMMER._replace(compressor_works=False)
    end = _after(MUSHROOMS, cold_room.at_rest(MUSHROOMS, 2.0, 97), dead, 3)
    assert 5 < end.air - end.product < 10


def test_a_working_room_keeps_its_differential_and_spares_its_compressor() -> None:
    state = _after(SEALED, cold_room.at_rest(SEALED, 4.0), SUMMER, 6)
    starts = ran = 0
    states = []
    for _ in range(24 * 60):
        before = state
        state = cold_room.step(SEALED, state, SUMMER, 60)
        starts += state.running and not before.running
        ran += state.running
        if not state.defrosting and state.frost_s > 3600:
            states.append(state.air)
    assert 24 <= starts <= 8 * 24
    assert 0.15 < ran / 1440 < 0.67
    assert max(states) < 4 + 1.5
    assert min(states) > 4 - 2.0


def test_a_compressor_rests_three_minutes_before_it_starts_again() -> None:
    warm = cold_room.at_rest(SEALED, 8.0)._replace(since=0.0)
    first = cold_room.step(SEALED, warm, SUMMER, 60)
    assert not first.running
    three = _after(SEALED, first, SUMMER, 0.06)
    assert three.running


def test_a_defrost_warms_the_air_by_one_to_four_kelvin_and_is_over_within_the_hour() -> None:
    state = _after(SEALED, cold_room.at_rest(SEALED, 4.0), SUMMER, 3)._replace(frost_s=1e6)
    before, air, minutes = state.air, [], 0
    while minutes < 60 and not (minutes > 5 and state.air < before + 0.5):
        state = cold_room.step(SEALED, state, SUMMER, 60)
        air.append(state.air)
        minutes += 1
    assert 1 < max(air) - before < 4
    assert minutes < 60


def test_an_open_door_warms_the_air_gradually_and_hardly_the_goods() -> None:
    room = MUSHROOMS._replace(door_to_hall=True, plant=RefrigerationPlant(cooling_w=4000, setpoint=2.0))
    hall = ColdRoomInputs(-5.0, 300.0, 15.0, 800.0)
    start = _after(room, cold_room.at_rest(room, 2.0), hall, 4)
    state, states = start, []
    for _ in range(12):
        state = cold_room.step(room, state, hall._replace(door=1.0), 60)
        states.append(state.air)
    steps = [b - a for a, b in zip([start.air, *states], states, strict=False)]
    assert max(steps) < 2.0
    assert states[-1] > 5.0
    assert state.product - start.product < 0.3


def test_on_a_january_night_the_heater_holds_the_room_and_without_it_the_door_probe_sinks() -> None:
    room = SEALED._replace(plant=RefrigerationPlant(heater_w=2000, heater_below=3.5))
    night = ColdRoomInputs(-20.0, 90.0, 15.0, 700.0)
    held = _after(room, cold_room.at_rest(room), night, 12)
    assert held.door_spot > 2.5
    failed = _after(room, held, night._replace(heater_works=False, gap=0.8), 0.5)
    assert failed.door_spot < 2.0
    assert held.product - failed.product < 0.1


def test_a_stuck_thermostat_drives_the_air_below_freezing_and_the_goods_hardly() -> None:
    start = cold_room.at_rest(SEALED)
    end = _after(SEALED, start, SUMMER._replace(thermostat_stuck=True), 0.5)
    assert end.air < 0
    assert start.product - end.product < 0.3


def test_a_dead_mains_stops_everything() -> None:
    end = _after(SEALED, cold_room.at_rest(SEALED)._replace(running=True), SUMMER._replace(mains=False), 0.1)
    assert not end.running
    assert not end.heating


@pytest.mark.parametrize("dt", [5, 30, 150, 300])
def test_any_step_up_to_five_minutes_ends_at_the_same_place(dt: float) -> None:
    dead = SUMMER._replace(compressor_works=False)
    start = cold_room.at_rest(SEALED, 4.0, 99)
    fine, coarse = _after(SEALED, start, dead, 6, 10), _after(SEALED, start, dead, 6, dt)
    assert coarse.air == pytest.approx(fine.air, abs=0.05)
    assert coarse.product == pytest.approx(fine.product, abs=0.02)


def test_the_coil_dries_the_air_while_it_runs() -> None:
    room = ColdRoom(transpiration=6e-12)
    rest = cold_room.at_rest(room, 5.0, 97)
    cooling = _after(room, rest, SUMMER._replace(thermostat_stuck=True), 1)
    dead = _after(room, rest, SUMMER._replace(compressor_works=False), 1)
    assert cooling.vapour < dead.vapour
