"""One of twenty probes is in a hand: it must be found, and none of the others."""

import math
import random
from collections.abc import Callable

import pytest

from core.devices.hand_warming import warming_k
from core.devices.signal_quality import SignalQuality, signal_quality
from core.times import MINUTE_MS

NOW = 1_768_320_000_000
Course = Callable[[float], float]
"""Seconds before (negative) or since now -> °C."""


def points(
    course: Course, every_s: float = 10, noise: float = 0.06, seed: int = 1
) -> list[tuple[int, float]]:
    dice = random.Random(seed)
    count = int(900 / every_s)
    return [
        (NOW - round(n * every_s * 1000), course(-n * every_s) + dice.gauss(0, noise))
        for n in range(count, -1, -1)
    ]


def in_hand(start: float, since_s: float, tau_s: float = 80, hand: float = 31.0) -> Course:
    def course(at: float) -> float:
        held = at + since_s
        return start if held < 0 else hand + (start - hand) * math.exp(-held / tau_s)

    return course


def saw(mean: float, width: float = 0.8, period_s: float = 600) -> Course:
    """A compressor that goes on and off."""
    return lambda at: mean + width * (abs((at % period_s) / period_s - 0.5) * 2 - 0.5)


@pytest.mark.parametrize("held_s", [30, 60, 120, 240])
def test_among_twenty_probes_only_the_one_in_the_hand_rises(held_s: float) -> None:
    courses: dict[str, Course] = {f"saw{n}": saw(-18 + 2.2 * n) for n in range(16)}
    courses["defrost"] = lambda at: -18 + max(0.0, at + 600) / 60 * 0.2
    courses["warm"] = lambda _at: 29.0
    courses["cooling"] = lambda at: 12 - (at + 900) / 60 * 0.3
    courses["hand"] = in_hand(3.5, held_s)
    rises = {name: warming_k(points(course, seed=n), NOW) for n, (name, course) in enumerate(courses.items())}
    assert [name for name, value in rises.items() if value is not None] == ["hand"]


def test_one_that_speaks_every_second_is_found_as_well() -> None:
    assert warming_k(points(in_hand(3.5, 45), every_s=1), NOW) is not None
    assert warming_k(points(saw(4.0), every_s=1), NOW) is None


def test_a_thick_cover_in_a_warm_room_is_seen_after_a_minute() -> None:
    assert warming_k(points(in_hand(22.0, 60, tau_s=300)), NOW) is not None


def test_one_that_was_let_go_of_rises_no_more() -> None:
    def course(at: float) -> float:
        if at < -90:
            return 4.0
        return 4.0 + (at + 90) * 0.2 if at < -30 else 16.0 - (at + 30) * 0.1

    assert warming_k(points(course), NOW) is None


def test_a_probe_that_speaks_every_five_minutes_must_rise_by_more_than_its_compressor() -> None:
    assert warming_k([(NOW - 5 * MINUTE_MS, 4.0), (NOW, 5.2)], NOW) is None
    assert warming_k([(NOW - 5 * MINUTE_MS, 4.0), (NOW, 19.0)], NOW) == 15.0


def test_a_probe_of_which_nothing_is_known_before_is_not_judged() -> None:
    assert warming_k([(NOW, 30.0)], NOW) is None
    assert warming_k([], NOW) is None


def test_what_it_said_long_ago_is_not_now() -> None:
    old = [(at - 4 * MINUTE_MS, value) for at, value in points(in_hand(3.5, 60))]
    assert warming_k(old, NOW) is None


def test_a_noisy_probe_is_not_in_a_hand() -> None:
    for seed in range(30):
        assert warming_k(points(lambda _at: 4.0, noise=0.5, seed=seed), NOW) is None


def test_how_well_it_is_heard_depends_on_the_radio() -> None:
    assert signal_quality("shelly", -60, None) == SignalQuality.GOOD
    assert signal_quality("shelly", -70, None) == SignalQuality.FAIR
    assert signal_quality("shelly", -85, None) == SignalQuality.POOR
    assert signal_quality("chirpstack", -100, None) == SignalQuality.GOOD
    assert signal_quality("tts", -119, None) == SignalQuality.POOR
    assert signal_quality("zigbee2mqtt", None, 120) == SignalQuality.GOOD
    assert signal_quality("zigbee2mqtt", None, 30) == SignalQuality.POOR
    assert signal_quality("coldshed", None, None) is None
    assert signal_quality("dtu", 20, None) is None
