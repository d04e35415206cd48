"""The values of every probe of a federation, the same for the backfilled past and the live present."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulators import faults
from simulators.description import DemoDevice, DemoFederation, DemoProbe, DemoRoom
from simulators.devices.contract import ProbeValue
from simulators.faults import SimulatedFault
from simulators.sensors import SimulatedProbe
from simulators.world import Truth, World, truth


class ProbeChannel(NamedTuple):
    """One metric of one probe, which becomes a series."""

    room: DemoRoom
    device: DemoDevice
    probe: DemoProbe
    metric: str
    true: Truth
    gauge: SimulatedProbe


def channels(federation: DemoFederation, seed: int) -> list[ProbeChannel]:
    return list(_channels(federation, seed))


def _channels(federation: DemoFederation, seed: int) -> Iterator[ProbeChannel]:
    for room in federation.rooms:
        for device in room.devices:
            for probe in device.probes:
                for metric in probe.metrics:
                    gauge = SimulatedProbe(seed, device.id, probe.position, probe.kind, metric)
                    yield ProbeChannel(room, device, probe, metric, truth(room, probe, metric), gauge)


def value(world: World, channel: ProbeChannel) -> float:
    """The probe's value now, without faults."""
    return channel.gauge.say(channel.true(world), int(world.seconds))


class DeviceSpeech:
    """The values of a device's probes, with their faults. Remembers each last value, for stuck probes."""

    def __init__(self, world: World, probe_channels: Sequence[ProbeChannel]) -> None:
        self._world = world
        self._before: dict[tuple[str, str, str], float] = {}
        self._channels: dict[str, list[ProbeChannel]] = {}
        for channel in probe_channels:
            self._channels.setdefault(channel.device.id, []).append(channel)

    def of(self, device: DemoDevice, wrong: Sequence[SimulatedFault]) -> list[ProbeValue]:
        """The device's values; empty if it is silent."""
        probe_channels = self._channels[device.id]
        here = [f for f in wrong if f.kind in faults.OF_PROBES and f.room == probe_channels[0].room.name]
        here = [f for f in here if f.device in ("", device.id)]
        if faults.silent(device.id, here):
            return []
        values = []
        for channel in probe_channels:
            key = (device.id, channel.probe.position, channel.metric)
            measured = value(self._world, channel)
            if here:
                measured = faults.on_probe(
                    channel.probe.kind, channel.metric, measured, self._before.get(key), here
                )
            self._before[key] = measured
            values.append(ProbeValue(channel.probe, channel.metric, measured))
        return values
