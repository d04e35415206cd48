"""A mushroom shed modelled as two thermal nodes (air and substrate), water, and carbon dioxide.

    C_a dTa = UA (To - Ta) + hA (Ts - Ta) + vent (To - Ta) + heater - cooler - evaporation
    C_s dTs = hA (Ta - Ts) + metabolism(Ts)
    dC/dt = 1e6 G / (rho V) - n (C - 420)            ppm an hour

Reference: 10 x 6 x 3 m, 3 t of substrate, 300 kg of mushrooms on it. `step` is pure, solved implicitly.
"""

from math import exp
from typing import NamedTuple

from core.readings.moist_air import magnus_pressure
from simulators.cold_room import DEW_AT_MOST, GAS_VAPOUR
from simulators.door import HEAT_AIR, LATENT, Door, density, exchange

CO2_OUTSIDE = 420.0
CO2_DENSITY = 1.7  # kg/m3 at this altitude
CO2_PER_K = 1.2  # 20 % more per K
METABOLISM_J_G = 10_700.0  # heat per gram of CO2


class ShedClimate(NamedTuple):
    """Set points of the grower's controls in the crop's phase. Powers W, rates per hour."""

    heat_below: float = 13.0
    cool_above: float = 18.0
    humidify_below: float = 86.0
    humidify_to: float = 91.0
    vent_above: float = 950.0  # ppm
    vent_to: float = 700.0
    vent_every_s: float = 3600.0  # fresh air at fixed intervals, whatever the CO2
    vent_for_s: float = 240.0
    fan_changes: float = 6.0
    heater_w: float = 9000.0
    cooler_w: float = 14_000.0  # wet pads and fans
    humidifier_kg_h: float = 6.0


class Shed(NamedTuple):
    ua: float = 78.0  # panel shed; a film tunnel with straw mats has 250 to 450
    volume: float = 180.0
    air_j_k: float = 700_000.0  # air, racks, wet floor
    substrate_kg: float = 3000.0
    substrate_j_kg_k: float = 3100.0
    contact_w_k: float = 1200.0  # bags in rows
    mushroom_kg: float = 300.0
    substrate_co2_g_h: float = 135.0  # at `breath_at`
    mushroom_co2_g_h_kg: float = 1.0
    breath_at: float = 16.0
    wet_kg_s_pa: float = 4e-7  # water from substrate, caps and floor, per Pa
    leak_changes: float = 0.2
    door: Door = Door(1.2, 2.0)
    climate: ShedClimate = ShedClimate()


class ShedState(NamedTuple):
    """°C, Pa, ppm, s."""

    air: float
    substrate: float
    vapour: float
    co2: float
    door_spot: float
    venting: bool = False
    vent_clock: float = 0.0
    heating: bool = False
    cooling: bool = False
    misting: bool = False


class ShedInputs(NamedTuple):
    outside: float
    outside_vapour: float
    door: float = 0.0
    light_w: float = 0.0
    fan_works: bool = True
    heater_works: bool = True
    mains: bool = True
    humidifier: str = "auto"  # auto | on | off (stuck)


def breath(shed: Shed, substrate: float) -> tuple[float, float]:
    """CO2 in grams an hour: (from the substrate, from the mushrooms)."""
    # Mycelium is stressed above 28 °C and dead at 42 °C.
    warm = CO2_PER_K ** (min(substrate, 28.0) - shed.breath_at)
    warm *= max(0.0, min(1.0, (42.0 - substrate) / 14.0))
    return shed.substrate_co2_g_h * warm, shed.mushroom_co2_g_h_kg * shed.mushroom_kg * warm


def co2_rise(grams_per_hour: float, volume: float) -> float:
    """Rise of CO2 in a sealed shed, ppm an hour."""
    return 1e6 * grams_per_hour / 1000 / (CO2_DENSITY * volume)


def step(shed: Shed, state: ShedState, inputs: ShedInputs, dt: float) -> ShedState:
    """The shed's state `dt` seconds later (up to 300 s)."""
    want = shed.climate
    rh = 100 * state.vapour / magnus_pressure(state.air)
    clock = (state.vent_clock + dt) % want.vent_every_s
    vent_wanted = state.co2 > (want.vent_to if state.venting else want.vent_above) or clock < want.vent_for_s
    venting = vent_wanted and inputs.fan_works and inputs.mains
    heating = (
        inputs.mains and inputs.heater_works and state.air < want.heat_below + (0.8 if state.heating else 0.0)
    )
    cooling = inputs.mains and state.air > want.cool_above - (0.8 if state.cooling else 0.0)
    misting = inputs.mains and _misting(want, state, inputs, rh)

    door_flow = exchange(shed.door, state.air, inputs.outside) * inputs.door if inputs.door else 0.0
    changes = shed.leak_changes + (want.fan_changes if venting else 0.0)
    flow = changes * shed.volume / 3600 + door_flow  # m3/s
    of_substrate, of_mushrooms = breath(shed, state.substrate)

    water = want.humidifier_kg_h / 3600 if misting else 0.0
    per_m3 = 1 / (GAS_VAPOUR * (state.air + 273.15))
    capacity = 4 * shed.volume * per_m3
    surface = magnus_pressure(state.substrate)
    # A cooler dries the air: its coil is about 8 K colder.
    coil = 5e-7 if cooling and rh > 60 else 0.0
    coil_pressure = magnus_pressure(state.air - 8) if coil else 0.0
    exchange_water = flow * per_m3
    vapour = (
        capacity * state.vapour
        + dt
        * (water + shed.wet_kg_s_pa * surface + exchange_water * inputs.outside_vapour + coil * coil_pressure)
    ) / (capacity + dt * (shed.wet_kg_s_pa + exchange_water + coil))
    evaporated = LATENT * water * (1.0 if rh < 97 else 0.2)  # mist that does not evaporate cools little

    carried = flow * density(inputs.outside) * HEAT_AIR
    conductance = shed.ua + shed.contact_w_k + carried
    drive = (
        (shed.ua + carried) * inputs.outside
        + shed.contact_w_k * state.substrate
        + inputs.light_w
        + of_mushrooms / 3600 * METABOLISM_J_G
        + (want.heater_w if heating else 0.0)
        - (want.cooler_w if cooling else 0.0)
        - 0.5 * evaporated  # the other half evaporates from wet surfaces
    )
    air = (shed.air_j_k * state.air + dt * drive) / (shed.air_j_k + dt * conductance)
    heat = shed.contact_w_k * (air - state.substrate) + of_substrate / 3600 * METABOLISM_J_G
    heat -= LATENT * shed.wet_kg_s_pa * max(0.0, surface - vapour)
    substrate = state.substrate + dt * heat / (shed.substrate_kg * shed.substrate_j_kg_k)

    turns = flow / shed.volume * dt  # air changes in this step
    co2 = (
        state.co2 + co2_rise(of_substrate + of_mushrooms, shed.volume) * dt / 3600 + turns * CO2_OUTSIDE
    ) / (1 + turns)
    share = min(0.6, 0.05 + 0.4 * inputs.door)
    at_door = air + share * (inputs.outside - air)
    door_spot = state.door_spot + (at_door - state.door_spot) * (1 - exp(-dt / 300))
    vapour = min(vapour, DEW_AT_MOST * magnus_pressure(air))
    return ShedState(air, substrate, vapour, co2, door_spot, venting, clock, heating, cooling, misting)


def _misting(want: ShedClimate, state: ShedState, inputs: ShedInputs, rh: float) -> bool:
    if inputs.humidifier == "auto":
        return rh < (want.humidify_to if state.misting else want.humidify_below)
    return inputs.humidifier == "on"


def at_rest(shed: Shed) -> ShedState:
    want = shed.climate
    t = (want.heat_below + want.cool_above) / 2
    rh = (want.humidify_below + want.humidify_to) / 2
    return ShedState(t, t + 0.8, magnus_pressure(t) * rh / 100, want.vent_to, t)
