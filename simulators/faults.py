"""Faults, and their effect on a room's inputs or a probe's value. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from simulators import cold_room, sensors, shed


class FaultKind(StrEnum):
    DOOR_OPEN = "door_open"  # `size`: share of the door's full flow
    DOOR_AJAR = "door_ajar"  # as DOOR_OPEN, but the contact still reports closed
    COMPRESSOR_DEAD = "compressor_dead"
    THERMOSTAT_STUCK = "thermostat_stuck"  # never stops cooling
    HEATER_FAILED = "heater_failed"  # `size`: leak of the frozen door seal, 0..1
    FAN_FAILED = "fan_failed"  # a shed without fresh air
    MIST_ON = "mist_on"
    MIST_OFF = "mist_off"
    MAINS_CUT = "mains_cut"  # affects every room of the site
    PROBE_SILENT = "probe_silent"  # `device`
    PROBE_STUCK = "probe_stuck"
    PROBE_POWER_ON = "probe_power_on"  # a DS18B20 that reports 85.0


OF_PROBES = (FaultKind.PROBE_SILENT, FaultKind.PROBE_STUCK, FaultKind.PROBE_POWER_ON)


@dataclass(frozen=True, slots=True)
class SimulatedFault:
    kind: FaultKind
    room: str
    size: float = 1.0
    device: str = ""


def on_cold_room(
    inputs: cold_room.ColdRoomInputs, faults: Iterable[SimulatedFault]
) -> cold_room.ColdRoomInputs:
    for fault in faults:
        match fault.kind:
            case FaultKind.DOOR_OPEN | FaultKind.DOOR_AJAR:
                inputs = inputs._replace(door=max(inputs.door, fault.size), light_w=150.0)
            case FaultKind.COMPRESSOR_DEAD:
                inputs = inputs._replace(compressor_works=False)
            case FaultKind.THERMOSTAT_STUCK:
                inputs = inputs._replace(thermostat_stuck=True)
            case FaultKind.HEATER_FAILED:
                inputs = inputs._replace(heater_works=False, gap=fault.size)
            case FaultKind.MAINS_CUT:
                inputs = inputs._replace(mains=False, light_w=0.0)
            case _:
                pass
    return inputs


def on_shed(inputs: shed.ShedInputs, faults: Iterable[SimulatedFault]) -> shed.ShedInputs:
    for fault in faults:
        match fault.kind:
            case FaultKind.DOOR_OPEN | FaultKind.DOOR_AJAR:
                inputs = inputs._replace(door=max(inputs.door, fault.size))
            case FaultKind.HEATER_FAILED:
                inputs = inputs._replace(heater_works=False)
            case FaultKind.FAN_FAILED:
                inputs = inputs._replace(fan_works=False)
            case FaultKind.MIST_ON:
                inputs = inputs._replace(humidifier="on")
            case FaultKind.MIST_OFF:
                inputs = inputs._replace(humidifier="off")
            case FaultKind.MAINS_CUT:
                inputs = inputs._replace(mains=False)
            case _:
                pass
    return inputs


def on_probe(
    kind: str, metric: str, value: float, before: float | None, faults: Iterable[SimulatedFault]
) -> float:
    """The value that a probe of this kind reports under these faults; `before` is its last one."""
    for fault in faults:
        if fault.kind is FaultKind.PROBE_STUCK and before is not None:
            return before
        if fault.kind is FaultKind.PROBE_POWER_ON and kind == "DS18B20" and metric == "temperature":
            return sensors.POWER_ON
    return value


def silent(device: str, faults: Iterable[SimulatedFault]) -> bool:
    return any(fault.kind is FaultKind.PROBE_SILENT and fault.device in ("", device) for fault in faults)
