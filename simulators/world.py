"""All rooms of a federation under one weather, advanced in time, and the true values in them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from core.readings.moist_air import magnus_pressure
from simulators import cold_room, faults, shed
from simulators.description import DemoFederation, DemoProbe, DemoRoom
from simulators.faults import FaultKind, SimulatedFault
from simulators.noise import chance, salt
from simulators.weather import DAY_S, OutsideAir, Weather

STEP_S = 60.0
HALL_HEATED_TO = 15.0  # people sort and pack there
LIGHT_W = 150.0
LOCAL_S = 8 * 3600  # UTC+8

State = cold_room.ColdRoomState | shed.ShedState


@dataclass
class World:
    """`seconds` is the current time (s since 1970). One seed, start and list of faults give one world."""

    federation: DemoFederation
    weather: Weather
    seconds: float
    states: dict[str, State] = field(default_factory=dict)
    outside: OutsideAir = field(init=False)
    open_doors: set[str] = field(default_factory=set)
    mains: dict[str, bool] = field(default_factory=dict)
    _doors: dict[str, tuple[float, bool]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._rooms = [(room, room.model) for room in self.federation.rooms]
        self.outside = self.weather.at(self.seconds)
        for room in self.federation.rooms:
            if room.name not in self.states:
                self.states[room.name] = _at_rest(room, self.outside)

    def advance(self, to: float, wrong: tuple[SimulatedFault, ...] = (), step_s: float = STEP_S) -> None:
        """Advances the world to `to` (s since 1970), in whole steps and a shorter last one."""
        while self.seconds < to - 1e-6:
            self._step(min(step_s, to - self.seconds), wrong)

    def _step(self, dt: float, wrong: tuple[SimulatedFault, ...]) -> None:
        now = self.seconds
        outside = self.outside = self.weather.at(now)
        hall, hall_vapour = hall_air(outside)
        self.open_doors.clear()
        cut = _sites_without_mains(self.federation, wrong) if wrong else set()
        states = self.states
        for room, model in self._rooms:
            name = room.name
            here = [f for f in wrong if f.room == name] if wrong else ()
            mains = self.mains[name] = room.site not in cut
            until, is_open = self._doors.get(name) or (0.0, False)
            if now >= until:
                until, is_open = self._doors[name] = door_at(self.weather.seed, room, now)
            share = room.opening_share if is_open else 0.0
            if is_open or any(f.kind is FaultKind.DOOR_OPEN for f in here):
                self.open_doors.add(name)
            state = states[name]
            if isinstance(model, cold_room.ColdRoom):
                assert isinstance(state, cold_room.ColdRoomState)
                light = LIGHT_W if is_open else 0.0
                inputs = cold_room.ColdRoomInputs(
                    outside.temperature, outside.vapour, hall, hall_vapour, share, light, mains=mains
                )
                if here:
                    inputs = faults.on_cold_room(inputs, here)
                states[name] = cold_room.step(model, state, inputs, dt)
            else:
                assert isinstance(state, shed.ShedState)
                inside = shed.ShedInputs(outside.temperature, outside.vapour, share, mains=mains)
                if here:
                    inside = faults.on_shed(inside, here)
                states[name] = shed.step(model, state, inside, dt)
        self.seconds = now + dt

    def as_json(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "states": {name: list(s) for name, s in self.states.items()}}

    @classmethod
    def from_json(cls, federation: DemoFederation, weather: Weather, kept: dict[str, Any]) -> "World":
        """The saved world; new rooms start in equilibrium."""
        states: dict[str, State] = {}
        for room in federation.rooms:
            state = kept["states"].get(room.name)
            if state is not None:
                kind = (
                    cold_room.ColdRoomState if isinstance(room.model, cold_room.ColdRoom) else shed.ShedState
                )
                states[room.name] = kind(*state)
        return cls(federation, weather, float(kept["seconds"]), states)


Truth = Callable[[World], float]


def truth(room: DemoRoom, probe: DemoProbe, metric: str) -> Truth:
    """A function that returns the true value at the probe's place."""
    name = room.name
    match metric, probe.spot:
        case "door", _:
            return lambda world: 1.0 if name in world.open_doors else 0.0
        case "power", _:
            return lambda world: 1.0 if world.mains.get(name, True) else 0.0
        case "battery", _:
            return lambda world: battery(room, world.seconds)
        case "temperature", "outside":
            return lambda world: world.outside.temperature
        case "humidity", "outside":
            return lambda world: world.outside.humidity
        case "co2", _:
            return partial(_co2, name)
        case "temperature", spot:
            place = _place(room, spot)
            return lambda world: world.states[name][place]
        case "humidity", spot:
            return partial(_humidity, name, _place(room, spot))
    raise ValueError(f"no probe measures {metric} here")


def _place(room: DemoRoom, spot: str) -> int:
    """The field of the room's state with the temperature of a spot."""
    if isinstance(room.model, cold_room.ColdRoom):
        names = {"pile": "product", "door": "door_spot", "back": "back_spot"}
        return cold_room.ColdRoomState._fields.index(names.get(spot, "air"))
    return shed.ShedState._fields.index({"pile": "substrate", "door": "door_spot"}.get(spot, "air"))


def _humidity(name: str, place: int, world: World) -> float:
    state = world.states[name]
    return min(99.5, 100 * state.vapour / magnus_pressure(state[place]))


def _co2(name: str, world: World) -> float:
    state = world.states[name]
    return state.co2 if isinstance(state, shed.ShedState) else 420.0


def battery(room: DemoRoom, seconds: float) -> float:
    """Battery level (%): two years from full to empty, from another day in each room."""
    days = seconds / DAY_S + salt(room.name, "battery") % 300
    return 100 - (days % 400) / 7


def hall_air(outside: OutsideAir) -> tuple[float, float]:
    """Air of the sorting hall between the rooms: heated in winter, a little cooler than outside in summer."""
    t = max(HALL_HEATED_TO, 0.6 * outside.temperature + 8.0)
    return t, max(outside.vapour, 700.0)


def door_at(seed: int, room: DemoRoom, seconds: float) -> tuple[float, bool]:
    """(until when the door stays as it is in ordinary work, whether it is open)."""
    day = int((seconds + LOCAL_S) // DAY_S)
    for start, end in openings(seed, room, day):
        if seconds < start:
            return start, False
        if seconds < end:
            return end, True
    return (day + 1) * DAY_S - LOCAL_S, False


def openings(seed: int, room: DemoRoom, day: int) -> tuple[tuple[float, float], ...]:
    """(from, to) in s since 1970 of each opening of the door on a local day (days since 1970)."""
    draw = chance(seed, room.name, "door", day)
    whole, part = divmod(room.openings_per_day, 1)
    count = int(whole) + (draw.random() < part)
    midnight = day * DAY_S - LOCAL_S
    openings = []
    for _ in range(count):
        start = midnight + 3600 * draw.triangular(6.5, 18.5, draw.choice((8.0, 16.0)))
        openings.append((start, start + room.opening_s * draw.uniform(0.5, 1.5)))
    return tuple(sorted(openings))


def _sites_without_mains(federation: DemoFederation, wrong: Iterable[SimulatedFault]) -> set[str]:
    return {federation.room(f.room).site for f in wrong if f.kind is FaultKind.MAINS_CUT}


def _at_rest(room: DemoRoom, outside: OutsideAir) -> State:
    if isinstance(room.model, shed.Shed):
        return shed.at_rest(room.model)
    if not room.model.product_kg:
        return cold_room.at_rest(room.model, max(-2.0, outside.temperature), 65)
    return cold_room.at_rest(room.model)
