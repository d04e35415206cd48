"""Whose message it is, by its topic, and how many devices one sender may make."""

from core.devices.credentials import rights
from core.devices.login_shares import (
    LoginFinder,
    LoginUse,
    devices_at_most,
    is_area,
    near_share,
    series_at_most,
)

LOGINS = LoginFinder(
    {
        "zigbee2mqtt": rights("zigbee2mqtt", "zigbee2mqtt"),
        "z2m-north": rights("other", "z2m-north", "-", ["zigbee2mqtt/north/#"]),
        "board-1": rights("coldshed", "board-1"),
        "guchi": rights("village", "guchi"),
        "lora": rights("chirpstack", "lora"),
        "plug-1": rights("shelly", "plug-1"),
        "plug-2": rights("shelly", "plug-2"),
    }
)


def test_the_login_that_may_publish_it_sent_it() -> None:
    assert LOGINS.sender_of("zigbee2mqtt/door") == "zigbee2mqtt"
    assert LOGINS.sender_of("coldshed/v1/board-1/readings") == "board-1"
    assert LOGINS.sender_of("village/guchi/zigbee2mqtt/door") == "guchi"
    assert LOGINS.sender_of("application/7/device/a1/event/up") == "lora"


def test_the_most_exact_right_counts() -> None:
    assert LOGINS.sender_of("zigbee2mqtt/north/door") == "z2m-north"


def test_what_several_may_publish_and_what_nobody_may_is_counted_by_area() -> None:
    assert LOGINS.sender_of("shelly-blu/events/ab") == "shelly-blu/#"
    assert LOGINS.sender_of("tele/plug/SENSOR") == "tele/#"
    assert LOGINS.sender_of("village/other/tele/plug/SENSOR") == "village/other/#"
    assert LoginFinder().sender_of("zigbee2mqtt/door") == "zigbee2mqtt/#"


def test_a_right_to_read_is_no_right_to_send() -> None:
    finder = LoginFinder({"sonoff": rights("tasmota", "sonoff")})
    assert finder.sender_of("cmnd/sonoff/power") == "cmnd/#"


def test_no_single_sender_may_take_the_room_of_all() -> None:
    assert not is_area("zigbee2mqtt")
    assert (devices_at_most("zigbee2mqtt"), devices_at_most("zigbee2mqtt/#")) == (5_000, 10_000)
    assert (series_at_most("zigbee2mqtt"), series_at_most("zigbee2mqtt/#")) == (25_000, 50_000)


def test_nine_tenths_of_either_are_said() -> None:
    assert near_share("gw", LoginUse(4_499, 22_499)) == ""
    assert near_share("gw", LoginUse(4_500, 9_000)) == "4500/5000"
    assert near_share("gw", LoginUse(4_500, 25_000)) == "25000/25000"
    assert near_share("gw/#", LoginUse(9_000)) == "9000/10000"
    assert near_share("", LoginUse(19_000)) == "", "made by an earlier version; the total is judged"
