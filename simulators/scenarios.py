"""Scenarios: lists of faults, timed from the moment the demo goes live.

An event minutes before that moment (negative `after_s`) shows a rising curve when somebody opens the page;
one days before shows in the history.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from simulators.faults import FaultKind, SimulatedFault

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
WINTER_NIGHT = -13.0
"""°C outside below which a room can freeze by itself; above, a stuck thermostat cools it."""


@dataclass(frozen=True, slots=True)
class ScenarioEvent:
    """`fault` begins `after_s` and lasts `lasts_s`; it repeats every `again_s` unless that is 0."""

    after_s: float
    fault: SimulatedFault
    lasts_s: float
    again_s: float = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    events: tuple[ScenarioEvent, ...] = ()

    def active(self, elapsed_s: float) -> tuple[SimulatedFault, ...]:
        """The active faults `elapsed_s` after going live (negative: before)."""
        return tuple(event.fault for event in self.events if _is_on(event, elapsed_s))


def _is_on(event: ScenarioEvent, elapsed_s: float) -> bool:
    since = elapsed_s - event.after_s
    if since < 0:
        return False
    return (since % event.again_s if event.again_s else since) < event.lasts_s


def demo(outside: float) -> Scenario:
    """Within five minutes one room gets too warm and one too cold; more follow slowly. `outside` is °C."""
    # towards a heated hall of 15 °C the whole door; in July a share that still warms the room gradually
    difference = max(12.0, 0.6 * outside + 5.0)
    share = (12.0 / difference) ** 1.5
    warm = ScenarioEvent(
        -1.5 * MINUTE_S, SimulatedFault(FaultKind.DOOR_OPEN, "1号库", share), 15 * MINUTE_S, 4 * HOUR_S
    )
    if outside < WINTER_NIGHT:
        cold = ScenarioEvent(
            -5 * MINUTE_S, SimulatedFault(FaultKind.HEATER_FAILED, "3号库", 0.8), 35 * MINUTE_S, 5 * HOUR_S
        )
    else:
        cold = ScenarioEvent(
            -2.5 * MINUTE_S, SimulatedFault(FaultKind.THERMOSTAT_STUCK, "3号库"), 14 * MINUTE_S, 5 * HOUR_S
        )
    return Scenario((warm, cold, *_later(), *_long_ago()))


def _later() -> Iterable[ScenarioEvent]:
    yield ScenarioEvent(
        40 * MINUTE_S, SimulatedFault(FaultKind.FAN_FAILED, "5号棚"), 50 * MINUTE_S, 7 * HOUR_S
    )
    yield ScenarioEvent(
        75 * MINUTE_S,
        SimulatedFault(FaultKind.PROBE_SILENT, "4号棚", device="4号棚/门边"),
        45 * MINUTE_S,
        9 * HOUR_S,
    )
    yield ScenarioEvent(
        110 * MINUTE_S,
        SimulatedFault(FaultKind.PROBE_POWER_ON, "6号库", device="kufang6"),
        2 * MINUTE_S,
        6 * HOUR_S,
    )
    yield ScenarioEvent(
        150 * MINUTE_S, SimulatedFault(FaultKind.COMPRESSOR_DEAD, "1号库"), 45 * MINUTE_S, 11 * HOUR_S
    )


def _long_ago() -> Iterable[ScenarioEvent]:
    yield ScenarioEvent(-5 * DAY_S, SimulatedFault(FaultKind.FAN_FAILED, "1号棚"), 100 * MINUTE_S)
    yield ScenarioEvent(-9 * DAY_S, SimulatedFault(FaultKind.COMPRESSOR_DEAD, "1号库"), 5 * HOUR_S)
    yield ScenarioEvent(-16 * DAY_S, SimulatedFault(FaultKind.MIST_OFF, "3号棚"), 8 * HOUR_S)
    yield ScenarioEvent(-22 * DAY_S, SimulatedFault(FaultKind.DOOR_AJAR, "2号库", 0.05), 3 * HOUR_S)


QUIET = Scenario()
