"""The demo's rooms hold their temperature, and no weather or fault makes the physics run away."""

from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.readings.moist_air import magnus_pressure
from core.rooms.places import SPOTS
from simulators import cold_room
from simulators.cold_room import DEW_AT_MOST, ColdRoom, ColdRoomInputs, ColdRoomState, at_rest
from simulators.description import DemoRoom
from simulators.devices import FORMS
from simulators.rooms import COLD_ROOMS, ROOMS, SHEDS
from simulators.sensors import KINDS

MODELS = {room.name: room.model for room in COLD_ROOMS if isinstance(room.model, ColdRoom)}
COOLED = [name for name, model in MODELS.items() if model.plant.cooling_w]
WITH_GOODS = [name for name, model in MODELS.items() if model.product_kg]
inputs = st.builds(
    ColdRoomInputs,
    outside=st.floats(-30, 42),
    outside_vapour=st.floats(20, 3000),
    hall=st.floats(-10, 35),
    hall_vapour=st.floats(20, 2500),
    door=st.floats(0, 1),
    light_w=st.floats(0, 400),
    compressor_works=st.booleans(),
    heater_works=st.booleans(),
    thermostat_stuck=st.booleans(),
    mains=st.booleans(),
    gap=st.floats(0, 1),
)
models = st.sampled_from(sorted(MODELS)).map(MODELS.__getitem__)


def weather(outside: float, **more: object) -> ColdRoomInputs:
    vapour = 0.5 * magnus_pressure(outside)
    return ColdRoomInputs(outside, vapour, outside, vapour)._replace(**more)  # type: ignore[arg-type]


def after(room: ColdRoom, state: ColdRoomState, around: ColdRoomInputs, hours: float) -> ColdRoomState:
    for _ in range(round(hours * 60)):
        state = cold_room.step(room, state, around, 60)
    return state


@settings(max_examples=60, deadline=None)
@given(models, st.lists(st.tuples(inputs, st.floats(1, 300)), min_size=1, max_size=20))
def test_no_weather_or_fault_gives_an_impossible_state(
    room: ColdRoom, steps: list[tuple[ColdRoomInputs, float]]
) -> None:
    state = at_rest(room)
    for around, dt in steps:
        state = cold_room.step(room, state, around, dt)
        for temperature in (state.air, state.product, state.door_spot, state.back_spot):
            assert isfinite(temperature)
            assert -60 < temperature < 70
        assert 0 < state.vapour <= DEW_AT_MOST * magnus_pressure(state.air) + 1e-9
        assert 0 <= state.coil <= 1
        assert not (state.running and not around.mains)


@settings(max_examples=60, deadline=None)
@given(models, st.floats(5, 40), st.floats(0.1, 1), st.integers(1, 30))
def test_an_open_door_warms_a_room_that_does_not_cool(
    room: ColdRoom, warmer: float, door: float, minutes: int
) -> None:
    start = at_rest(room)
    dead = weather(start.air + warmer, compressor_works=False)
    shut = after(room, start, dead, minutes / 60)
    opened = after(room, start, dead._replace(door=door), minutes / 60)
    assert opened.air > shut.air
    assert opened.door_spot > shut.door_spot
    assert opened.air <= max(start.product, start.air + warmer) + 0.5, "not warmer than its surroundings"


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(WITH_GOODS), st.floats(-20, 35), st.floats(10, 300))
def test_heat_is_neither_made_nor_lost(name: str, outside: float, dt: float) -> None:
    """Of a closed dead room without water and respiration, the heat gained is the heat through its walls."""
    room = MODELS[name]._replace(respiration_w_kg=0, transpiration=0, leak_m3_s=0, ua_hall=0)
    start = at_rest(room)._replace(since=1e6)
    around = weather(outside, compressor_works=False, heater_works=False, mains=False)
    end = cold_room.step(room, start, around, dt)
    stored = room.air_j_k * (end.air - start.air)
    stored += room.product_kg * room.product_j_kg_k * (end.product - start.product)
    assert stored == pytest.approx(dt * room.ua * (outside - end.air), rel=1e-6, abs=0.1)


@pytest.mark.parametrize("name", COOLED)
def test_a_working_room_ends_near_its_set_point_on_a_summer_day(name: str) -> None:
    room = MODELS[name]
    state = after(room, at_rest(room), weather(28), 6)
    plant = room.plant
    assert plant.setpoint - 2 * plant.differential < state.air < plant.setpoint + 2 * plant.differential + 1


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.plant.heater_w])
def test_a_heater_keeps_the_goods_from_freezing_and_a_dead_one_does_not(name: str) -> None:
    room = MODELS[name]
    night = weather(-25)
    held = after(room, at_rest(room), night, 8)
    dead = after(room, at_rest(room), night._replace(heater_works=False), 8)
    assert held.air > dead.air
    assert held.air > room.plant.heater_below - 1.5


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_probe_has_a_place_a_sensor_and_a_format(room: DemoRoom) -> None:
    for device in room.devices:
        assert device.form in FORMS
        assert device.every_s > 0
        for probe in device.probes:
            assert probe.spot in SPOTS
            assert probe.kind in KINDS
            assert probe.metrics


def test_no_device_or_wire_is_in_two_places() -> None:
    devices = [device.id for room in ROOMS for device in room.devices]
    wires = [p.position for room in ROOMS for d in room.devices for p in d.probes if p.kind == "DS18B20"]
    assert len(devices) == len(set(devices))
    assert len(wires) == len(set(wires))


def test_the_goods_fit_their_room_and_its_physics() -> None:
    for room in COLD_ROOMS:
        assert isinstance(room.model, ColdRoom)
        assert sum(goods.kg for goods in room.goods) == room.model.product_kg
        assert room.model.product_kg <= 1000 * (room.capacity_t or 0)
        assert room.empty == (not room.goods)
    assert len({shed.name for shed in SHEDS}) == len(SHEDS)
