"""The live demo: the world advances with the clock, and its devices publish over real MQTT."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simulators import past, world_file
from simulators.description import DemoDevice, DemoFederation
from simulators.devices import FORMS
from simulators.mqtt_device import BrokerEndpoint, DeviceConnection
from simulators.noise import salt
from simulators.sampling import DeviceSpeech, channels
from simulators.scenarios import Scenario
from simulators.weather import DAY_S, Weather
from simulators.world import World
from simulators.world_file import SavedWorld

log = logging.getLogger(__name__)

TICK_S = 0.5
SAVE_EVERY_S = 60.0
SAME_EVENING_S = 600.0
"""Longest break after which the scenario continues; after a longer one it starts again (s)."""
PAST_STANDS_STILL_S = 60.0
"""How long the simulator waits for a past without progress (s)."""
TOO_LONG_AWAY_S = 20 * DAY_S


@dataclass
class LiveDemo:
    """The world and its connections."""

    world: World
    scenario: Scenario
    live_from: float
    kept: SavedWorld | None  # None: another process still computes the history and writes the file
    speech: DeviceSpeech
    due: dict[str, float]


def run(
    broker: BrokerEndpoint,
    federation: DemoFederation,
    stop: threading.Event,
    *,
    data_dir: Path | None = None,
    clock: Callable[[], float] = time.time,
    weather: str = "now",
    every_s: float | None = None,
) -> None:
    """Runs until `stop`. Continues from the world saved in `data_dir`; waits for a backfill.
    `every_s` overrides the devices' intervals (for tests)."""
    if data_dir is not None:
        wait_for_past(data_dir, stop)
    if stop.is_set():
        return
    live = prepare(federation, clock(), data_dir, weather)
    links = _connect(federation, broker)
    saved = clock()
    try:
        while not stop.wait(TICK_S):
            now = clock()
            turn(live, federation, links, now, every_s)
            if data_dir is not None and now - saved >= SAVE_EVERY_S:
                saved = now
                keep(live, data_dir)
    finally:
        _disconnect(federation, links)
        if data_dir is not None:
            keep(live, data_dir)


def wait_for_past(data_dir: Path, stop: threading.Event, patience_s: float = PAST_STANDS_STILL_S) -> None:
    """Waits until the past is complete, or has made no progress for `patience_s`."""
    last_change: float | None = None
    deadline = time.monotonic() + patience_s
    while not stop.wait(0.2):
        kept = world_file.load(data_dir)
        if kept is not None and kept.past_done:
            return
        at = None if kept is None else kept.at
        if at != last_change:
            last_change, deadline = at, time.monotonic() + patience_s
        elif time.monotonic() > deadline:
            log.warning("no history was computed; going live without it")
            return


def prepare(
    federation: DemoFederation,
    now: float,
    data_dir: Path | None = None,
    weather: str = "now",
) -> LiveDemo:
    """Advances the saved world to `now`."""
    saved = world_file.load(data_dir) if data_dir is not None else None
    kept = saved if saved is not None and saved.past_done else None
    begin = kept
    if begin is None or not 0 <= now - begin.at < TOO_LONG_AWAY_S:
        begin = past.begin(federation, now, weather=weather, days=1)
    sky = Weather(begin.seed, weather)
    world = World.from_json(federation, sky, begin.world)
    live_from = begin.until if begin.live_from is None else begin.live_from
    if now - world.seconds > SAME_EVENING_S:
        live_from = now
    plan = past.scenario_at(sky, live_from)
    past.move(world, plan, live_from, now)
    speech = DeviceSpeech(world, channels(federation, begin.seed))
    return LiveDemo(world, plan, live_from, kept, speech, {})


def turn(
    live: LiveDemo,
    federation: DemoFederation,
    links: dict[str, DeviceConnection],
    now: float,
    every_s: float | None = None,
) -> None:
    """Advances the world to the clock, and publishes for the devices that are due."""
    wrong = live.scenario.active(now - live.live_from)
    live.world.advance(now, wrong)
    for room in federation.rooms:
        for device in room.devices:
            period = every_s or device.every_s
            at = live.due.get(device.id)
            if at is None:  # staggered, so that not all publish at once
                live.due[device.id] = now + salt(device.id) % 1000 / 1000 * min(period, 5.0)
                continue
            if now < at:
                continue
            live.due[device.id] = max(at + period, now)
            form = FORMS[device.form]
            messages = live.speech.of(device, wrong)
            if messages:
                for message in form.readings(device, messages, int(now * 1000)):
                    links[form.link(device)].say(message)


def _devices(federation: DemoFederation) -> dict[str, list[DemoDevice]]:
    """The devices by their shared connection."""
    devices_by_room: dict[str, list[DemoDevice]] = {}
    for room in federation.rooms:
        for device in room.devices:
            devices_by_room.setdefault(FORMS[device.form].link(device), []).append(device)
    return devices_by_room


def _connect(federation: DemoFederation, broker: BrokerEndpoint) -> dict[str, DeviceConnection]:
    links = {}
    for name, devices in _devices(federation).items():
        form = FORMS[devices[0].form]
        births = [message for device in devices for message in form.birth(device)]
        links[name] = DeviceConnection(name, broker, form.will(devices[0]), list(dict.fromkeys(births)))
        links[name].start()
    return links


def _disconnect(federation: DemoFederation, links: dict[str, DeviceConnection]) -> None:
    for name, devices in _devices(federation).items():
        form = FORMS[devices[0].form]
        links[name].end(dict.fromkeys(m for device in devices for m in form.farewell(device)))


def keep(live: LiveDemo, data_dir: Path) -> None:
    if live.kept is None:
        return
    live.kept.world = live.world.as_json()
    live.kept.live_from = live.live_from
    world_file.save(data_dir, live.kept)
