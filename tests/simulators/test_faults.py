"""What a fault does to a room's inputs, and that it touches nothing else."""

import pytest

from simulators import sensors
from simulators.cold_room import ColdRoomInputs
from simulators.faults import OF_PROBES, FaultKind, SimulatedFault, on_cold_room, on_probe, on_shed, silent
from simulators.shed import ShedInputs

COLD_ROOM = ColdRoomInputs(20.0, 1200.0, 15.0, 900.0)
SHED = ShedInputs(20.0, 1200.0)


def changed(kind: FaultKind, size: float = 1.0) -> tuple[set[str], set[str]]:
    """The inputs of a cold room and of a shed that a fault changes."""
    fault = [SimulatedFault(kind, "1号库", size)]
    cold_room, shed = on_cold_room(COLD_ROOM, fault), on_shed(SHED, fault)
    return (
        {name for name in COLD_ROOM._fields if getattr(COLD_ROOM, name) != getattr(cold_room, name)},
        {name for name in SHED._fields if getattr(SHED, name) != getattr(shed, name)},
    )


@pytest.mark.parametrize(
    ("kind", "cold", "shed"),
    [
        (FaultKind.DOOR_OPEN, {"door", "light_w"}, {"door"}),
        (FaultKind.DOOR_AJAR, {"door", "light_w"}, {"door"}),
        (FaultKind.COMPRESSOR_DEAD, {"compressor_works"}, set()),
        (FaultKind.THERMOSTAT_STUCK, {"thermostat_stuck"}, set()),
        (FaultKind.HEATER_FAILED, {"heater_works", "gap"}, {"heater_works"}),
        (FaultKind.FAN_FAILED, set(), {"fan_works"}),
        (FaultKind.MIST_ON, set(), {"humidifier"}),
        (FaultKind.MIST_OFF, set(), {"humidifier"}),
        (FaultKind.MAINS_CUT, {"mains"}, {"mains"}),
        *((kind, set(), set()) for kind in OF_PROBES),
    ],
)
def test_a_fault_changes_what_it_is_about_and_nothing_else(
    kind: FaultKind, cold: set[str], shed: set[str]
) -> None:
    assert changed(kind) == (cold, shed)


def test_a_door_that_is_wider_open_already_is_not_closed_by_a_fault() -> None:
    inputs = COLD_ROOM._replace(door=0.8)
    assert on_cold_room(inputs, [SimulatedFault(FaultKind.DOOR_AJAR, "a", 0.05)]).door == 0.8


def test_without_mains_there_is_no_light_even_behind_an_open_door() -> None:
    faults = [SimulatedFault(FaultKind.DOOR_OPEN, "a"), SimulatedFault(FaultKind.MAINS_CUT, "a")]
    assert on_cold_room(COLD_ROOM, faults).light_w == 0


STUCK, POWER_ON = SimulatedFault(FaultKind.PROBE_STUCK, "a"), SimulatedFault(FaultKind.PROBE_POWER_ON, "a")


@pytest.mark.parametrize(
    ("kind", "metric", "before", "fault", "expected"),
    [
        ("SHT3X", "temperature", 3.0, STUCK, 3.0),
        ("SHT3X", "temperature", None, STUCK, 4.0),
        ("DS18B20", "temperature", 3.0, POWER_ON, sensors.POWER_ON),
        ("SHT3X", "temperature", 3.0, POWER_ON, 4.0),
        ("SHT3X", "humidity", 3.0, POWER_ON, 4.0),
    ],
)
def test_a_probes_fault_is_of_its_kind(
    kind: str, metric: str, before: float | None, fault: SimulatedFault, expected: float
) -> None:
    assert on_probe(kind, metric, 4.0, before, [fault]) == expected


@pytest.mark.parametrize(("device", "is_silent"), [("", True), ("a", True), ("b", False)])
def test_a_silent_fault_is_of_one_device_or_of_all(device: str, is_silent: bool) -> None:
    fault = SimulatedFault(FaultKind.PROBE_SILENT, "room", device=device)
    assert silent("a", [fault]) is is_silent
    assert not silent("a", [SimulatedFault(FaultKind.PROBE_STUCK, "room", device=device)])
