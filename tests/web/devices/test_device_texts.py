"""What is said of devices, each text alone."""

import json
from functools import partial

import pytest

from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.devices.device_events import DeviceEvent
from tests.web.builders import EN, NOW, ZH, ZONE
from web.base.clock_offset_text import offset_text, too_late_text
from web.devices.device_list_view import (
    TOUCHES,
    battery_text,
    due_text,
    interval_text,
    probe_key,
    probe_of_key,
    touch_text,
)
from web.devices.device_view import signed_offset

DAY = partial(ZH.day, zone=ZONE)


@pytest.mark.parametrize("position", ["", "门/1", 'a"b', "]", "探头 1"])
def test_a_probe_is_found_again_by_its_key_whatever_it_is_called(position: str) -> None:
    assert probe_of_key(probe_key("3号库-门", position)) == ("3号库-门", position)


@pytest.mark.parametrize("key", ["", "door", "[1, 2]", '["a"]', '["a", "b", "c"]', '{"a": "b"}', "[" * 40])
def test_a_key_that_somebody_made_up_is_no_probe(key: str) -> None:
    assert probe_of_key(key) is None


def test_a_key_is_json_so_that_a_page_can_carry_it() -> None:
    assert json.loads(probe_key("a", "b")) == ["a", "b"]


@pytest.mark.parametrize("what", TOUCHES)
def test_every_touch_is_told_with_who_and_when(what: str) -> None:
    text = touch_text(DeviceEvent(NOW, what, 7), ZH, {7: "任师傅"}, DAY)
    assert text.startswith("任师傅")
    assert text.endswith("1月14日")


def test_a_touch_of_somebody_unknown_is_not_told() -> None:
    assert touch_text(DeviceEvent(NOW, "placed", 8), ZH, {7: "任师傅"}, DAY) == ""
    assert touch_text(None, ZH, {7: "任师傅"}, DAY) == ""


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (None, ""),
        (10_000, "通常不到1分钟一次"),
        (MINUTE_MS, "通常1分钟一次"),
        (10 * MINUTE_MS - 2_000, "通常10分钟一次"),
        (2 * HOUR_MS, "通常2小时一次"),
    ],
)
def test_an_interval_is_told_in_round_minutes(interval: int | None, text: str) -> None:
    assert interval_text(ZH, interval) == text


def test_what_is_only_on_or_off_is_told_in_words() -> None:
    assert [ZH.measured("door", value) for value in (0.0, 1.0)] == ["门关着", "门开着"]
    assert [EN.measured("power", value) for value in (0.0, 1.0)] != ["0", "1"]
    assert ZH.measured("temperature", -0.3) == "零下0.3度"


def test_an_unknown_battery_is_not_told_as_empty() -> None:
    assert battery_text(ZH, None) == ""
    assert battery_text(ZH, 0.0) == "电池0%"


def test_a_calibration_is_due_only_shortly_before_and_after() -> None:
    assert due_text(ZH, None, NOW, DAY) == ""
    assert due_text(ZH, NOW + 300 * DAY_MS, NOW, DAY) == ""
    assert due_text(ZH, NOW - DAY_MS, NOW, DAY) == "校验过期了：1月13日"


@pytest.mark.parametrize(
    ("offset", "decimals", "text"),
    [(0.3, 1, "+0.30"), (-0.25, 1, "−0.25"), (0.0, 1, "+0.00"), (-3.0, 0, "−3"), (-0.001, 1, "+0.00")],
)
def test_an_offset_always_has_its_sign(offset: float, decimals: int, text: str) -> None:
    assert signed_offset(ZH, offset, decimals) == text


def test_a_clock_that_is_off_says_by_how_much_and_to_which_side() -> None:
    assert offset_text(8 * HOUR_MS, ZH) == "时钟差8小时（慢），数已按对的时间记"
    assert offset_text(-8 * HOUR_MS, ZH) == "时钟差8小时（快），数已按对的时间记"


def test_readings_that_are_too_late_have_a_cause() -> None:
    assert too_late_text(5 * HOUR_MS, ZH) == "数晚了5小时才到，不算现在的：查它的时钟和网"
    assert "5h late" in too_late_text(5 * HOUR_MS, EN)
