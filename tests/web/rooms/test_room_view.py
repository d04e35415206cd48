from typing import Any

from core.readings.readings import Flag
from core.times import HOUR_MS
from tests.web.builders import EN, NOW, ZH, probe
from web.rooms.room_view import probe_tiles


def test_a_probe_stands_once_with_all_that_it_measures_temperature_first() -> None:
    tiles = probe_tiles([probe(91, metric="humidity"), probe(3.4)], ZH, NOW)
    assert [(tile.spot, tile.shown, tile.beside) for tile in tiles] == [("门边", "3.4度", "湿91")]


def test_probes_go_from_the_door_to_the_back_and_outside_comes_last() -> None:
    tiles = probe_tiles([probe(spot=spot) for spot in ("outside", "pile", "back", "door")], ZH, NOW)
    assert [tile.spot for tile in tiles] == ["门边", "最里", "堆里", "库外"]


def test_battery_and_signal_are_no_business_of_the_room() -> None:
    assert probe_tiles([probe(80, metric="battery")], ZH, NOW) == []


def test_a_silent_probe_says_how_long_it_is_silent() -> None:
    (tile,) = probe_tiles([probe(at=NOW - 3 * HOUR_MS, fresh=False)], EN, NOW)
    assert not tile.fresh
    assert "3" in tile.age


def test_a_doubted_probe_that_speaks_is_not_called_silent() -> None:
    doubted: dict[str, Any] = {"doubtful": True, "fresh": False, "flags": Flag.STUCK}
    (speaking,) = probe_tiles([probe(**doubted)], ZH, NOW)
    assert (speaking.age, speaking.doubt) == ("1分钟前", "数不准：一直不动")
    (silent,) = probe_tiles([probe(at=NOW - 3 * HOUR_MS, **doubted)], ZH, NOW)
    assert silent.age == "3小时没数"


def test_a_value_ahead_of_our_clock_has_no_negative_age() -> None:
    (tile,) = probe_tiles([probe(at=NOW + 90_000)], ZH, NOW)
    assert tile.age == "刚刚"
