import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.faults import FaultKind, SimulatedFault
from simulators.federation import DEMO
from simulators.scenarios import QUIET, WINTER_NIGHT, Scenario, ScenarioEvent, demo

FAULT = SimulatedFault(FaultKind.DOOR_OPEN, "1号库")


@given(st.floats(-1e6, 1e6), st.floats(1, 1e5), st.floats(-1e6, 1e6))
def test_an_event_that_comes_once_is_on_for_as_long_as_it_lasts(
    after: float, lasts: float, elapsed: float
) -> None:
    active = Scenario((ScenarioEvent(after, FAULT, lasts),)).active(elapsed)
    assert bool(active) is (0 <= elapsed - after < lasts)


@pytest.mark.parametrize(
    ("elapsed_s", "is_on"),
    [(-1, False), (0, True), (9, True), (10, False), (59, False), (60, True), (69, True), (70, False)],
)
def test_an_event_that_comes_again_rests_between(elapsed_s: float, is_on: bool) -> None:
    assert bool(Scenario((ScenarioEvent(0, FAULT, 10, 60),)).active(elapsed_s)) is is_on


@pytest.mark.parametrize("outside", [-25.0, WINTER_NIGHT - 0.1, WINTER_NIGHT, 0.0, 15.0, 40.0])
def test_in_any_weather_the_demo_has_a_room_that_warms_and_one_that_cools(outside: float) -> None:
    active = {fault.room: fault for fault in demo(outside).active(60)}
    assert set(active) == {"1号库", "3号库"}
    assert 0 < active["1号库"].size <= 1
    heater = active["3号库"].kind is FaultKind.HEATER_FAILED
    assert heater is (outside < WINTER_NIGHT)


@given(st.floats(-30, 45), st.floats(-30, 45))
def test_the_hotter_it_is_outside_the_less_the_door_opens(cold: float, hot: float) -> None:
    cold, hot = sorted((cold, hot))
    assert demo(hot).events[0].fault.size <= demo(cold).events[0].fault.size


def test_every_event_is_about_a_room_and_device_of_the_demo() -> None:
    rooms = {room.name: {device.id for device in room.devices} for room in DEMO.rooms}
    for event in demo(0.0).events:
        assert event.fault.room in rooms
        assert event.fault.device in ("", *rooms[event.fault.room])


def test_on_a_quiet_day_nothing_is_wrong() -> None:
    assert QUIET.active(0) == ()
