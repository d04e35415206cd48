"""The invented past: whole, on its grid, and the same however often it was interrupted."""

from dataclasses import replace
from pathlib import Path

from simulators import past, world_file
from simulators.federation import DEMO
from simulators.past import PastDay
from simulators.sampling import channels
from simulators.world_file import SavedWorld

NOW = 1_795_468_812.3
SMALL = replace(DEMO, rooms=tuple(DEMO.room(name) for name in ("1号库", "8号棚")))


def _days(kept: SavedWorld) -> list[PastDay]:
    days = []
    while not kept.past_done:
        days.append(past.next_day(SMALL, kept))
        kept = days[-1].after
    return days


def test_every_probe_speaks_every_five_minutes_from_a_full_hour_to_now() -> None:
    days = _days(past.begin(SMALL, NOW, days=2))
    for index, channel in enumerate(channels(SMALL, 1)):
        times = [at for day in days for at in day.times[index]]
        step = 3600 if channel.metric == "battery" else 300
        assert times == list(range(times[0], times[-1] + 1, step))
        assert NOW - times[-1] < step
        assert len(times) == sum(len(day.values[index]) for day in days)


def test_an_interrupted_past_goes_on_to_the_same_end(tmp_path: Path) -> None:
    straight = _days(past.begin(SMALL, NOW, days=2))
    world_file.save(tmp_path, past.begin(SMALL, NOW, days=2))
    days = []
    while True:
        kept = world_file.load(tmp_path)  # as after a kill: nothing but the file is left
        assert kept is not None
        if kept.past_done:
            break
        past.next_day(SMALL, kept)  # this one was killed before it was kept
        days.append(past.next_day(SMALL, kept))
        world_file.save(tmp_path, days[-1].after)
    assert [day.values for day in days] == [day.values for day in straight]


def test_a_file_that_cannot_be_read_is_no_memory(tmp_path: Path) -> None:
    assert world_file.load(tmp_path) is None
    for text in ("", "[]", '{"seed": 1}', '{"seed":1,"weather":"now","start":0,"until":0,"world":{}}'):
        (tmp_path / world_file.FILE).write_text(text)
        assert world_file.load(tmp_path) is None


def test_the_first_look_agrees_with_the_past_within_two_kelvin() -> None:
    days = _days(past.begin(SMALL, NOW, days=3))
    look = past.first_look(SMALL, NOW)
    for index, channel in enumerate(channels(SMALL, 1)):
        if channel.metric == "temperature":
            assert abs(look[index] - days[-1].values[index][-1]) < 2.5, channel
