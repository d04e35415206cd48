from core.devices.signal_quality import SignalQuality
from core.devices.silence_causes import LikelyCause, likely_causes, minutes_left, silent_gateways
from core.times import DAY_MS

NOW = 1_768_320_000_000


def test_what_explains_the_silence_is_brought_and_else_a_spare() -> None:
    assert likely_causes(12, SignalQuality.GOOD, gateway_silent=False) == [LikelyCause.BATTERY]
    assert likely_causes(12, SignalQuality.POOR, gateway_silent=False) == [
        LikelyCause.BATTERY,
        LikelyCause.RADIO,
    ]
    assert likely_causes(90, SignalQuality.POOR, gateway_silent=False) == [LikelyCause.RADIO]
    assert likely_causes(90, SignalQuality.GOOD, gateway_silent=False) == [
        LikelyCause.SPARE,
        LikelyCause.BATTERY,
    ]
    assert likely_causes(None, None, gateway_silent=False) == [LikelyCause.SPARE, LikelyCause.BATTERY]


def test_behind_a_silent_gateway_nothing_is_brought_to_the_probe() -> None:
    assert likely_causes(5, SignalQuality.POOR, gateway_silent=True) == [LikelyCause.GATEWAY]


def test_a_gateway_is_silent_when_all_of_several_behind_it_are() -> None:
    gateways = [("a", True), ("a", True), ("b", True), ("b", False), ("c", True), ("", True), ("", True)]
    assert silent_gateways(gateways) == {"a"}


def test_a_battery_that_falls_says_when_it_is_empty() -> None:
    falling = {NOW - day * DAY_MS: 40.0 + day for day in range(31)}
    left = minutes_left(falling, NOW)
    assert left is not None
    assert abs(left / 1440 - 30) < 0.1


def test_a_battery_that_does_not_fall_or_is_new_says_nothing() -> None:
    assert minutes_left({NOW - day * DAY_MS: 90.0 for day in range(31)}, NOW) is None
    assert minutes_left({NOW - day * DAY_MS: 40.0 + day for day in range(10)}, NOW) is None
    assert minutes_left({NOW - day * DAY_MS: 80.0 - day for day in range(31)}, NOW) is None
    assert minutes_left({}, NOW) is None


def test_an_empty_battery_lasts_no_more() -> None:
    assert minutes_left({NOW - day * DAY_MS: 5.0 + day / 2 for day in range(31)}, NOW) == 0
