"""A cold room modelled as two thermal nodes: its air (with shelves and walls' skin) and its goods.

    C_a dTa = UA (To - Ta) + UA_hall (Th - Ta) + hA (Tp - Ta) + fan + light + door + heater - plant
    C_p dTp = hA (Ta - Tp) + respiration(Tp)

and one water balance: the produce transpires, the door lets vapour in, the coil removes it. `step` is
pure; the air is solved implicitly, so that steps up to some minutes are stable.
Reference room: 8 x 6 x 3.5 m, 100 mm panels, 40 t of potatoes (docs/simulators.md has the sources).
"""

from math import exp
from typing import NamedTuple

from core.readings.moist_air import magnus_pressure
from simulators.door import HEAT_AIR, LATENT, Door, density, exchange

GAS_VAPOUR = 461.5
DEW_AT_MOST = 1.5


class RefrigerationPlant(NamedTuple):
    """A cold room's refrigeration plant and its control. Temperatures °C, powers W, times s."""

    cooling_w: float = 8000.0
    setpoint: float = 4.0
    differential: float = 1.5
    min_off_s: float = 180.0
    coil_difference: float = 5.0  # K below the air; determines the room's humidity
    coil_kg_s_pa: float = 9e-7  # water to the coil per Pa of vapour pressure difference
    fan_w: float = 500.0
    heater_w: float = 0.0  # small heater near the door, for winter
    heater_below: float = -99.0
    defrosts_per_day: int = 3
    defrost_s: float = 1500.0
    defrost_w: float = 0.0  # the part of an electric defrost that heats the air; 0 for off-cycle defrost


class ColdRoom(NamedTuple):
    """The room and its load. `ua_hall` (W/K) is the part of the walls and the door towards the hall."""

    ua: float = 48.0  # W/K
    ua_hall: float = 0.0
    volume: float = 168.0  # m3
    air_j_k: float = 134_000.0 * 3  # the air's, times 3 for shelves and wall surfaces
    product_kg: float = 40_000.0
    product_j_kg_k: float = 3500.0
    contact_w_k: float = 800.0  # hA between produce and air
    respiration_w_kg: float = 0.02  # at `respiration_at`
    respiration_at: float = 4.0
    q10: float = 2.2
    transpiration: float = 44e-12  # kg of water per kg, s and Pa
    leak_m3_s: float = 0.002
    door: Door = Door()
    door_to_hall: bool = False
    plant: RefrigerationPlant = RefrigerationPlant()


class ColdRoomState(NamedTuple):
    """Temperatures °C, `vapour` Pa, times s. `coil` is the plant's output after its start, 0..1."""

    air: float
    product: float
    vapour: float
    door_spot: float
    back_spot: float
    running: bool = False
    since: float = 1e6  # s since the compressor last changed
    coil: float = 0.0
    defrosting: float = 0.0  # s remaining
    frost_s: float = 0.0  # s since the last defrost ended
    heating: bool = False


class ColdRoomInputs(NamedTuple):
    """Conditions around the room: °C, Pa, W. `door` is the open share 0..1 past any curtain; flags say what
    works."""

    outside: float
    outside_vapour: float
    hall: float
    hall_vapour: float
    door: float = 0.0
    light_w: float = 0.0
    compressor_works: bool = True
    heater_works: bool = True
    thermostat_stuck: bool = False
    mains: bool = True
    gap: float = 0.0  # leak of the door seal that cools the probe at the door, 0..1


def step(room: ColdRoom, state: ColdRoomState, inputs: ColdRoomInputs, dt: float) -> ColdRoomState:
    """The room's state `dt` seconds later (up to 300 s)."""
    plant = room.plant
    air, product = state.air, state.product

    defrosting, frost_s = _defrost(plant, state, inputs, dt)
    running, since = _compressor(plant, state, inputs, defrosting > 0, dt)
    heating = _heater(plant, state, inputs)
    # Pipes and coil need a minute or two to cool down and to warm up.
    coil = state.coil + ((1.0 if running else 0.0) - state.coil) * (1 - exp(-dt / 75))
    fan = inputs.mains and (running or defrosting > 0 or since < 120)

    behind, behind_vapour = (
        (inputs.hall, inputs.hall_vapour) if room.door_to_hall else (inputs.outside, inputs.outside_vapour)
    )
    flow = exchange(room.door, air, behind) * inputs.door if inputs.door else 0.0
    carried = flow * density(air) * HEAT_AIR
    water = _water(room, state, inputs, flow, behind_vapour, coil, dt)
    # Without fans the air stratifies and the produce loses heat more slowly.
    contact = room.contact_w_k * (1.0 if fan else 0.75)
    leak = room.leak_m3_s * density(inputs.outside) * HEAT_AIR
    gains = inputs.light_w + (plant.fan_w if fan else 0.0) + (plant.heater_w if heating else 0.0)
    gains += plant.defrost_w if defrosting > 0 else 0.0
    gains -= max(0.0, plant.cooling_w * coil - LATENT * water.to_coil)
    conductance = room.ua + room.ua_hall + contact + carried + leak
    drive = (
        (room.ua + leak) * inputs.outside
        + room.ua_hall * inputs.hall
        + contact * product
        + carried * behind
        + gains
    )
    new_air = (room.air_j_k * air + dt * drive) / (room.air_j_k + dt * conductance)

    if room.product_kg:
        warm = room.respiration_w_kg * room.product_kg
        warm *= room.q10 ** ((product - room.respiration_at) / 10)
        heat = contact * (new_air - product) + warm - LATENT * water.transpired
        product += dt * heat / (room.product_kg * room.product_j_kg_k)
    else:
        product += (new_air - product) * (1 - exp(-dt / 7200))  # empty room: the floor

    # Above saturation the water is dew on walls and goods, which evaporates when the air warms.
    vapour = min(water.vapour, DEW_AT_MOST * magnus_pressure(new_air))
    door_spot, back_spot = _spots(state, inputs, new_air, behind, coil, heating, dt)
    return ColdRoomState(
        new_air,
        product,
        vapour,
        door_spot,
        back_spot,
        running,
        since,
        coil,
        defrosting,
        frost_s,
        heating,
    )


def _compressor(
    plant: RefrigerationPlant, state: ColdRoomState, inputs: ColdRoomInputs, defrosting: bool, dt: float
) -> tuple[bool, float]:
    allowed = inputs.mains and inputs.compressor_works and not defrosting
    if state.running:
        wanted = allowed and (inputs.thermostat_stuck or state.air > plant.setpoint - plant.differential / 2)
    else:
        wanted = (
            allowed
            and state.since >= plant.min_off_s
            and (inputs.thermostat_stuck or state.air > plant.setpoint + plant.differential / 2)
        )
    return wanted, (state.since + dt if wanted == state.running else 0.0)


def _defrost(
    plant: RefrigerationPlant, state: ColdRoomState, inputs: ColdRoomInputs, dt: float
) -> tuple[float, float]:
    """(seconds of defrost left, seconds since the last defrost)."""
    if state.defrosting > 0:
        return max(0.0, state.defrosting - dt), 0.0
    due = plant.defrosts_per_day and state.frost_s >= 86_400 / plant.defrosts_per_day
    if due and inputs.mains:
        return plant.defrost_s, 0.0
    return 0.0, state.frost_s + dt


def _heater(plant: RefrigerationPlant, state: ColdRoomState, inputs: ColdRoomInputs) -> bool:
    if not plant.heater_w or not inputs.mains or not inputs.heater_works:
        return False
    return state.air < plant.heater_below + (0.6 if state.heating else 0.0)


class WaterBalance(NamedTuple):
    """Vapour pressure (Pa) at the end of a step; kg/s from the produce and to the coil."""

    vapour: float
    transpired: float
    to_coil: float


def _water(
    room: ColdRoom,
    state: ColdRoomState,
    inputs: ColdRoomInputs,
    flow: float,
    behind_vapour: float,
    coil: float,
    dt: float,
) -> WaterBalance:
    """The water balance of a step. Walls, wood and bags hold water too: 8 times the air's capacity."""
    per_m3 = 1 / (GAS_VAPOUR * (state.air + 273.15))  # kg per m3 and Pa
    capacity = 8 * room.volume * per_m3
    transpires = room.transpiration * room.product_kg
    leaks, door = room.leak_m3_s * per_m3, flow * per_m3
    taken = coil_pressure = 0.0
    if coil > 0.05:
        coil_pressure = magnus_pressure(state.air - room.plant.coil_difference)
        taken = room.plant.coil_kg_s_pa * coil if state.vapour > coil_pressure else 0.0
    surface = magnus_pressure(state.product)
    drive = (
        transpires * surface + leaks * inputs.outside_vapour + door * behind_vapour + taken * coil_pressure
    )
    total = transpires + leaks + door + taken
    vapour = (capacity * state.vapour + dt * drive) / (capacity + dt * total)
    return WaterBalance(vapour, transpires * (surface - vapour), taken * max(0.0, vapour - coil_pressure))


def _spots(
    state: ColdRoomState,
    inputs: ColdRoomInputs,
    air: float,
    behind: float,
    coil: float,
    heating: bool,
    dt: float,
) -> tuple[float, float]:
    """Temperatures (°C) at the door, which follows the outside and the heater there, and at the back, which
    follows the coil's cold air. Both lag some minutes, as a probe in its housing does."""
    share = min(0.6, 0.03 + 0.25 * inputs.door + 0.05 * inputs.gap)
    at_door = air + share * (behind - air) + (0.6 if heating else 0.0)
    at_back = air - 0.5 * coil
    door_share, back_share = 1 - exp(-dt / 420), 1 - exp(-dt / 240)
    return (
        state.door_spot + (at_door - state.door_spot) * door_share,
        state.back_spot + (at_back - state.back_spot) * back_share,
    )


def at_rest(room: ColdRoom, temperature: float | None = None, humidity: float = 92.0) -> ColdRoomState:
    """A room in equilibrium at its set point, with its produce warmer by its respiration; or all of it at
    `temperature` (°C)."""
    t = room.plant.setpoint if temperature is None else temperature
    breath = room.respiration_w_kg * room.product_kg / room.contact_w_k
    product = t + 0.8 * breath if temperature is None else t
    return ColdRoomState(t, product, magnus_pressure(t) * humidity / 100, t, t)
