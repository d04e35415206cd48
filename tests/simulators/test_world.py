"""The whole federation moved through time: the same again, across interruptions."""

import json
from dataclasses import replace

import pytest

from simulators import cold_room, past, scenarios, world
from simulators.description import DemoFederation
from simulators.faults import FaultKind, SimulatedFault
from simulators.federation import DEMO
from simulators.sampling import DeviceSpeech, channels, value
from simulators.scenarios import Scenario, ScenarioEvent
from simulators.weather import Weather
from simulators.world import World

NOW = 1_795_468_800.0  # 2026-11-23 21:20 UTC, an early morning in Fenyang
SMALL = replace(DEMO, rooms=tuple(DEMO.room(name) for name in ("1号库", "3号库", "5号棚")))


def _values(of: World, federation: DemoFederation = SMALL) -> list[float]:
    return [value(of, channel) for channel in channels(federation, 1)]


def test_a_world_kept_as_json_goes_on_exactly_as_one_that_never_stopped() -> None:
    through = World(SMALL, Weather(), NOW)
    through.advance(NOW + 7200)
    first = World(SMALL, Weather(), NOW)
    first.advance(NOW + 3600)
    second = World.from_json(SMALL, Weather(), json.loads(json.dumps(first.as_json())))
    second.advance(NOW + 7200)
    assert second.states == through.states
    assert _values(second) == _values(through)


def test_a_room_that_is_new_begins_at_rest_beside_those_that_were_kept() -> None:
    first = World(SMALL, Weather(), NOW)
    second = World.from_json(DEMO, Weather(), first.as_json())
    assert set(second.states) == {room.name for room in DEMO.rooms}


def test_doors_open_in_working_hours_only_and_as_often_as_described() -> None:
    room = DEMO.room("1号库")
    day = int(NOW // 86_400)
    openings = [opening for more in range(50) for opening in world.openings(1, room, day + more)]
    assert len(openings) / 50 == pytest.approx(room.openings_per_day, rel=0.1)
    for start, end in openings:
        assert 6 <= (start / 3600 + 8) % 24 <= 19
        assert end - start <= 2 * room.opening_s


def test_a_fault_touches_its_room_only() -> None:
    wrong = (SimulatedFault(FaultKind.DOOR_OPEN, "1号库", 1.0),)
    calm, bad = World(SMALL, Weather(), NOW), World(SMALL, Weather(), NOW)
    calm.advance(NOW + 600)
    bad.advance(NOW + 600, wrong)
    assert bad.states["1号库"].air > calm.states["1号库"].air + 2
    assert bad.states["3号库"] == calm.states["3号库"]
    assert "1号库" in bad.open_doors


def test_a_mains_cut_stops_every_room_of_its_site_and_none_of_another() -> None:
    dark = World(SMALL, Weather(), NOW)
    dark.advance(NOW + 60, (SimulatedFault(FaultKind.MAINS_CUT, "1号库"),))
    assert dark.mains == {"1号库": False, "3号库": False, "5号棚": True}


def test_probe_faults_silence_freeze_or_reset_what_a_device_says() -> None:
    here = World(SMALL, Weather(), NOW)
    speech = DeviceSpeech(here, channels(SMALL, 1))
    device = next(d for d in DEMO.room("1号库").devices if d.form == "tasmota")
    before = speech.of(device, ())
    assert speech.of(device, (SimulatedFault(FaultKind.PROBE_SILENT, "1号库", device=device.id),)) == []
    assert speech.of(device, (SimulatedFault(FaultKind.PROBE_SILENT, "1号库", device="another"),)) != []
    reset = speech.of(device, (SimulatedFault(FaultKind.PROBE_POWER_ON, "1号库", device=device.id),))
    assert {probe_value.value for probe_value in reset} == {85.0}
    here.advance(NOW + 600, (SimulatedFault(FaultKind.DOOR_OPEN, "1号库", 1.0),))
    stuck = speech.of(device, (SimulatedFault(FaultKind.PROBE_STUCK, "1号库", device=device.id),))
    assert [probe_value.value for probe_value in stuck] == [85.0, 85.0]
    assert [probe_value.value for probe_value in before] != [
        probe_value.value for probe_value in speech.of(device, ())
    ]


def test_an_event_lasts_as_long_as_it_says_and_comes_again() -> None:
    plan = Scenario((ScenarioEvent(-60, SimulatedFault(FaultKind.DOOR_OPEN, "1号库"), 120, 1000),))
    on = [at for at in range(-100, 2100, 20) if plan.active(at)]
    assert on == [*range(-60, 60, 20), *range(940, 1060, 20), *range(1940, 2060, 20)]


def _goods(here: World, room: str) -> float:
    state = here.states[room]
    assert isinstance(state, cold_room.ColdRoomState)
    return state.product


@pytest.mark.parametrize("weather", ["now", "january", "july"])
def test_within_five_minutes_of_going_live_one_room_is_too_warm_and_one_too_cold(weather: str) -> None:
    sky = Weather(1, weather)
    here = World(SMALL, sky, NOW - 6 * 3600)
    plan = past.scenario_at(sky, NOW)
    past.move(here, plan, NOW, NOW)
    for name, safe in (("1号库", (0.0, 5.0)), ("3号库", (2.5, 7.0))):
        assert safe[0] < here.states[name].air < safe[1], "nothing yet at the first look"
    goods = {name: _goods(here, name) for name in ("1号库", "3号库")}
    steps = []
    for _ in range(8):
        before = here.states["1号库"].air
        past.move(here, plan, NOW, here.seconds + 30)
        steps.append(here.states["1号库"].air - before)
    assert here.states["1号库"].air > 5.0, "4 minutes: safe limit passed, and a minute for its delay"
    assert max(steps) < 2.0, "gradually"
    cold = here.states["3号库"]
    assert isinstance(cold, cold_room.ColdRoomState)
    assert min(cold.air, cold.door_spot, cold.back_spot) < 2.5
    for name, product in goods.items():
        assert abs(_goods(here, name) - product) < 0.1, "the goods hardly notice"


@pytest.mark.parametrize("weather", ["now", "january", "july"])
def test_both_rooms_recover_within_the_hour(weather: str) -> None:
    sky = Weather(1, weather)
    here = World(SMALL, sky, NOW - 6 * 3600)
    plan = past.scenario_at(sky, NOW)
    past.move(here, plan, NOW, NOW + 3600)
    assert 0.0 < here.states["1号库"].air < 4.5
    assert 3.0 < here.states["3号库"].air < 6.5


def test_nothing_of_the_demo_repeats_so_often_that_a_room_never_rests() -> None:
    for event in scenarios.demo(0.0).events:
        assert event.again_s == 0 or event.again_s > 4 * event.lasts_s
