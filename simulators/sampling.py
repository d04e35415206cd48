"""Every probe of a federation with what it says: the same for the backfilled past and the live present."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulators import faults
from simulators.description import Device, Federation, Probe, Room
from simulators.devices.contract import Said
from simulators.faults import Fault
from simulators.sensors import Gauge
from simulators.world import Truth, World, truth


class Channel(NamedTuple):
    """One metric of one probe: a series to be."""

    room: Room
    device: Device
    probe: Probe
    metric: str
    true: Truth
    gauge: Gauge


def channels(federation: Federation, seed: int) -> list[Channel]:
    return list(_channels(federation, seed))


def _channels(federation: Federation, seed: int) -> Iterator[Channel]:
    for room in federation.rooms:
        for device in room.devices:
            for probe in device.probes:
                for metric in probe.metrics:
                    gauge = Gauge(seed, device.id, probe.position, probe.kind, metric)
                    yield Channel(room, device, probe, metric, truth(room, probe, metric), gauge)


def value(world: World, channel: Channel) -> float:
    """What this probe says now if nothing is wrong with it."""
    return channel.gauge.say(channel.true(world), int(world.seconds))


class Speech:
    """What the probes of a device say, faults of probes included. Remembers each last value (to be stuck)."""

    def __init__(self, world: World, known: Sequence[Channel]) -> None:
        self._world = world
        self._before: dict[tuple[str, str, str], float] = {}
        self._channels: dict[str, list[Channel]] = {}
        for channel in known:
            self._channels.setdefault(channel.device.id, []).append(channel)

    def of(self, device: Device, wrong: Sequence[Fault]) -> list[Said]:
        """Nothing where the device is silent."""
        mine = self._channels[device.id]
        here = [f for f in wrong if f.kind in faults.OF_PROBES and f.room == mine[0].room.name]
        here = [f for f in here if f.device in ("", device.id)]
        if faults.silent(device.id, here):
            return []
        said = []
        for channel in mine:
            key = (device.id, channel.probe.position, channel.metric)
            told = value(self._world, channel)
            if here:
                told = faults.on_probe(channel.probe.kind, channel.metric, told, self._before.get(key), here)
            self._before[key] = told
            said.append(Said(channel.probe, channel.metric, told))
        return said
