"""The invented past: the same physics, probes and weather as the present, computed quickly.

It is computed day by day, each from the end of the one before, and always gives the same result: an
interrupted run continues where it was, and writing a day twice changes nothing.
"""

from typing import NamedTuple

from simulators.description import DemoFederation
from simulators.sampling import channels, value
from simulators.scenarios import Scenario, demo
from simulators.weather import DAY_S, Weather
from simulators.world import World
from simulators.world_file import SavedWorld

DAYS = 30
SAMPLE_S = 300
SLOW_S = 3600  # a battery changes slowly
SLOW = ("battery",)
STEP_S = 150.0  # coarser than live, because nobody looks between two samples
FINE_S = 30.0  # for the last hour, in which the live scenario begins
SPIN_UP_S = DAY_S
FIRST_LOOK_S = 6 * 3600


class PastDay(NamedTuple):
    """Times (s since 1970) and values of each channel, in the order of `channels`."""

    after: SavedWorld
    times: list[tuple[int, ...]]
    values: list[list[float]]


def begin(
    federation: DemoFederation, now: float, *, seed: int = 1, weather: str = "now", days: int = DAYS
) -> SavedWorld:
    """The world `days` ago on a full hour, in equilibrium."""
    start = -(-(now - days * DAY_S) // 3600) * 3600
    world = World(federation, Weather(seed, weather), start - SPIN_UP_S)
    world.advance(start, step_s=STEP_S)
    return SavedWorld(seed, weather, start, now, world.as_json())


def next_day(federation: DemoFederation, kept: SavedWorld) -> PastDay:
    """The values of all probes in the day after `kept.at`, which ends at `kept.until` at the latest."""
    weather = Weather(kept.seed, kept.weather)
    world = World.from_json(federation, weather, kept.world)
    probe_channels = channels(federation, kept.seed)
    scenario = scenario_at(weather, kept.until)
    end = min(world.seconds + DAY_S, kept.until)
    grid = range(int(world.seconds // SAMPLE_S + 1) * SAMPLE_S, int(end) + 1, SAMPLE_S)
    slow = tuple(at for at in grid if at % SLOW_S == 0)
    true: list[list[float]] = [[] for _ in probe_channels]
    often = [
        (c.true, into.append) for c, into in zip(probe_channels, true, strict=True) if c.metric not in SLOW
    ]
    seldom = [(c.true, into.append) for c, into in zip(probe_channels, true, strict=True) if c.metric in SLOW]
    for at in grid:
        move(world, scenario, kept.until, at)
        for so, keep in often:
            keep(so(world))
        if at % SLOW_S == 0:
            for so, keep in seldom:
                keep(so(world))
    move(world, scenario, kept.until, end)
    times = [slow if channel.metric in SLOW else tuple(grid) for channel in probe_channels]
    measured = [c.gauge.say_all(t, at) for c, t, at in zip(probe_channels, true, times, strict=True)]
    after = SavedWorld(kept.seed, kept.weather, kept.start, kept.until, world.as_json(), kept.live_from)
    return PastDay(after, times, measured)


def scenario_at(weather: Weather, live_from: float) -> Scenario:
    """The demo's scenario for the outside temperature at the time when it goes live."""
    return demo(weather.at(live_from).temperature)


def move(world: World, scenario: Scenario, live_from: float, to: float) -> None:
    """Advances the world to `to` under a scenario, in small steps from shortly before going live."""
    while world.seconds < to:
        step = FINE_S if world.seconds > live_from - 3600 else STEP_S
        next_at = min(to, world.seconds + step)
        world.advance(next_at, scenario.active(world.seconds - live_from), step)


def first_look(federation: DemoFederation, now: float, *, seed: int = 1, weather: str = "now") -> list[float]:
    """Each channel's value at `now` without the past, which the page shows until the backfill is done."""
    sky = Weather(seed, weather)
    world = World(federation, sky, now - FIRST_LOOK_S)
    move(world, scenario_at(sky, now), now, now)
    return [value(world, channel) for channel in channels(federation, seed)]
