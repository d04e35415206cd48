"""The buttons below a curve come from the table of metrics."""

from dataclasses import replace

import pytest

from core.metrics import ON_BOARD
from core.rooms.places import RoomKind
from tests.web.builders import EN, NOW, ROOM, ZH, entry, probe
from tests.web.scene import Scene
from tests.web.visits import context_of_scene
from web.devices.device_view import device_view
from web.readings.chart_buttons import chart_buttons
from web.rooms.room_view import _drawn


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_every_metric_with_a_curve_has_a_button_with_a_word(words: object) -> None:
    buttons = chart_buttons(ON_BOARD, words)  # type: ignore[arg-type]
    assert [button.metric for button in buttons] == list(ON_BOARD)
    assert all(button.word for button in buttons)
    assert all(button.word.isascii() or button.word == "CO₂" for button in chart_buttons(ON_BOARD, EN))


def test_a_narrow_button_has_a_shorter_word_than_a_sentence() -> None:
    assert chart_buttons(["temperature"], EN)[0].word == "Temp"
    assert EN.metric("temperature") != "Temp"


def test_a_cold_room_offers_what_it_measures_and_a_shed_everything() -> None:
    assert _drawn(entry()) == ["temperature", "humidity"]
    assert _drawn(entry(probes=(probe(900, metric="co2"),))) == ["temperature", "humidity", "co2"]
    assert _drawn(entry(probes=(probe(80, metric="battery"),))) == ["temperature", "humidity"]
    shed = replace(ROOM, kind=RoomKind.MUSHROOM_SHED)
    assert _drawn(entry(room=shed)) == list(ON_BOARD)


def test_a_device_without_a_thermometer_opens_with_what_it_measures(scene: Scene) -> None:
    scene.say("damp", NOW, humidity=90)
    shown = device_view(context_of_scene(scene), ZH, "damp", NOW)
    assert shown is not None
    assert [button.metric for button in shown.curves] == ["humidity"]
